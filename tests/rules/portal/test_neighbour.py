"""The right one of several doors: by energy, else by how often it was read, and ties with the load."""

from rules.portal.door import Door
from rules.portal.evidence import Trace
from rules.portal.neighbour import Rival, lead_db, rival, with_load

START = 1_700_000_000_000_000
EPC = b"\x30" * 12


def trace(rssi: int, reads: int, *, start: int = 0) -> Trace:
    found = Trace(EPC, START + start)
    for number in range(reads):
        found.add(START + start + number * 100_000, 0, 1, rssi, 1)
    return found


def test_lead_when_one_door_reads_it_much_stronger_then_energy_decides() -> None:
    assert round(lead_db(Door("a"), trace(-50, 10), Door("b"), trace(-60, 10))) == 10
    assert round(lead_db(Door("a"), trace(-60, 10), Door("b"), trace(-50, 10))) == -10


def test_lead_when_a_door_is_more_sensitive_then_its_reference_makes_up_for_it() -> None:
    sensitive = Door("b", rssi_reference_dbm=-50.0)
    assert round(lead_db(Door("a"), trace(-60, 10), sensitive, trace(-50, 10))) == 0


def test_lead_when_energy_is_alike_then_three_times_the_reads_decide() -> None:
    assert lead_db(Door("a"), trace(-60, 12), Door("b"), trace(-57, 4)) == 6.0
    assert lead_db(Door("a"), trace(-57, 4), Door("b"), trace(-60, 12)) == -6.0


def test_lead_when_neither_decides_then_the_stronger_is_ahead_by_little() -> None:
    assert 0 < lead_db(Door("a"), trace(-58, 10), Door("b"), trace(-60, 10)) < 6


def test_lead_when_a_trace_is_thinned_then_it_counts_as_if_all_its_reads_were_kept() -> None:
    thinned = trace(-60, 1000)
    assert len(thinned.kept) < 300
    assert abs(lead_db(Door("a"), thinned, Door("b"), trace(-56, 400))) < 0.1


def test_rival_when_the_other_door_read_it_at_another_time_then_there_is_none() -> None:
    later = trace(-40, 10, start=60_000_000)
    assert rival(Door("a"), trace(-60, 10), [(Door("b"), later)]) is None
    assert rival(Door("a"), trace(-60, 10), []) is None


def test_rival_when_two_other_doors_read_it_then_the_stronger_one_counts() -> None:
    others = [(Door("b"), trace(-70, 10)), (Door("c"), trace(-50, 10)), (Door("e"), trace(-65, 10))]
    found = rival(Door("a"), trace(-60, 10), others)
    assert found is not None
    assert found.door == "c"
    assert round(found.lead_db) == -10


def test_with_load_when_the_items_own_reads_decide_then_its_load_does_not_count() -> None:
    own = Rival("b", -7.0)
    assert with_load(Door("a"), own, [own, None, None, None]) == own


def test_with_load_when_its_own_reads_do_not_decide_then_it_goes_with_its_load() -> None:
    own = Rival("b", -2.0)
    assert with_load(Door("a"), own, [own, None, None, Rival("b", 20.0)]) == Rival("b", 2.0)
    assert with_load(Door("a"), own, [own, Rival("c", -30.0)]) == Rival("b", -6.0)
