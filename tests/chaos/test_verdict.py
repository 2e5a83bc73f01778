"""The judge must find what is wrong: a harness that cannot fail proves nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.chaos.verdict import Verdict, judge
from tests.chaos.wms import Heard

EXPECTED, STRANGERS = ["A", "B"], ["C"]
Events = list[Heard]


def events() -> Events:
    kinds = [("A", "receipt"), ("B", "receipt"), ("C", "exception")]
    return [
        Heard(f"id-{n}", "gw-1", n, kind, epc, b"bytes", heard=10.0 * n, arrivals=1)
        for n, (epc, kind) in enumerate(kinds, 1)
    ]


def verdict(heard: Events, stored: Events | None = None, changed: int = 0) -> Verdict:
    outbox = events() if stored is None else stored
    return judge(
        heard,
        {(event.gateway, event.sequence, event.id) for event in outbox},
        expected=EXPECTED,
        strangers=STRANGERS,
        laid_down={"A": 1.0, "B": 2.0, "C": 21.0},
        changed=changed,
    )


def test_judge_when_all_came_once_then_passed_with_its_figures() -> None:
    found = verdict(events())
    assert found.passed
    assert (found.items, found.receipts, found.exceptions, found.resent) == (3, 2, 1, 0)
    assert (found.longest_gap_seconds, found.slowest_seconds) == (10.0, 18.0)


def test_judge_when_an_event_came_three_times_then_resent_but_not_doubled() -> None:
    first, *others = events()
    found = verdict([replace(first, arrivals=3), *others])
    assert found.passed
    assert found.resent == 2


def test_judge_when_an_event_came_after_a_later_one_then_overtaken() -> None:
    first, second, third = events()
    assert verdict([second, first, third]).overtaken == 1


def test_judge_when_bytes_changed_then_failed() -> None:
    assert not verdict(events(), changed=1).passed


@pytest.mark.parametrize(
    ("spoil", "bar"),
    [
        (lambda all_: all_[1:], "lost"),
        (lambda all_: all_[:2], "lost"),
        (lambda all_: [all_[0], all_[2]], "gaps"),
        (lambda all_: [*all_, replace(all_[0], id="other", sequence=4)], "doubled"),
        (lambda all_: [*all_, replace(all_[2], id="other", sequence=4)], "doubled"),
        (lambda all_: [*all_, replace(all_[2], id="other", sequence=3)], "gaps"),
    ],
)
def test_judge_when_something_is_wrong_then_failed(spoil: Callable[[Events], Events], bar: str) -> None:
    spoiled = spoil(events())
    found = verdict(spoiled, stored=spoiled)
    assert getattr(found, bar) > 0
    assert not found.passed


def test_judge_when_a_stored_event_never_came_then_lost() -> None:
    more = replace(events()[0], id="id-4", sequence=4, kind="status", epc=None)
    assert verdict(events(), stored=[*events(), more]).lost == 1


def test_judge_when_an_event_came_that_is_not_stored_then_failed() -> None:
    assert verdict(events(), stored=events()[:2]).foreign == 1
