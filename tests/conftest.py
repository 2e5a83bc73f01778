"""Every test's conditions: a loaded machine may be slow, so property-based tests have no deadline per example.

One PostgreSQL serves all tests of a process that ask for it.
"""

from hypothesis import settings

from tests.integration.postgres import postgres

__all__ = ["postgres"]

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
