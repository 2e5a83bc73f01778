"""A changed configuration for a running gateway: all of it or nothing, and every change told."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from gateway.config.changes import Change, changes
from gateway.errors import ConfigError
from gateway.settings import LogSettings, Settings
from rules.policy import Policy
from rules.revision import revision

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Configuration:
    """What an operator can change: settings and disposition rules."""

    settings: Settings
    policy: Policy


@dataclass(frozen=True, slots=True)
class Source:
    """Where it is read again. `load` raises ConfigError with every fault."""

    load: Callable[[], Configuration]
    start_logging: Callable[[LogSettings], object]


def judged(before: Configuration, after: Configuration) -> list[Change]:
    """What differs. Raises ConfigError, naming the keys, when some of it cannot be taken while running."""
    found = changes(before.settings, after.settings)
    faults = tuple(f"{change}: needs a restart" for change in found if change.needs_restart)
    if faults:
        raise ConfigError(faults)
    return found


def tell(before: Configuration, after: Configuration, found: list[Change]) -> None:
    """One line for each change."""
    for change in found:
        log.info("reload: %s", change)
    if after.policy.ruleset != before.policy.ruleset:
        words = revision(before.policy, after.policy)
        log.info("reload: rules %s are in force: %s", after.policy.ruleset, words)
    elif not found:
        log.info("reload: nothing has changed")


def refuse(error: ConfigError) -> None:
    """One line for each fault."""
    for fault in error.faults:
        log.error("reload: everything stays as it was: %s", fault)
