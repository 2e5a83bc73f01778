"""One fact, one line on stderr, readable or JSON: no secret in it, repeats counted instead of told."""

import json
import logging
import os
import re
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TextIO

REPEAT_SECONDS = 60.0
"""A line already told is held back this long."""
MAX_REMEMBERED_LINES = 1_000
MIN_SECRET_CHARACTERS = 4
"""Concealing a shorter text would blank out half of every line."""


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def number(self) -> int:
        return logging.getLevelNamesMapping()[self.upper()]


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


_levelled: set[str] = set()
"""Loggers that have a level of their own."""


def configure(
    level: LogLevel = LogLevel.INFO,
    form: LogFormat = LogFormat.TEXT,
    modules: Mapping[str, LogLevel] | None = None,
    stream: TextIO | None = None,
) -> None:
    """Send what is logged to `stream` (stderr); `modules` gives loggers such as `readers` their own level."""
    target = stream or sys.stderr
    handler = FactHandler(target)
    journal = is_journal(target, os.environ)
    handler.setFormatter(JsonLine() if form is LogFormat.JSON else TextLine(journal=journal))
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, FactHandler)]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(level.number)
    for module in _levelled:
        logging.getLogger(module).setLevel(logging.NOTSET)
    _levelled.clear()
    for module, own_level in (modules or {}).items():
        logging.getLogger(module).setLevel(own_level.number)
        _levelled.add(module)


def is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether the journal reads this stream: JOURNAL_STREAM names its device and inode (systemd.exec(5))."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


# --- secrets

_concealed: set[str] = set()
_URL_PASSWORD = re.compile(r"(?P<user>[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+@", re.IGNORECASE)
_SECRET_NAME = re.compile(r"password|passwd|secret|token", re.IGNORECASE)
_NAMED_SECRET = re.compile(
    r"(?P<name>\b(?:password|passwd|secret|token)(?:\s*=\s*|[\"']\s*[:=]\s*))[^\s,;]+", re.IGNORECASE
)
"""`password=…` and `"password": …`; prose such as "token: not found" is left alone."""


def conceal(secret: str) -> None:
    """From now on this text appears in no log line or error message; who reads a secret file calls it."""
    if len(secret) >= MIN_SECRET_CHARACTERS:
        _concealed.add(secret)


def redact(text: str) -> str:
    """The text without concealed secrets, passwords in URLs and what follows `password=` and its like."""
    for secret in _concealed:
        text = text.replace(secret, "***")
    text = _URL_PASSWORD.sub(r"\g<user>***@", text)
    return _NAMED_SECRET.sub(r"\g<name>***", text)


# --- lines

_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SYSLOG_PRIORITY = {
    logging.DEBUG: 7,
    logging.INFO: 6,
    logging.WARNING: 4,
    logging.ERROR: 3,
    logging.CRITICAL: 2,
}


class TextLine(logging.Formatter):
    """`2026-11-22T03:48:42.123Z WARNING readers.reader: text key=value`; for the journal `<4>readers…`."""

    def __init__(self, *, journal: bool = False) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        extras = "".join(f" {name}={value}" for name, value in _extras(record))
        fact = _one_line(redact(f"{record.name}: {record.getMessage()}{extras}"))
        if self._journal:
            prefix = f"<{_SYSLOG_PRIORITY.get(record.levelno, 5)}>"
        else:
            prefix = f"{_timestamp(record)} {record.levelname:<7} "
        lines = [prefix + fact]
        if record.exc_info:
            trace = redact(self.formatException(record.exc_info))
            lines += [f"{prefix}  {_one_line(line)}" for line in trace.splitlines()]
        return "\n".join(lines)


class JsonLine(logging.Formatter):
    """One JSON object: time, level, logger, message, the fact's own fields, exception where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": _timestamp(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
        }
        line |= {name: redact(value) if isinstance(value, str) else value for name, value in _extras(record)}
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=lambda value: redact(str(value)))


def _timestamp(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _extras(record: logging.LogRecord) -> Iterator[tuple[str, object]]:
    own = ((name, value) for name, value in vars(record).items() if name not in _STANDARD_FIELDS)
    return ((name, "***" if _SECRET_NAME.search(name) else value) for name, value in own)


def _one_line(text: str) -> str:
    """Control characters escaped, so that what came over the wire cannot forge a line."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


# --- repeats


@dataclass(slots=True)
class _Told:
    at_seconds: float
    repeats: int
    record: logging.LogRecord


class RepeatFilter(logging.Filter):
    """Lets a line through once per `seconds` and counts the rest; `overdue` tells the counts. Bounded."""

    def __init__(self, seconds: float = REPEAT_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._seconds = seconds
        self._clock = clock
        self._told: OrderedDict[tuple[str, int, str], _Told] = OrderedDict()

    def __len__(self) -> int:
        return len(self._told)

    def filter(self, record: logging.LogRecord) -> bool:
        key = (record.name, record.levelno, record.getMessage())
        told = self._told.get(key)
        if told is not None:
            told.repeats += 1
            return False
        self._told[key] = _Told(self._clock(), 0, record)
        return True

    def overdue(self, *, everything: bool = False) -> list[logging.LogRecord]:
        """What was repeated in windows that are over (or in all of them), as records that say how often."""
        summaries: list[logging.LogRecord] = []
        now = self._clock()
        while self._told:
            key, told = next(iter(self._told.items()))
            is_over = now - told.at_seconds >= self._seconds or len(self._told) > MAX_REMEMBERED_LINES
            if not (is_over or everything):
                break
            del self._told[key]
            if told.repeats:
                summaries.append(_summary(told, seconds=now - told.at_seconds))
        return summaries


def _summary(told: _Told, seconds: float) -> logging.LogRecord:
    times = "once" if told.repeats == 1 else f"{told.repeats} times"
    text = f"{told.record.getMessage()} (repeated {times} in {seconds:.0f} s)"
    return logging.LogRecord(
        told.record.name, told.record.levelno, told.record.pathname, told.record.lineno, text, (), None
    )


class FactHandler(logging.StreamHandler[TextIO]):
    """Writes facts; before each it tells which earlier ones were repeated, and the rest when it is closed."""

    def __init__(self, stream: TextIO, repeats: RepeatFilter | None = None) -> None:
        super().__init__(stream)
        self._repeats = RepeatFilter() if repeats is None else repeats

    def emit(self, record: logging.LogRecord) -> None:
        for summary in self._repeats.overdue():
            super().emit(summary)
        if record.levelno < logging.INFO or self._repeats.filter(record):
            super().emit(record)

    def close(self) -> None:
        for summary in self._repeats.overdue(everything=True):
            super().emit(summary)
        super().close()
