"""The reader's configuration: what SET_READER_CONFIG changes and GET_READER_CONFIG tells (LLRP 1.1, 12.2)."""

from binascii import crc32
from dataclasses import dataclass, field
from struct import pack

from readers.emulator.messages import Node, RequestError
from readers.emulator.profiles import Profile
from readers.emulator.specs import (
    Content,
    ReportKind,
    ReportSpec,
    Selected,
    check_antenna_configuration,
    parse_report_spec,
)
from readers.llrp.constants import NotificationEventType, ParameterType, StatusCode
from readers.llrp.framing import encode_tlv

_ON = 0x80
_FACTORY_CONTENT = Content(
    Selected.ANTENNA_ID
    | Selected.PEAK_RSSI
    | Selected.FIRST_SEEN_TIMESTAMP
    | Selected.LAST_SEEN_TIMESTAMP
    | Selected.TAG_SEEN_COUNT
)
_FACTORY_REPORT_SPEC = ReportSpec(ReportKind.N_TAGS_OR_END_OF_ROSPEC, 1, _FACTORY_CONTENT)
_FACTORY_EVENTS = {NotificationEventType.Reader_Exception_Event, NotificationEventType.Antenna_Event}


@dataclass(slots=True)
class ReaderConfig:
    """Starts as the factory set it; what the world does to it (GPIs, cables) a reset leaves."""

    profile: Profile
    gpi_high: dict[int, bool] = field(default_factory=dict)
    unplugged: set[int] = field(default_factory=set)
    """Antenna ports without an antenna."""
    gpo_high: dict[int, bool] = field(default_factory=dict)
    gpi_enabled: dict[int, bool] = field(default_factory=dict)
    events: set[int] = field(default_factory=set)
    keepalive_ms: int = 0
    """0 is off."""
    hold_reports: bool = False
    access_report_trigger: int = 0
    report_spec: ReportSpec = field(default_factory=ReportSpec)
    antennas: dict[int, dict[int, bytes]] = field(default_factory=dict)
    """Antenna → type → that sub-parameter of its AntennaConfiguration."""
    _report_spec_value: bytes = b""

    def __post_init__(self) -> None:
        self.gpi_high = dict.fromkeys(range(1, self.profile.gpis + 1), False)
        self.reset()

    def reset(self) -> None:
        """ResetToFactoryDefault."""
        self.gpo_high = dict.fromkeys(range(1, self.profile.gpos + 1), False)
        self.gpi_enabled = dict.fromkeys(range(1, self.profile.gpis + 1), False)
        self.events = set(_FACTORY_EVENTS)
        self.keepalive_ms = 0
        self.hold_reports = False
        self.access_report_trigger = 0
        self.report_spec = _FACTORY_REPORT_SPEC
        self._report_spec_value = _encode_report_spec(_FACTORY_REPORT_SPEC)
        self.antennas = {
            antenna: dict(_factory_antenna(self.profile)) for antenna in range(1, self.profile.antennas + 1)
        }

    def apply(self, node: Node) -> None:
        """SET_READER_CONFIG: all of it, or nothing and a RequestError."""
        _check(node, self.profile)
        if node.fields[0] & _ON:
            self.reset()
        for child in node.children:
            self._apply_one(child)

    def _apply_one(self, node: Node) -> None:
        match node.type:
            case ParameterType.ReaderEventNotificationSpec:
                for state in node.children:
                    event, enabled = state.fields
                    (self.events.add if enabled & _ON else self.events.discard)(event)
            case ParameterType.AntennaConfiguration:
                for antenna in _antennas(node.fields[0], self.profile):
                    for child in node.children:
                        self.antennas[antenna][child.type] = encode_tlv(child.type, child.value)
            case ParameterType.ROReportSpec:
                self.report_spec = parse_report_spec(node)
                self._report_spec_value = node.value
            case ParameterType.AccessReportSpec:
                self.access_report_trigger = node.fields[0]
            case ParameterType.KeepaliveSpec:
                self.keepalive_ms = node.fields[1] if node.fields[0] else 0
            case ParameterType.GPOWriteData:
                self.gpo_high[node.fields[0]] = bool(node.fields[1] & _ON)
            case ParameterType.GPIPortCurrentState:
                self.gpi_enabled[node.fields[0]] = bool(node.fields[1] & _ON)
            case ParameterType.EventsAndReports:
                self.hold_reports = bool(node.fields[0] & _ON)

    def encode(self, requested: int, antenna: int, gpi: int, gpo: int) -> bytes:
        """What GET_READER_CONFIG asked for: 0 is everything, ports and antennas 0 are all of them."""
        ports = range(1, self.profile.gpis + 1) if gpi == 0 else (gpi,)
        outputs = range(1, self.profile.gpos + 1) if gpo == 0 else (gpo,)
        antennas = _antennas(antenna, self.profile)
        sections = (
            encode_tlv(
                ParameterType.Identification,
                pack(">BH", 0, len(self.profile.reader_id)) + self.profile.reader_id,
            ),
            b"".join(
                encode_tlv(
                    ParameterType.AntennaProperties, pack(">BHh", 0 if n in self.unplugged else _ON, n, 0)
                )
                for n in antennas
            ),
            b"".join(
                encode_tlv(
                    ParameterType.AntennaConfiguration, pack(">H", n) + b"".join(self.antennas[n].values())
                )
                for n in antennas
            ),
            self._encode_events(),
            encode_tlv(ParameterType.ROReportSpec, self._report_spec_value),
            encode_tlv(ParameterType.AccessReportSpec, bytes((self.access_report_trigger,))),
            encode_tlv(ParameterType.LLRPConfigurationStateValue, pack(">I", self._state_value())),
            encode_tlv(ParameterType.KeepaliveSpec, pack(">BI", self.keepalive_ms > 0, self.keepalive_ms)),
            b"".join(self._encode_gpi(port) for port in ports),
            b"".join(
                encode_tlv(ParameterType.GPOWriteData, pack(">HB", n, _ON * self.gpo_high[n]))
                for n in outputs
            ),
            encode_tlv(ParameterType.EventsAndReports, bytes((_ON * self.hold_reports,))),
        )
        if requested:
            return sections[_SECTION_OF_REQUEST[requested]]
        return b"".join(sections)

    def _encode_events(self) -> bytes:
        return encode_tlv(
            ParameterType.ReaderEventNotificationSpec,
            b"".join(
                encode_tlv(
                    ParameterType.EventNotificationState, pack(">HB", event, _ON * (event in self.events))
                )
                for event in NotificationEventType
                if event is not NotificationEventType.SpecLoop_Event or self.profile.protocol_version > 1
            ),
        )

    def _encode_gpi(self, port: int) -> bytes:
        return encode_tlv(
            ParameterType.GPIPortCurrentState,
            pack(">HBB", port, _ON * self.gpi_enabled[port], self.gpi_high[port]),
        )

    def _state_value(self) -> int:
        """Changes whenever the configuration does."""
        return crc32(repr((self.antennas, self.events, self.keepalive_ms, self._report_spec_value)).encode())


_SECTION_OF_REQUEST = {1: 0, 2: 1, 3: 2, 4: 4, 5: 3, 6: 5, 7: 6, 8: 7, 9: 8, 10: 9, 11: 10}
"""GetReaderConfigRequestedData → place in the response's order."""


def _antennas(antenna: int, profile: Profile) -> range:
    return range(1, profile.antennas + 1) if antenna == 0 else range(antenna, antenna + 1)


def _check(node: Node, profile: Profile) -> None:
    for child in node.children:
        if child.type == ParameterType.AntennaConfiguration:
            check_antenna_configuration(child, profile)
        elif child.type == ParameterType.ROReportSpec:
            parse_report_spec(child)
        elif child.type == ParameterType.GPOWriteData:
            _check_port(child, profile.gpos)
        elif child.type == ParameterType.GPIPortCurrentState:
            _check_port(child, profile.gpis)
        elif child.type == ParameterType.KeepaliveSpec and child.fields[0] and not child.fields[1]:
            raise child.refuse(1, "a keepalive period of 0 ms")
        elif child.type == ParameterType.AntennaProperties:
            raise RequestError(
                "antenna properties cannot be set here",
                code=StatusCode.P_UnsupportedParameter,
                path=child.path,
            )


def _check_port(node: Node, ports: int) -> None:
    if not 1 <= node.fields[0] <= ports:
        raise node.refuse(0, f"there is no port {node.fields[0]}", StatusCode.A_OutOfRange)


def _encode_report_spec(spec: ReportSpec) -> bytes:
    memory = encode_tlv(ParameterType.C1G2EPCMemorySelector, bytes((spec.content.memory,)))
    selector = encode_tlv(ParameterType.TagReportContentSelector, pack(">H", spec.content.selected) + memory)
    return pack(">BH", spec.kind, spec.n) + selector


def _factory_antenna(profile: Profile) -> dict[int, bytes]:
    command = b"\x00" + encode_tlv(ParameterType.C1G2RFControl, pack(">HH", profile.modes[0].id, 0))
    command += encode_tlv(ParameterType.C1G2SingulationControl, pack(">BHI", 0x40, 32, 0))
    return {
        ParameterType.RFReceiver: encode_tlv(ParameterType.RFReceiver, pack(">H", 1)),
        ParameterType.RFTransmitter: encode_tlv(
            ParameterType.RFTransmitter, pack(">HHH", 1, 0, len(profile.powers_cdbm))
        ),
        ParameterType.C1G2InventoryCommand: encode_tlv(ParameterType.C1G2InventoryCommand, command),
    }
