"""Scores: what counts as right, wrong, missed and doubled."""

from pathlib import Path

import pytest

from gateway.errors import InputError
from gateway.recorded.score import Score, TruthRow, read_truth, score
from rules.events import Event
from rules.vocabulary import EventKind


def receipt(epc: str, read_point: str = "dock-1") -> Event:
    return Event(EventKind.RECEIPT, "id", 0, "subject", read_point=read_point, epc=epc)


def test_score_when_all_items_are_told_once_then_it_is_perfect() -> None:
    truth = [TruthRow("AA", EventKind.RECEIPT), TruthRow("BB", EventKind.RECEIPT, "dock-1")]
    result = score([receipt("AA"), receipt("BB")], truth)["receipt"]
    assert result == Score(expected=2, right=2, wrong=0, duplicates=0)
    assert (result.precision, result.recall) == (1.0, 1.0)


def test_score_when_an_item_is_told_at_another_door_then_it_is_wrong_and_missed() -> None:
    result = score([receipt("AA", "dock-2")], [TruthRow("AA", EventKind.RECEIPT, "dock-1")])["receipt"]
    assert result == Score(expected=1, right=0, wrong=1, duplicates=0)
    assert (result.precision, result.recall) == (0.0, 0.0)


def test_score_when_an_item_is_told_twice_then_it_is_a_duplicate() -> None:
    result = score([receipt("AA"), receipt("AA")], [TruthRow("AA", EventKind.RECEIPT)])["receipt"]
    assert result == Score(expected=1, right=1, wrong=0, duplicates=1)


def test_score_when_a_wrong_item_is_told_twice_then_it_is_wrong_once_and_doubled_once() -> None:
    result = score([receipt("AA"), receipt("AA")], [])["receipt"]
    assert result == Score(expected=0, right=0, wrong=1, duplicates=1)
    assert result.recall is None


def test_score_when_an_item_truly_came_twice_then_both_are_right() -> None:
    truth = [TruthRow("AA", EventKind.RECEIPT), TruthRow("AA", EventKind.RECEIPT)]
    assert score([receipt("AA"), receipt("AA")], truth)["receipt"].right == 2


def test_score_when_nothing_is_told_then_precision_is_unknown() -> None:
    result = score([], [TruthRow("AA", EventKind.RESTOCK)])
    assert result["restock"].precision is None
    assert result["restock"].recall == 0.0
    assert result["receipt"].expected == 0


def test_read_truth_when_rows_are_good_then_epcs_are_upper_case(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("epc,kind,read_point\naa,receipt,dock-1\nBB,restock,\n")
    assert read_truth(path) == (
        TruthRow("AA", EventKind.RECEIPT, "dock-1"),
        TruthRow("BB", EventKind.RESTOCK, None),
    )


def test_read_truth_when_rows_are_faulty_then_every_fault_is_named(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    path.write_text("epc,kind\nXY,receipt\nAA,arrival\n,receipt\n")
    with pytest.raises(InputError) as caught:
        read_truth(path)
    assert [fault.split(": ")[:2] for fault in caught.value.faults] == [
        ["truth.csv:2", "epc"],
        ["truth.csv:3", "kind"],
        ["truth.csv:4", "epc"],
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "truth.csv:1: has no header"),
        ("epc;kind\n", "truth.csv:1: its columns are separated by semicolons"),
        ("epc,what\nAA,receipt\n", "kind: column is missing"),
    ],
)
def test_read_truth_when_columns_are_wrong_then_it_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "truth.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=fault):
        read_truth(path)
