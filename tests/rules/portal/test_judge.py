"""A load's judge: what its reads say together, tag by tag, and by the tags that went the same way."""

import math
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from crossings import EPCS, movers, passage, profiles, way

from rules.portal.judge import KIN_ASKED, LEAST_LOG_CHANCE, LIKELY, Judge, bounded
from rules.portal.kinship import SHY_READS, Mover

IN, BACK = way(-2.5, 2.5), way(-2.5, 0.3, -2.5)


def test_is_judgeable_when_one_side_has_read_nothing_then_it_is_not() -> None:
    alone = [Mover(profile) for profile in profiles([read for read in passage(IN, EPCS) if read[3] == 1])]
    assert not Judge(alone).is_judgeable
    assert Judge(movers(IN)).is_judgeable


def test_said_of_when_a_load_went_in_then_every_tag_is_said_to() -> None:
    judge = Judge(movers(IN))
    for mover in judge.load:
        logs, chances = judge.said_of(mover)
        assert chances == pytest.approx([math.exp(log) for log in logs])
        assert sum(chances) == pytest.approx(1.0)
        assert chances[0] > 0.9


def test_kin_when_two_loads_pass_at_once_then_those_of_the_same_way_are_likely() -> None:
    came_in, went_back = movers(IN), movers(BACK)
    judge = Judge(came_in, went_back)
    likely = {id(other) for other, chance in judge.kin(came_in[0]) if chance >= LIKELY}
    assert likely == {id(other) for other in came_in[1:]}


def test_kin_when_something_passed_at_another_time_then_it_is_not_asked() -> None:
    later = movers(IN, start=60.0)
    judge = Judge(movers(IN), later)
    assert not {id(other) for other, _ in judge.kin(judge.load[0])} & set(map(id, later))


def test_kin_when_a_load_is_large_then_only_some_are_asked() -> None:
    judge = Judge(movers(*[IN] * 7))
    assert {len(judge.kin(mover)) for mover in judge.load} == {KIN_ASKED, KIN_ASKED - 1}


def test_voice_when_a_member_is_left_out_then_it_is_that_of_the_others_by_their_weight() -> None:
    judge = Judge(movers(IN))
    one, *others = judge.load
    said, weight = judge.voice(one)
    assert weight == pytest.approx(sum(other.weight for other in others))
    mean = [sum(o.weight * judge.said_of(o)[1][way] for o in others) / weight for way in range(4)]
    assert said == pytest.approx(mean)
    assert judge.voice()[1] == pytest.approx(weight + one.weight)


def test_voice_when_a_tag_is_alone_then_nobody_speaks() -> None:
    judge = Judge(movers(IN)[:1])
    assert judge.voice(judge.load[0]) == (pytest.approx([0.0] * 4, abs=1e-6), pytest.approx(0.0))


def test_voice_when_a_stray_is_left_out_then_it_is_that_of_all() -> None:
    judge = Judge(movers(IN))
    assert judge.voice(movers(IN)[0]) == judge.voice()


def test_evidence_when_a_stray_asks_then_the_judge_remembers_nothing_of_it() -> None:
    judge = Judge(movers(IN))
    before = [judge.evidence(mover) for mover in judge.load]
    stray = movers(IN)[0]
    assert len(judge.evidence(stray)) == len(before[0])
    judge.said_of(stray)
    assert [judge.evidence(mover) for mover in judge.load] == before


def test_weight_when_a_tag_was_read_as_often_as_the_shy_then_it_is_heard_half() -> None:
    mover = movers(IN)[0]
    reads = len(mover.profile.samples)
    assert mover.weight == pytest.approx(reads / (reads + SHY_READS))


def test_bounded_when_something_is_next_to_impossible_then_it_is_no_more_so() -> None:
    assert bounded([-0.1, -50.0]) == [-0.1, LEAST_LOG_CHANCE]
