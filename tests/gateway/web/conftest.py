"""A served site for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.gateway.web.site import Site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    it = Site(tmp_path)
    await it.start()
    yield it
    await it.close()
