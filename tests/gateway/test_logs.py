"""Log lines: one per fact, readable or JSON, repeats counted, secrets never."""

import io
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import logs
from gateway.logs import (
    FactHandler,
    JsonLine,
    LogFormat,
    LogLevel,
    RepeatFilter,
    TextLine,
    conceal,
    configure,
    is_journal,
    redact,
)


class Clock:
    """A monotonic clock that stands until it is told otherwise."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(autouse=True)
def _no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_concealed", set())


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, with its handlers and levels put back afterwards."""
    logger = logging.getLogger()
    handlers, level = logger.handlers[:], logger.level
    yield logger
    for handler in set(logger.handlers) - set(handlers):
        handler.close()
    logger.handlers[:] = handlers
    logger.setLevel(level)


def record(message: str, *args: object, level: int = logging.INFO, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("readers.reader", level, __file__, 1, message, args, None)
    made.created = 1_795_276_800.123456
    vars(made).update(extra)
    return made


def test_text_when_a_fact_is_logged_then_it_is_one_line_with_its_fields() -> None:
    line = TextLine().format(
        record("%s connected", "dock-1", level=logging.WARNING, address="10.0.0.11:5084")
    )
    assert line == "2026-11-21T16:00:00.123Z WARNING readers.reader: dock-1 connected address=10.0.0.11:5084"


def test_text_when_the_journal_reads_then_priority_replaces_the_time() -> None:
    journal = TextLine(journal=True)
    assert journal.format(record("up")) == "<6>readers.reader: up"
    assert journal.format(record("down", level=logging.ERROR)) == "<3>readers.reader: down"


def test_text_when_the_message_holds_control_characters_then_they_cannot_forge_a_line() -> None:
    assert (
        TextLine(journal=True).format(record("a\n<0>b\x1b[31m\u2028c"))
        == r"<6>readers.reader: a\n<0>b\x1b[31m\u2028c"
    )


def test_text_when_an_exception_is_logged_then_every_line_has_the_prefix() -> None:
    try:
        int("token=hush-hush")
    except ValueError as error:
        failed = record("failed", level=logging.ERROR)
        failed.exc_info = (type(error), error, error.__traceback__)
    lines = TextLine(journal=True).format(failed).splitlines()
    assert all(line.startswith("<3>") for line in lines)
    assert lines[-1] == "<3>  ValueError: invalid literal for int() with base 10: 'token=***"


def test_json_when_a_fact_is_logged_then_it_is_one_object() -> None:
    line = JsonLine().format(
        record("reader %s is back", "dock-1", outage_seconds=3.5, where=Path("x"), password="hush")
    )
    assert json.loads(line) == {
        "time": "2026-11-21T16:00:00.123Z",
        "level": "info",
        "logger": "readers.reader",
        "message": "reader dock-1 is back",
        "outage_seconds": 3.5,
        "where": "x",
        "password": "***",
    }


def test_json_when_the_message_has_line_breaks_then_it_is_still_one_line() -> None:
    line = JsonLine().format(record("a\nb"))
    assert "\n" not in line
    assert json.loads(line)["message"] == "a\nb"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql+psycopg://gw:hush@db/returns failed", "postgresql+psycopg://gw:***@db/returns failed"),
        ("postgresql+psycopg://gw@db/returns failed", "postgresql+psycopg://gw@db/returns failed"),
        ("mqtt://u:p@h and http://a:b@c", "mqtt://u:***@h and http://a:***@c"),
        ("host=db password=hush user=gw", "host=db password=*** user=gw"),
        ('{"token": "hush"}', '{"token": ***'),
        ("http://10.0.0.1:9464/metrics", "http://10.0.0.1:9464/metrics"),
        ("tokens read: 3", "tokens read: 3"),
        ("/run/token: there is no such file", "/run/token: there is no such file"),
    ],
)
def test_redact_when_text_holds_a_secret_then_it_does_not_appear(text: str, expected: str) -> None:
    assert redact(text) == expected


def test_redact_when_a_secret_was_concealed_then_it_does_not_appear() -> None:
    conceal("correct horse")
    conceal("abc")
    assert redact("login with correct horse failed, abc") == "login with *** failed, abc"


def told(repeats: RepeatFilter, clock: Clock, *messages: tuple[float, str]) -> list[str]:
    """What a handler writes for messages at their times."""
    stream = io.StringIO()
    handler = FactHandler(stream, repeats)
    for seconds, message in messages:
        clock.seconds = seconds
        handler.emit(record(message))
    handler.close()
    return stream.getvalue().splitlines()


def test_repeats_when_a_line_comes_again_then_it_is_counted_and_told_when_the_window_is_over() -> None:
    clock = Clock()
    messages = [(0.0, "refused"), *((float(second), "refused") for second in range(1, 38)), (61.0, "other")]
    assert told(RepeatFilter(60.0, clock), clock, *messages) == [
        "refused",
        "refused (repeated 37 times in 61 s)",
        "other",
    ]


def test_repeats_when_the_window_is_over_then_the_line_is_told_again() -> None:
    clock = Clock()
    assert told(RepeatFilter(60.0, clock), clock, (0.0, "refused"), (60.0, "refused")) == [
        "refused",
        "refused",
    ]


def test_repeats_when_the_handler_closes_then_the_rest_is_told() -> None:
    clock = Clock()
    assert told(RepeatFilter(60.0, clock), clock, (0.0, "refused"), (5.0, "refused")) == [
        "refused",
        "refused (repeated once in 5 s)",
    ]


def test_repeats_when_lines_differ_then_each_is_told_and_memory_is_bounded() -> None:
    clock = Clock()
    repeats = RepeatFilter(60.0, clock)
    lines = told(
        repeats, clock, *((0.0, f"line {number}") for number in range(3 * logs.MAX_REMEMBERED_LINES))
    )
    assert len(lines) == 3 * logs.MAX_REMEMBERED_LINES
    handler = FactHandler(io.StringIO(), repeats)
    for number in range(3 * logs.MAX_REMEMBERED_LINES):
        handler.emit(record(f"again {number}"))
        assert len(repeats) <= logs.MAX_REMEMBERED_LINES + 1


def test_repeats_when_debugging_then_every_line_is_told() -> None:
    stream = io.StringIO()
    handler = FactHandler(stream)
    for _ in range(3):
        handler.emit(record("tick", level=logging.DEBUG))
    assert stream.getvalue() == "tick\n" * 3


def test_configure_when_modules_have_levels_then_they_are_kept(root: logging.Logger) -> None:
    stream = io.StringIO()
    configure(LogLevel.WARNING, LogFormat.JSON, {"test.loud": LogLevel.DEBUG}, stream)
    logging.getLogger("test.quiet").info("unheard")
    logging.getLogger("test.loud.deep").debug("heard")
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["heard"]
    assert root.level == logging.WARNING


def test_configure_when_a_module_has_no_level_of_its_own_any_more_then_it_follows_the_others(
    root: logging.Logger,
) -> None:
    configure(LogLevel.WARNING, LogFormat.TEXT, {"test.loud": LogLevel.DEBUG}, io.StringIO())
    configure(LogLevel.WARNING, LogFormat.TEXT, None, io.StringIO())
    assert not logging.getLogger("test.loud").isEnabledFor(logging.INFO)
    assert root.level == logging.WARNING


def test_configure_when_called_twice_then_lines_are_written_once(root: logging.Logger) -> None:
    first, second = io.StringIO(), io.StringIO()
    configure(LogLevel.INFO, LogFormat.TEXT, None, first)
    configure(LogLevel.INFO, LogFormat.TEXT, None, second)
    root.info("once")
    assert first.getvalue() == ""
    assert second.getvalue().endswith("INFO    root: once\n")


def test_is_journal_when_the_variable_names_the_stream_then_it_is(tmp_path: Path) -> None:
    with (tmp_path / "stderr").open("w") as stream:
        status = os.fstat(stream.fileno())
        assert is_journal(stream, {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"})
        assert not is_journal(stream, {"JOURNAL_STREAM": "8:1"})
        assert not is_journal(stream, {})
    assert not is_journal(io.StringIO(), {"JOURNAL_STREAM": "8:1"})
