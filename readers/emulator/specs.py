"""What a client's ROSpec asks for, as frozen facts; what the reader cannot do is refused where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

from readers.emulator.messages import Node, RequestError
from readers.emulator.profiles import Profile
from readers.errors import ProtocolError
from readers.llrp.constants import VENDOR_IMPINJ, ParameterType, StatusCode
from readers.llrp.framing import walk_parameters

GPI_HIGH: Final = 0x80
_CONTENT_BITS: Final = 0xFFC0
_MEMORY_BITS: Final = 0xC0


class StartKind(IntEnum):
    NULL = 0
    IMMEDIATE = 1
    PERIODIC = 2
    GPI = 3


class StopKind(IntEnum):
    """For ROSpecs the first three, for AISpecs all."""

    NULL = 0
    DURATION = 1
    GPI = 2
    TAG_OBSERVATION = 3


class ReportKind(IntEnum):
    """ROReportTrigger; the last four are of LLRP 1.1."""

    NONE = 0
    N_TAGS_OR_END_OF_AISPEC = 1
    N_TAGS_OR_END_OF_ROSPEC = 2
    N_SECONDS_OR_END_OF_AISPEC = 3
    N_SECONDS_OR_END_OF_ROSPEC = 4
    N_MILLISECONDS_OR_END_OF_AISPEC = 5
    N_MILLISECONDS_OR_END_OF_ROSPEC = 6


@dataclass(frozen=True, slots=True)
class GpiTrigger:
    port: int
    high: bool
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class StartTrigger:
    kind: StartKind = StartKind.NULL
    offset_ms: int = 0
    period_ms: int = 0
    gpi: GpiTrigger | None = None


@dataclass(frozen=True, slots=True)
class TagObservation:
    """TagObservationTrigger: its kind counts in the standard's order, N tags first."""

    kind: int
    tags: int
    attempts: int
    quiet_ms: int
    timeout_ms: int


@dataclass(frozen=True, slots=True)
class StopTrigger:
    kind: StopKind = StopKind.NULL
    duration_ms: int = 0
    gpi: GpiTrigger | None = None
    observation: TagObservation | None = None


class Selected(IntFlag):
    """The bits of TagReportContentSelector."""

    ROSPEC_ID = 0x8000
    SPEC_INDEX = 0x4000
    INVENTORY_PARAMETER_SPEC_ID = 0x2000
    ANTENNA_ID = 0x1000
    CHANNEL_INDEX = 0x0800
    PEAK_RSSI = 0x0400
    FIRST_SEEN_TIMESTAMP = 0x0200
    LAST_SEEN_TIMESTAMP = 0x0100
    TAG_SEEN_COUNT = 0x0080
    ACCESS_SPEC_ID = 0x0040


class SelectedMemory(IntFlag):
    """The bits of C1G2EPCMemorySelector."""

    CRC = 0x80
    PC_BITS = 0x40


_NOTHING: Final = Selected(0)
_NO_MEMORY: Final = SelectedMemory(0)


@dataclass(frozen=True, slots=True)
class Content:
    """What a TagReportData is to hold besides its EPC."""

    selected: Selected = _NOTHING
    memory: SelectedMemory = _NO_MEMORY
    impinj: frozenset[int] = frozenset()
    """Subtypes of the Impinj parameters that switch vendor content on."""


@dataclass(frozen=True, slots=True)
class ReportSpec:
    kind: ReportKind = ReportKind.N_TAGS_OR_END_OF_ROSPEC
    n: int = 1
    content: Content = Content()


@dataclass(frozen=True, slots=True)
class AISpec:
    antennas: tuple[int, ...]
    inventory_id: int
    stop: StopTrigger
    index: int
    """SpecIndex: its place in the ROSpec's list, from 1."""


@dataclass(frozen=True, slots=True)
class ROSpec:
    id: int
    priority: int
    start: StartTrigger
    stop: StopTrigger
    ai_specs: tuple[AISpec, ...]
    loops: int
    """How often the list of specs is run through; 0 is for ever."""
    report: ReportSpec | None
    """None takes the reader's configured ROReportSpec."""
    value: bytes
    """The parameter as the client sent it, for GET_ROSPECS."""


def parse_rospec(node: Node, profile: Profile) -> ROSpec:
    """Raises RequestError at the first value this reader cannot serve."""
    rospec_id, priority, state = node.fields
    if rospec_id == 0:
        raise node.refuse(0, "ROSpecID 0 is disallowed")
    if priority > profile.max_priority:
        raise node.refuse(1, f"the lowest priority is {profile.max_priority}", StatusCode.A_OutOfRange)
    if state != 0:
        raise node.refuse(2, "a ROSpec is added in the state Disabled")
    for survey in node.all(ParameterType.RFSurveySpec):
        raise RequestError(
            "this reader cannot do RF surveys", code=StatusCode.P_UnsupportedParameter, path=survey.path
        )
    boundary = node.one(ParameterType.ROBoundarySpec)
    node.one(ParameterType.AISpec)
    report = node.find(ParameterType.ROReportSpec)
    return ROSpec(
        id=rospec_id,
        priority=priority,
        start=_start_trigger(boundary.one(ParameterType.ROSpecStartTrigger), profile),
        stop=_stop_trigger(boundary.one(ParameterType.ROSpecStopTrigger), profile),
        ai_specs=tuple(
            _ai_spec(child, profile, index)
            for index, child in enumerate(node.all(ParameterType.AISpec), start=1)
        ),
        loops=_loops(node, profile),
        report=None if report is None else parse_report_spec(report),
        value=node.value,
    )


def parse_report_spec(node: Node) -> ReportSpec:
    """ROReportSpec."""
    kind, n = node.fields
    selector = node.one(ParameterType.TagReportContentSelector)
    memory = SelectedMemory(0)
    for memory_selector in selector.all(ParameterType.C1G2EPCMemorySelector):
        memory |= SelectedMemory(memory_selector.fields[0] & _MEMORY_BITS)
    impinj = frozenset(subtype for custom in node.all(ParameterType.Custom) for subtype in _impinj(custom))
    content = Content(Selected(selector.fields[0] & _CONTENT_BITS), memory, impinj)
    return ReportSpec(ReportKind(kind), n, content)


def parse_gpi_trigger(node: Node, profile: Profile) -> GpiTrigger:
    port, event, timeout_ms = node.fields
    if not 1 <= port <= profile.gpis:
        raise node.refuse(0, f"there is no GPI port {port}", StatusCode.A_OutOfRange)
    return GpiTrigger(port, bool(event & GPI_HIGH), timeout_ms)


def check_antenna_configuration(node: Node, profile: Profile) -> None:
    """Raises RequestError for an antenna, power, hop table or mode the reader does not have."""
    if node.fields[0] > profile.antennas:
        raise node.refuse(0, f"there is no antenna {node.fields[0]}", StatusCode.A_OutOfRange)
    receiver = node.find(ParameterType.RFReceiver)
    if receiver and not 1 <= receiver.fields[0] <= len(profile.sensitivities):
        raise receiver.refuse(0, "no such receive sensitivity index", StatusCode.A_OutOfRange)
    transmitter = node.find(ParameterType.RFTransmitter)
    if transmitter:
        hop_table, _, power = transmitter.fields
        if hop_table > len(profile.hop_tables):
            raise transmitter.refuse(0, f"there is no hop table {hop_table}", StatusCode.A_OutOfRange)
        if not 1 <= power <= len(profile.powers_cdbm):
            raise transmitter.refuse(2, f"there is no transmit power index {power}", StatusCode.A_OutOfRange)
    for command in node.all(ParameterType.C1G2InventoryCommand):
        control = command.find(ParameterType.C1G2RFControl)
        if control and control.fields[0] not in {mode.id for mode in profile.modes}:
            raise control.refuse(0, f"there is no mode {control.fields[0]}", StatusCode.A_OutOfRange)


def _start_trigger(node: Node, profile: Profile) -> StartTrigger:
    kind = StartKind(node.fields[0])
    if kind is StartKind.PERIODIC:
        periodic = node.one(ParameterType.PeriodicTriggerValue)
        return StartTrigger(kind, offset_ms=periodic.fields[0], period_ms=periodic.fields[1])
    if kind is StartKind.GPI:
        return StartTrigger(kind, gpi=parse_gpi_trigger(node.one(ParameterType.GPITriggerValue), profile))
    return StartTrigger(kind)


def _stop_trigger(node: Node, profile: Profile) -> StopTrigger:
    kind, duration_ms = StopKind(node.fields[0]), node.fields[1]
    if kind not in profile.ai_stop_triggers:
        raise node.refuse(0, f"stop trigger {kind} is not supported")
    if kind is StopKind.DURATION and duration_ms == 0:
        raise node.refuse(1, "a duration of 0 ms")
    if kind is StopKind.GPI:
        gpi = parse_gpi_trigger(node.one(ParameterType.GPITriggerValue), profile)
        return StopTrigger(kind, gpi=gpi)
    if kind is StopKind.TAG_OBSERVATION:
        what, _, tags, attempts, quiet_ms, timeout_ms = node.one(ParameterType.TagObservationTrigger).fields
        return StopTrigger(kind, observation=TagObservation(what, tags, attempts, quiet_ms, timeout_ms))
    return StopTrigger(kind, duration_ms if kind is StopKind.DURATION else 0)


def _ai_spec(node: Node, profile: Profile, index: int) -> AISpec:
    if not node.items:
        raise node.refuse(0, "no antenna is named")
    for antenna in node.items:
        if antenna > profile.antennas:
            raise node.refuse(0, f"there is no antenna {antenna}", StatusCode.A_OutOfRange)
    inventory = node.one(ParameterType.InventoryParameterSpec)
    for configuration in inventory.all(ParameterType.AntennaConfiguration):
        check_antenna_configuration(configuration, profile)
    named = tuple(range(1, profile.antennas + 1)) if 0 in node.items else node.items
    return AISpec(
        antennas=named,
        inventory_id=inventory.fields[0],
        stop=_stop_trigger(node.one(ParameterType.AISpecStopTrigger), profile),
        index=index,
    )


def _loops(node: Node, profile: Profile) -> int:
    loop = node.find(ParameterType.LoopSpec)
    if loop is None:
        return 1
    if profile.protocol_version < 2:
        raise RequestError("LoopSpec is of LLRP 1.1", code=StatusCode.P_UnsupportedParameter, path=loop.path)
    return loop.fields[0]


def _impinj(node: Node) -> Iterator[int]:
    """Which parts of an ImpinjTagReportContentSelector are switched on (mode 1)."""
    if node.fields[0] != VENDOR_IMPINJ:
        return
    try:
        for _, value in walk_parameters(node.rest):
            if len(value) >= 10 and value[8:10] == b"\x00\x01":
                yield int.from_bytes(value[4:8], "big")
    except ProtocolError as error:
        raise RequestError(str(error), code=StatusCode.P_ParameterError, path=node.path) from error
