"""The database as a command sees it: opened by the configuration, on this thread, let go at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from time import time_ns

from gateway.config.files import database_url, rules_file
from gateway.config.rulebook import load_policy
from gateway.errors import UsageError
from gateway.settings import Settings
from gateway.store.database import Database
from gateway.store.ledger import Ledger, ledger_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MAX_SEQUENCE_DIGITS = 18


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """An empty database gets its schema; an older one is refused with the command that upgrades it."""
    database = Database(database_url(settings.database))
    try:
        database.open()
        yield database
    finally:
        database.close()


def configured_ledger(settings: Settings) -> Ledger:
    """Books as the daemon does, by the rules that are configured now. Raises ConfigError."""
    return ledger_of(settings, load_policy(rules_file(settings)))


def now_us() -> int:
    return time_ns() // 1000


def parse_since(text: str) -> int | datetime:
    """A sequence number, or a time: ISO 8601 with its zone. Raises UsageError."""
    if text.isascii() and text.isdecimal() and len(text) <= MAX_SEQUENCE_DIGITS:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError(
            f"--since {text[:64]!r} is neither a sequence number nor a time with its zone, "
            "such as 2026-11-20T22:00:00Z"
        )
    return moment


def to_us(moment: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (moment - EPOCH) // timedelta(microseconds=1)
