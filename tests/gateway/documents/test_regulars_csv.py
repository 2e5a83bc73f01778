"""Lists of regulars: what is written is read, and every fault is told with its place."""

from pathlib import Path

import pytest

from gateway.documents.regulars_csv import read_regulars, write_regulars
from gateway.errors import InputError

EPC = "3034257BF7194E4000001A85"


def test_read_regulars_when_written_then_the_same(tmp_path: Path) -> None:
    path = tmp_path / "regulars.csv"
    write_regulars(path, [("dock-1", EPC), ("dock, west", "E280")])
    assert read_regulars(path) == (("dock-1", EPC), ("dock, west", "E280"))


def test_read_regulars_when_written_by_hand_then_spaces_and_case_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "regulars.csv"
    path.write_text(f"Read_Point, EPC\n\n dock-1 , {EPC.lower()}\ndock-1,{EPC[:8]} {EPC[8:]}\ndock-1,e28\n")
    assert read_regulars(path) == (("dock-1", EPC), ("dock-1", EPC), ("dock-1", "E28"))


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ("regulars.csv:1: the header must be read_point,epc",)),
        (f"epc,read_point\n{EPC},dock-1\n", ("regulars.csv:1: the header must be read_point,epc",)),
        (
            f"read_point,epc\ndock-1\n,{EPC}\ndock-1,30X\ndock-1,\n",
            (
                "regulars.csv:2: has 1 fields, the header has 2",
                "regulars.csv:3: read_point: is empty",
                "regulars.csv:4: epc: '30X' is no EPC in hex digits",
                "regulars.csv:5: epc: 2 to 124 hex digits are expected, not 0",
            ),
        ),
        ('read_point,epc\n"dock-1,30\n', ("regulars.csv: is no CSV text: unexpected end of data",)),
    ],
)
def test_read_regulars_when_faulty_then_every_line_and_field_is_named(
    tmp_path: Path, text: str, faults: tuple[str, ...]
) -> None:
    path = tmp_path / "regulars.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_regulars(path)
    assert caught.value.faults == faults
