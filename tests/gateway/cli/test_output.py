"""What commands print: tables that pipes do not cut, one JSON line per fact, progress only on a terminal."""

import io
import sys

import pytest

from gateway.cli.output import moment, print_json, print_table, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_table_when_piped_then_no_row_is_cut_and_control_characters_are_gone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(("A", "B"), [("x" * 300, None), ("\x1b[31m[bold]\n", 7)], empty="none")
    header, first, second = capsys.readouterr().out.splitlines()
    assert header.split() == ["A", "B"]
    assert first.rstrip() == "x" * 300
    assert second.split() == ["\N{REPLACEMENT CHARACTER}[31m[bold]\N{REPLACEMENT CHARACTER}", "7"]


def test_table_when_there_are_no_rows_then_it_is_said_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("A",), [], empty="none")
    assert capsys.readouterr() == ("", "none\n")


def test_json_when_values_are_bytes_then_they_are_hex(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"id": b"\x0a\xff", "name": "Tür"})
    assert capsys.readouterr().out == '{"id":"0AFF","name":"Tür"}\n'


@pytest.mark.parametrize(("time_us", "text"), [(None, None), (1_795_262_400_999_999, "2026-11-21T12:00:00Z")])
def test_moment_when_given_microseconds_then_it_is_utc_in_seconds(
    time_us: int | None, text: str | None
) -> None:
    assert moment(time_us) == text


def test_progress_when_stderr_is_a_terminal_then_a_bar_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress("importing", 10) as advance:
        advance(10)
    assert "importing" in terminal.getvalue()


def test_progress_when_stderr_is_no_terminal_then_nothing_is_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with progress("importing") as advance:
        advance(1)
    assert capsys.readouterr() == ("", "")
