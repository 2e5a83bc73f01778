"""What a client may say: fields and sub-parameters of its messages as a table (LLRP 1.1, chapters 16 and 17).

Fields are written one letter each: B, H, I, Q unsigned of 1, 2, 4, 8 bytes; `H*` a counted list of H; `b*` a
counted bit string; `X` whatever is left. `B:2` is an enumeration whose greatest value is 2. Sub-parameters
carry their cardinality: `!` exactly one, `?` at most one, `*` any number, `+` at least one.
"""

from typing import Final, NamedTuple

from readers.llrp.constants import MessageType as M
from readers.llrp.constants import ParameterType as P


class Field(NamedTuple):
    code: str
    greatest: int | None
    """The last value of an enumeration; None where every value is legal."""


class Cardinality(NamedTuple):
    least: int
    most: int | None


class Shape(NamedTuple):
    """Fields first, then sub-parameters."""

    fields: tuple[Field, ...]
    children: dict[int, Cardinality]


_CARDINALITIES: Final = {
    "!": Cardinality(1, 1),
    "?": Cardinality(0, 1),
    "*": Cardinality(0, None),
    "+": Cardinality(1, None),
}


def _field(word: str) -> Field:
    code, _, greatest = word.partition(":")
    return Field(code, int(greatest) if greatest else None)


def _shape(fields: str = "", children: str = "") -> Shape:
    return Shape(
        tuple(_field(word) for word in fields.split()),
        {P[word[:-1]]: _CARDINALITIES[word[-1]] for word in children.split()},
    )


_OP_SPECS: Final = (
    "C1G2Read* C1G2Write* C1G2Kill* C1G2Lock* C1G2BlockErase* C1G2BlockWrite* "
    "C1G2Recommission* C1G2BlockPermalock* C1G2GetBlockPermalockStatus*"
)

MESSAGES: Final[dict[int, Shape]] = {
    M.GET_READER_CAPABILITIES: _shape("B:4", "Custom*"),
    M.GET_READER_CONFIG: _shape("H B:11 H H", "Custom*"),
    M.SET_READER_CONFIG: _shape(
        "B",
        "ReaderEventNotificationSpec? AntennaProperties* AntennaConfiguration* ROReportSpec? "
        "AccessReportSpec? KeepaliveSpec? GPOWriteData* GPIPortCurrentState* EventsAndReports? Custom*",
    ),
    M.CLOSE_CONNECTION: _shape(),
    M.ADD_ROSPEC: _shape("", "ROSpec!"),
    M.DELETE_ROSPEC: _shape("I"),
    M.START_ROSPEC: _shape("I"),
    M.STOP_ROSPEC: _shape("I"),
    M.ENABLE_ROSPEC: _shape("I"),
    M.DISABLE_ROSPEC: _shape("I"),
    M.GET_ROSPECS: _shape(),
    M.ADD_ACCESSSPEC: _shape("", "AccessSpec!"),
    M.DELETE_ACCESSSPEC: _shape("I"),
    M.ENABLE_ACCESSSPEC: _shape("I"),
    M.DISABLE_ACCESSSPEC: _shape("I"),
    M.GET_ACCESSSPECS: _shape(),
    M.GET_SUPPORTED_VERSION: _shape(),
    M.SET_PROTOCOL_VERSION: _shape("B"),
    M.GET_REPORT: _shape(),
    M.ENABLE_EVENTS_AND_REPORTS: _shape(),
    M.KEEPALIVE_ACK: _shape(),
    M.CUSTOM_MESSAGE: _shape("I B X"),
}
"""A message that is not listed is one the emulator does not support."""

PARAMETERS: Final[dict[int, Shape]] = {
    P.Custom: _shape("I I X"),
    P.UTCTimestamp: _shape("Q"),
    # ROSpec
    P.ROSpec: _shape("I B:7 B:2", "ROBoundarySpec! AISpec* RFSurveySpec* LoopSpec? Custom* ROReportSpec?"),
    P.ROBoundarySpec: _shape("", "ROSpecStartTrigger! ROSpecStopTrigger!"),
    P.ROSpecStartTrigger: _shape("B:3", "PeriodicTriggerValue? GPITriggerValue?"),
    P.PeriodicTriggerValue: _shape("I I", "UTCTimestamp?"),
    P.GPITriggerValue: _shape("H B I"),
    P.ROSpecStopTrigger: _shape("B:2 I", "GPITriggerValue?"),
    P.AISpec: _shape("H*", "AISpecStopTrigger! InventoryParameterSpec+ Custom*"),
    P.AISpecStopTrigger: _shape("B:3 I", "GPITriggerValue? TagObservationTrigger?"),
    P.TagObservationTrigger: _shape("B:4 B H H H I"),
    P.InventoryParameterSpec: _shape("H B:1", "AntennaConfiguration* Custom*"),
    P.RFSurveySpec: _shape("H I I", "RFSurveySpecStopTrigger! Custom*"),
    P.RFSurveySpecStopTrigger: _shape("B:2 I I"),
    P.LoopSpec: _shape("I"),
    P.ROReportSpec: _shape("B:6 H", "TagReportContentSelector! Custom*"),
    P.TagReportContentSelector: _shape("H", "C1G2EPCMemorySelector* Custom*"),
    P.C1G2EPCMemorySelector: _shape("B"),
    # Reader configuration
    P.AntennaConfiguration: _shape("H", "RFReceiver? RFTransmitter? C1G2InventoryCommand* Custom*"),
    P.RFReceiver: _shape("H"),
    P.RFTransmitter: _shape("H H H"),
    P.C1G2InventoryCommand: _shape("B", "C1G2Filter* C1G2RFControl? C1G2SingulationControl? Custom*"),
    P.C1G2Filter: _shape(
        "B",
        "C1G2TagInventoryMask! C1G2TagInventoryStateAwareFilterAction? "
        "C1G2TagInventoryStateUnawareFilterAction?",
    ),
    P.C1G2TagInventoryMask: _shape("B H b*"),
    P.C1G2TagInventoryStateAwareFilterAction: _shape("B:4 B:7"),
    P.C1G2TagInventoryStateUnawareFilterAction: _shape("B:5"),
    P.C1G2RFControl: _shape("H H"),
    P.C1G2SingulationControl: _shape("B H I", "C1G2TagInventoryStateAwareSingulationAction?"),
    P.C1G2TagInventoryStateAwareSingulationAction: _shape("B"),
    P.AntennaProperties: _shape("B H H"),
    P.ReaderEventNotificationSpec: _shape("", "EventNotificationState+"),
    P.EventNotificationState: _shape("H:9 B"),
    P.AccessReportSpec: _shape("B:1"),
    P.KeepaliveSpec: _shape("B:1 I"),
    P.GPOWriteData: _shape("H B"),
    P.GPIPortCurrentState: _shape("H B B:2"),
    P.EventsAndReports: _shape("B"),
    # AccessSpec
    P.AccessSpec: _shape("I H B:1 B I", "AccessSpecStopTrigger! AccessCommand! AccessReportSpec? Custom*"),
    P.AccessSpecStopTrigger: _shape("B:1 H"),
    P.AccessCommand: _shape("", f"C1G2TagSpec! {_OP_SPECS} Custom*"),
    P.C1G2TagSpec: _shape("", "C1G2TargetTag+"),
    P.C1G2TargetTag: _shape("B H b* b*"),
    P.C1G2Read: _shape("H I B H H"),
    P.C1G2Write: _shape("H I B H H*"),
    P.C1G2Kill: _shape("H I"),
    P.C1G2Recommission: _shape("H I B"),
    P.C1G2Lock: _shape("H I", "C1G2LockPayload+"),
    P.C1G2LockPayload: _shape("B:3 B:4"),
    P.C1G2BlockErase: _shape("H I B H H"),
    P.C1G2BlockWrite: _shape("H I B H H*"),
    P.C1G2BlockPermalock: _shape("H I B H H*"),
    P.C1G2GetBlockPermalockStatus: _shape("H I B H H"),
}
