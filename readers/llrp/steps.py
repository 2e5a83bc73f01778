"""The way from connection to inventory as a table: what each state asks, and where each outcome leads."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class SessionState(StrEnum):
    """Named after what the session waits for."""

    IDLE = "not connected"
    GREETING = "ConnectionAttemptEvent"
    VERSION = "GET_SUPPORTED_VERSION"
    STRICT_VERSION = "GET_SUPPORTED_VERSION in version 1.1"
    SET_VERSION = "SET_PROTOCOL_VERSION"
    CAPABILITIES = "GET_READER_CAPABILITIES"
    EXTENSIONS = "IMPINJ_ENABLE_EXTENSIONS"
    CONFIG = "SET_READER_CONFIG"
    RELEASE = "ENABLE_EVENTS_AND_REPORTS"
    LIST = "GET_ROSPECS"
    DISPLACE = "DELETE_ROSPEC or DISABLE_ROSPEC of a stranger"
    DELETE = "DELETE_ROSPEC"
    ADD = "ADD_ROSPEC"
    ENABLE = "ENABLE_ROSPEC"
    START = "START_ROSPEC"
    VERIFY = "GET_ROSPECS after START_ROSPEC"
    INVENTORYING = "reports"
    CLOSING = "CLOSE_CONNECTION"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Step:
    """Where the outcomes of a request lead; None means that the connection has failed."""

    done: SessionState
    refused: SessionState | None
    unanswered: SessionState | None


def _whatever_happens(following: SessionState) -> Step:
    return Step(following, following, following)


STEPS: Final[dict[SessionState, Step]] = {
    # ERROR_MESSAGE to GET_SUPPORTED_VERSION means 1.0.1, which everything below can live with.
    SessionState.VERSION: _whatever_happens(SessionState.CAPABILITIES),
    SessionState.STRICT_VERSION: _whatever_happens(SessionState.CAPABILITIES),
    SessionState.SET_VERSION: _whatever_happens(SessionState.CAPABILITIES),
    # Without capabilities we ask for nothing that would depend on them.
    SessionState.CAPABILITIES: _whatever_happens(SessionState.EXTENSIONS),
    SessionState.EXTENSIONS: _whatever_happens(SessionState.CONFIG),
    # Refused means to ask for less first; without keepalives the session looks after the link itself.
    SessionState.CONFIG: _whatever_happens(SessionState.RELEASE),
    # Held reports come before our ROSpec is replaced, so none is lost with it. It has no reply.
    SessionState.RELEASE: _whatever_happens(SessionState.LIST),
    # Where ours runs, and says what we would say, it runs on: to replace it is a pause in reading, and a long
    # one where we die between DELETE and START.
    SessionState.LIST: _whatever_happens(SessionState.DELETE),
    # "Nothing there to delete" is an error to some readers.
    SessionState.DELETE: _whatever_happens(SessionState.ADD),
    # Refused means to ask for less first, then to make room.
    SessionState.ADD: Step(SessionState.ENABLE, None, None),
    SessionState.ENABLE: Step(SessionState.START, SessionState.START, None),
    # An immediate ROSpec runs already, and starting it again is an error to some: the list of ROSpecs tells.
    SessionState.START: Step(SessionState.INVENTORYING, SessionState.VERIFY, SessionState.VERIFY),
    SessionState.VERIFY: _whatever_happens(SessionState.INVENTORYING),
}
"""DISPLACE is not among them: it leads back to where it was needed."""
