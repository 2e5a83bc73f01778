"""A scenario gives the same reads each time, and says what should be told about them."""

from pathlib import Path
from typing import Any

import pytest

from readers.emulator.epcs import gtin_14, sgtin_96
from readers.emulator.loads import Load, Move
from readers.emulator.scenario import Scenario, ScenarioError, SceneDoor, SceneFaults, load_scenario
from rules.epc import decode_epc

EXAMPLES = sorted((Path(__file__).parents[3] / "deploy" / "scenarios").glob("*.toml"))
DOORS = (SceneDoor("dock-1", "r1"), SceneDoor("dock-2", "r2"))


def scenario(*loads: Load, **settings: Any) -> Scenario:
    return Scenario(DOORS, loads, **({"seed": 3, "duration_seconds": 14.0} | settings))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_sgtin_96_when_decoded_then_it_names_the_gtin_and_serial() -> None:
    epc = decode_epc(sgtin_96(12_345, 6789))
    assert (epc.gtin, epc.serial) == (gtin_14(12_345), "6789")


def test_sgtin_96_when_the_serial_is_too_long_then_it_is_refused() -> None:
    with pytest.raises(ValueError, match="serial"):
        sgtin_96(1, 1 << 38)


def test_reads_when_asked_twice_then_they_are_the_same_and_in_time_order() -> None:
    scene = scenario(Load("dock-1", Move.IN, 1.0, 4), Load("dock-2", Move.OUT, 2.0, 4, "second"))
    first = list(scene.reads())
    assert first == list(scene.reads())
    assert [read.time_us for read in first] == sorted(read.time_us for read in first)
    assert {read.reader for read in first} == {"r1", "r2"}
    assert list(scene.reads("r1")) == [read for read in first if read.reader == "r1"]


def test_reads_when_the_neighbour_door_hears_a_load_then_it_hears_it_less() -> None:
    reads = list(scenario(Load("dock-1", Move.IN, 1.0, 8)).reads())
    own = sum(read.reader == "r1" for read in reads)
    assert own > 200
    assert sum(read.reader == "r2" for read in reads) < own / 4


def test_truth_when_items_come_in_and_go_out_then_a_receipt_and_a_reversal_are_due() -> None:
    scene = scenario(
        Load("dock-1", Move.IN, 1.0, 2, "a"),
        Load("dock-2", Move.OUT, 12.0, name="b", again="a"),
        Load("dock-1", Move.PAST, 1.0, 3, "c"),
        Load("dock-1", Move.IN, 1.0, 1, "d", garment=True),
    )
    assert [(truth.kind, truth.read_point) for truth in scene.truth()] == [
        ("receipt", "dock-1"),
        ("receipt", "dock-1"),
        ("reversal", "dock-2"),
        ("reversal", "dock-2"),
    ]
    assert {truth.epc for truth in scene.truth()} == {epc.hex().upper() for epc in scene.epcs[0]}


def test_reads_when_there_are_ghosts_and_clones_then_foreign_and_doubled_epcs_appear() -> None:
    scene = scenario(
        Load("dock-1", Move.IN, 1.0, 4), faults=SceneFaults(ghosts_per_minute=600, clones=1, clock_skew=True)
    )
    reads = list(scene.reads())
    known = set(scene.epcs[0])
    assert any(read.epc not in known for read in reads)
    assert sum(read.epc == scene.epcs[0][0] and read.reader == "r2" for read in reads) > 20


def test_epcs_when_an_earlier_load_is_unknown_then_the_scenario_is_refused() -> None:
    with pytest.raises(ScenarioError, match="no earlier load is named 'nobody'"):
        _ = scenario(Load("dock-1", Move.OUT, again="nobody")).epcs


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_load_scenario_when_it_is_an_example_then_it_has_receipts_and_reads(path: Path) -> None:
    scene = load_scenario(path)
    assert any(truth.kind == "receipt" for truth in scene.truth())
    reads = scene.reads()
    assert next(reads).reader in scene.readers


def test_load_scenario_when_nothing_but_doors_and_loads_is_given_then_the_rest_is_usual(
    tmp_path: Path,
) -> None:
    scene = load_scenario(
        written(
            tmp_path,
            '[[door]]\nid = "d"\noutside = {port = 3, y = -1.0}\n[[load]]\nmove = "in"\nspread = [0.1, 0.1, 0.1]\n',
        )
    )
    assert scene.doors[0].outside.port == 3
    assert scene.doors[0].outside.position.y == -1.0
    assert scene.loads[0].door == "d"
    assert scene.readers == ("d-reader",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("seed = 1", r"no \[\[door\]\]"),
        ("[[door]]\ncolour = 1", "unknown key 'colour'"),
        ("door = 3", r"write \[\[door\]\]"),
        ('[[door]]\n[[load]]\nmove = "sideways"', "sideways"),
        ("[[door]]\n[[load]]\nitems = 3", "no move"),
        ('[[door]]\n[[load]]\nmove = "in"\ndoor = "x"', "no door is named 'x'"),
        ('[[door]]\nreads_per_second = "many"', "reads_per_second is not a number"),
        ("[[door]]\nroom = 3", "room is not a table"),
        ("not toml", "scenario.toml"),
    ],
)
def test_load_scenario_when_it_is_faulty_then_the_error_names_what(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(ScenarioError, match=says):
        load_scenario(written(tmp_path, text))
