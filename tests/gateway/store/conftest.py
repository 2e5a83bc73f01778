"""Every test that takes `database` runs on a real SQLite file and on a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.store.database import Database
from gateway.store.ledger import Ledger
from rules.policy import DEFAULT_POLICY
from tests.integration.postgres import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/returns.db"
        return
    server: Server = request.getfixturevalue("postgres")
    yield server.empty()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """Open, with the schema."""
    opened = Database(url)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger("dc1", "gw-1", "returns/v1", DEFAULT_POLICY)
