"""Every test's conditions: a loaded machine may be slow, so property-based tests have no deadline per example.

One PostgreSQL serves all tests of a process that ask for it. A script that starts the tests in its background has
them, and every program they start, ignore SIGINT: that is taken back, for some are to be interrupted.
"""

import signal
from pathlib import Path

import pytest
from hypothesis import settings

from tests.integration.postgres import postgres

__all__ = ["postgres"]

INTEGRATION = Path(__file__).parent / "integration"

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: short ones fill the gaps where several files run at a time."""
    items.sort(key=lambda item: INTEGRATION not in item.path.parents)
