"""Headers nothing can be made of: one reason, not one per column."""

import pytest

from gateway.documents.csv_header import odd_header

COLUMNS = ("rma", "line")


@pytest.mark.parametrize("row", [["rma", "line"], [" RMA "], ["colour", "line"]])
def test_odd_header_when_a_column_is_known_then_its_faults_can_be_named(row: list[str]) -> None:
    assert odd_header(row, COLUMNS) is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (["rma;line"], "its columns are separated by semicolons: save it with commas"),
        (["rma\tline"], "its columns are separated by tabs: save it with commas"),
        (["rma|line"], "its columns are separated by vertical bars: save it with commas"),
        (["\udcff\udcfer\x00m\x00a\x00"], "is no text in UTF-8: save it as CSV in UTF-8"),
        ([], "has no header: the first line names the columns, such as rma,line"),
        (["R-1", "1"], "has no header: the first line names the columns, such as rma,line"),
    ],
)
def test_odd_header_when_no_column_is_known_then_the_reason(row: list[str], reason: str) -> None:
    assert odd_header(row, COLUMNS) == reason
