"""The error tree of the readers: the class says whose fault it is and whether dialling again helps.

ReaderError
├── ConnectError        not reached: refused, unreachable, timed out, TLS; dial again later
├── ReaderBusyError     another client has the reader; stand by and dial again
├── ProtocolError       the peer broke LLRP: this connection is lost, dial again
│   └── FrameError      the byte stream is no sequence of LLRP messages
├── RefusedError        the reader refused a request, with LLRPStatus; dialling again helps if it was reset
├── DeadlineError       a deadline passed: no reply, no keepalive, no report
├── InternalError       a fault of ours, with its cause; this connection is lost, dial again
└── CaptureError        a capture file is not what it says
"""


class ReaderError(Exception):
    """Something between us and a reader."""


class ConnectError(ReaderError):
    """The reader could not be reached."""


class ReaderBusyError(ReaderError):
    """The reader serves another client."""


class ProtocolError(ReaderError):
    """The peer broke the protocol."""


class FrameError(ProtocolError):
    """The byte stream cannot be split into LLRP messages."""


class RefusedError(ReaderError):
    """The reader answered a request with an error status."""


class DeadlineError(ReaderError):
    """A reply, keepalive or report did not come in time."""


class InternalError(ReaderError):
    """Nobody's fault but ours."""


class CaptureError(ReaderError):
    """A capture file cannot be read."""
