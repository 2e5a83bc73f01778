"""Every test's conditions: a loaded machine may be slow, so property-based tests have no deadline per example."""

from hypothesis import settings

settings.register_profile("steady", deadline=None)
settings.load_profile("steady")
