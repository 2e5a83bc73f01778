"""The tables of states: every state is in them, steps are idempotent, and what has ended stays ended."""

import pytest

from rules.lifecycle import (
    ITEM_STEPS,
    RMA_STEPS,
    ItemStep,
    RmaStep,
    arrival_state,
    line_status,
    next_item_state,
    next_rma_state,
)
from rules.vocabulary import ItemState, LineStatus, RmaState


def test_tables_when_read_then_every_state_is_in_them() -> None:
    assert set(ITEM_STEPS) == set(ItemState)
    assert set(RMA_STEPS) == set(RmaState)


@pytest.mark.parametrize("state", ItemState)
@pytest.mark.parametrize("step", ItemStep)
def test_item_step_when_taken_twice_then_the_second_changes_nothing(state: ItemState, step: ItemStep) -> None:
    once = next_item_state(state, step)
    assert next_item_state(once, step) is once


@pytest.mark.parametrize("state", RmaState)
@pytest.mark.parametrize("step", RmaStep)
def test_rma_step_when_taken_twice_then_the_second_changes_nothing(state: RmaState, step: RmaStep) -> None:
    once = next_rma_state(state, step)
    assert next_rma_state(once, step) is once


def test_item_when_it_lives_its_life_then_the_states_follow() -> None:
    steps = [ItemStep.GLIMPSE, ItemStep.RECEIVE, ItemStep.INSPECT, ItemStep.DISPOSITION, ItemStep.RESTOCK]
    state, seen = ItemState.EXPECTED, []
    for step in steps:
        state = next_item_state(state, step)
        seen.append(str(state))
    assert seen == ["candidate", "received", "inspected", "dispositioned", "restocked"]


@pytest.mark.parametrize("end", [ItemState.RESTOCKED, ItemState.GONE])
@pytest.mark.parametrize("step", ItemStep)
def test_item_when_its_return_has_ended_then_nothing_changes_it(end: ItemState, step: ItemStep) -> None:
    assert next_item_state(end, step) is end


def test_item_when_it_was_not_received_then_it_cannot_be_restocked() -> None:
    assert next_item_state(ItemState.EXPECTED, ItemStep.RESTOCK) is ItemState.EXPECTED
    assert next_item_state(ItemState.REVERSED, ItemStep.RESTOCK) is ItemState.REVERSED
    assert next_item_state(ItemState.REVERSED, ItemStep.RECEIVE) is ItemState.RECEIVED


def test_rma_when_items_come_and_go_then_the_states_follow() -> None:
    steps = [
        RmaStep.SHIP,
        RmaStep.RECEIVE_SOME,
        RmaStep.RECEIVE_ALL,
        RmaStep.RECEIVE_SOME,
        RmaStep.REVERSE_ALL,
    ]
    state, seen = RmaState.AUTHORIZED, []
    for step in steps:
        state = next_rma_state(state, step)
        seen.append(str(state))
    assert seen == ["in_transit", "partially_received", "received", "partially_received", "authorized"]


def test_rma_when_it_is_closed_then_only_reopening_changes_it() -> None:
    changed = {step for step in RmaStep if next_rma_state(RmaState.CLOSED, step) is not RmaState.CLOSED}
    assert changed == {RmaStep.REOPEN}
    assert next_rma_state(RmaState.REOPENED, RmaStep.RECEIVE_ALL) is RmaState.RECEIVED


@pytest.mark.parametrize(
    ("received", "expected", "state"),
    [
        (0, 2, RmaState.AUTHORIZED),
        (1, 2, RmaState.PARTIALLY_RECEIVED),
        (2, 2, RmaState.RECEIVED),
        (3, 2, RmaState.RECEIVED),
    ],
)
def test_arrival_state_when_items_have_come_then_it_says_how_many(
    received: int, expected: int, state: RmaState
) -> None:
    assert arrival_state(received, expected) is state


@pytest.mark.parametrize(
    ("received", "expected", "status"),
    [
        (0, 2, LineStatus.OPEN),
        (1, 2, LineStatus.PARTIAL),
        (2, 2, LineStatus.COMPLETE),
        (3, 2, LineStatus.OVER),
    ],
)
def test_line_status_when_items_have_come_then_it_says_how_many(
    received: int, expected: int, status: LineStatus
) -> None:
    assert line_status(received, expected) is status
