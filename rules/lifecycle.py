"""The life of a returned item and of its RMA as tables: what each step makes of each state."""

from collections.abc import Mapping
from enum import StrEnum

from rules.vocabulary import ItemState, LineStatus, RmaState


class ItemStep(StrEnum):
    """What can happen to an item."""

    GLIMPSE = "glimpse"
    """Probably came in: below the confidence limit."""
    RECEIVE = "receive"
    INSPECT = "inspect"
    DISPOSITION = "disposition"
    RESTOCK = "restock"
    REMOVE = "remove"
    """Disposed of, or sent on."""
    REVERSE = "reverse"


class RmaStep(StrEnum):
    """What can happen to an RMA."""

    SHIP = "ship"
    RECEIVE_SOME = "receive_some"
    RECEIVE_ALL = "receive_all"
    REVERSE_ALL = "reverse_all"
    """The last item that had come in went out again."""
    INSPECT = "inspect"
    DISPOSITION = "disposition"
    RESOLVE = "resolve"
    CLOSE = "close"
    CANCEL = "cancel"
    EXPIRE = "expire"
    REOPEN = "reopen"


_I, _S = ItemState, ItemStep
_ARRIVALS = {_S.GLIMPSE: _I.CANDIDATE, _S.RECEIVE: _I.RECEIVED}
_IN_HOUSE = {
    _S.INSPECT: _I.INSPECTED,
    _S.DISPOSITION: _I.DISPOSITIONED,
    _S.RESTOCK: _I.RESTOCKED,
    _S.REMOVE: _I.GONE,
    _S.REVERSE: _I.REVERSED,
}

ITEM_STEPS: Mapping[ItemState, Mapping[ItemStep, ItemState]] = {
    _I.EXPECTED: _ARRIVALS,
    _I.CANDIDATE: _ARRIVALS,
    _I.RECEIVED: _IN_HOUSE,
    _I.INSPECTED: _IN_HOUSE,
    _I.DISPOSITIONED: _IN_HOUSE,
    _I.RESTOCKED: {},
    _I.GONE: {},
    _I.REVERSED: _ARRIVALS,
}
"""A step that is not listed changes nothing. Restocked and gone are ends: the next return is a new item."""

_R, _T = RmaState, RmaStep
_ENDINGS = {_T.CLOSE: _R.CLOSED, _T.CANCEL: _R.CANCELED, _T.EXPIRE: _R.EXPIRED}
_AWAITED = {_T.RECEIVE_SOME: _R.PARTIALLY_RECEIVED, _T.RECEIVE_ALL: _R.RECEIVED, **_ENDINGS}
_TAKEN_BACK = {_T.REVERSE_ALL: _R.AUTHORIZED}
_WORK = {
    _T.INSPECT: _R.INSPECTING,
    _T.DISPOSITION: _R.DISPOSITIONED,
    _T.RESOLVE: _R.RESOLVED,
    _T.CLOSE: _R.CLOSED,
}
_AGAIN = {_T.REOPEN: _R.REOPENED}

RMA_STEPS: Mapping[RmaState, Mapping[RmaStep, RmaState]] = {
    _R.AUTHORIZED: {_T.SHIP: _R.IN_TRANSIT, **_AWAITED},
    _R.IN_TRANSIT: _AWAITED,
    _R.REOPENED: _AWAITED,
    _R.OVERDUE: {**_AWAITED, **_WORK},
    _R.PARTIALLY_RECEIVED: {**_AWAITED, **_WORK, **_TAKEN_BACK},
    _R.RECEIVED: {_T.RECEIVE_SOME: _R.PARTIALLY_RECEIVED, **_WORK, **_TAKEN_BACK},
    _R.INSPECTING: {**_WORK, **_TAKEN_BACK},
    _R.DISPOSITIONED: _WORK,
    _R.RESOLVED: {_T.CLOSE: _R.CLOSED, **_AGAIN},
    _R.CLOSED: _AGAIN,
    _R.CANCELED: _AGAIN,
    _R.EXPIRED: {_T.CLOSE: _R.CLOSED, **_AGAIN},
}
"""A step that is not listed changes nothing."""


def can(state: ItemState, step: ItemStep) -> bool:
    """Whether this can happen to an item in this state."""
    return step in ITEM_STEPS[state]


def next_item_state(state: ItemState, step: ItemStep) -> ItemState:
    """The state after a step; the same state when the step was taken before or cannot be taken."""
    return ITEM_STEPS[state].get(step, state)


def next_rma_state(state: RmaState, step: RmaStep) -> RmaState:
    """The state after a step; the same state when the step was taken before or cannot be taken."""
    return RMA_STEPS[state].get(step, state)


def arrival_state(received: int, expected: int) -> RmaState:
    """How much of an RMA has come in, in the words of its states."""
    if received == 0:
        return RmaState.AUTHORIZED
    return RmaState.RECEIVED if received >= expected else RmaState.PARTIALLY_RECEIVED


def line_status(received: int, expected: int) -> LineStatus:
    """How much of a line has come in."""
    if received == 0:
        return LineStatus.OPEN
    if received < expected:
        return LineStatus.PARTIAL
    return LineStatus.COMPLETE if received == expected else LineStatus.OVER
