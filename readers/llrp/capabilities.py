"""What a reader can do, as far as our requests depend on it; sllurp decodes the message."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from sllurp.llrp_proto import LLRPError, Message_struct

from readers.errors import ProtocolError

MAX_CAPABILITIES_BYTES: Final = 64 * 1024
"""Real answers have 1 to 10 KB, and sllurp's decoder copies the rest of the message for every parameter."""

FOREIGN_ERRORS: Final = (LLRPError, struct.error, LookupError, ValueError, TypeError, RecursionError)
"""What escapes from sllurp on input it does not expect."""

_GREATEST_MODE: Final = 0xFFFF
"""A ModeIdentifier has 32 bits, and C1G2RFControl room for 16: a greater one cannot be asked for."""

_Fields: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RfMode:
    """A row of UHFC1G2RFModeTable."""

    identifier: int
    miller: int
    """M value: 0 is FM0, 1 to 3 are Miller 2, 4 and 8."""
    bdr_hz: int
    """Backscatter link frequency: how fast tags answer."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Defaults are those of a reader that told nothing."""

    manufacturer: int | None = None
    """IANA private enterprise number."""
    model: int | None = None
    firmware: str | None = None
    antennas: int | None = None
    gpi_ports: int = 0
    gpo_ports: int = 0
    max_rospecs: int | None = None
    holds_reports: bool = False
    powers: tuple[tuple[int, float], ...] = ()
    """TransmitPowerLevelTable: index and dBm."""
    hop_table: int | None = None
    """The id of the first FrequencyHopTable; None where the region does not hop."""
    channels: int = 0
    """How many fixed frequencies there are where the region does not hop."""
    modes: tuple[RfMode, ...] = ()

    def power_index(self, wanted_dbm: float | None) -> int | None:
        """The highest power up to the wanted one (None: of all), the lowest where all are above it."""
        if not self.powers:
            return None
        allowed = [row for row in self.powers if wanted_dbm is None or row[1] <= wanted_dbm]
        if not allowed:
            return min(self.powers, key=lambda row: row[1])[0]
        return max(allowed, key=lambda row: row[1])[0]

    def mode(self, miller: int) -> int | None:
        """The identifier of the mode nearest to the wanted Miller value, and of those the fastest."""
        if not self.modes:
            return None
        return min(self.modes, key=lambda mode: (abs(mode.miller - miller), -mode.bdr_hz)).identifier


def decode_capabilities(body: bytes) -> Capabilities:
    """The body of a GET_READER_CAPABILITIES_RESPONSE; raises ProtocolError where it cannot be decoded."""
    if len(body) > MAX_CAPABILITIES_BYTES:
        raise ProtocolError(f"capabilities of {len(body)} bytes are more than {MAX_CAPABILITIES_BYTES}")
    name = "GET_READER_CAPABILITIES_RESPONSE"
    try:
        fields: _Fields = Message_struct[name]["decode"](body, name)
        return _capabilities(fields)
    except FOREIGN_ERRORS as error:
        raise ProtocolError(f"capabilities cannot be decoded: {type(error).__name__}: {error}") from error


def decode_config(body: bytes) -> Mapping[str, object]:
    """A GET_READER_CONFIG_RESPONSE under sllurp's names; raises ProtocolError where it is malformed."""
    if len(body) > MAX_CAPABILITIES_BYTES:
        raise ProtocolError(f"a configuration of {len(body)} bytes is more than {MAX_CAPABILITIES_BYTES}")
    name = "GET_READER_CONFIG_RESPONSE"
    try:
        fields: _Fields = Message_struct[name]["decode"](body, name)
    except FOREIGN_ERRORS as error:
        raise ProtocolError(f"configuration cannot be decoded: {type(error).__name__}: {error}") from error
    return {key: value for key, value in fields.items() if key != "LLRPStatus"}


def _capabilities(fields: _Fields) -> Capabilities:
    device = _section(fields, "GeneralDeviceCapabilities")
    gpio = _section(device, "GPIOCapabilities")
    llrp = _section(fields, "LLRPCapabilities")
    band = _section(_section(fields, "RegulatoryCapabilities"), "UHFBandCapabilities")
    frequencies = _section(band, "FrequencyInformation")
    hop_tables = _rows(frequencies, "FrequencyHopTable")
    fixed = _section(frequencies, "FixedFrequencyTable")
    return Capabilities(
        manufacturer=_number(device, "DeviceManufacturerName"),
        model=_number(device, "ModelName"),
        firmware=_text(device.get("ReaderFirmwareVersion")),
        antennas=_number(device, "MaxNumberOfAntennaSupported"),
        gpi_ports=_number(gpio, "NumGPIs") or 0,
        gpo_ports=_number(gpio, "NumGPOs") or 0,
        max_rospecs=_number(llrp, "MaxNumROSpec"),
        holds_reports=bool(llrp.get("SupportsEventAndReportHolding", False)),
        powers=tuple(
            (int(row["Index"]), _signed(row["TransmitPowerValue"]) / 100)
            for row in _rows(band, "TransmitPowerLevelTableEntry")
        ),
        hop_table=int(hop_tables[0]["HopTableId"]) if frequencies.get("Hopping") and hop_tables else None,
        channels=_number(fixed, "NumFrequencies") or 0,
        modes=tuple(
            RfMode(int(row["ModeIdentifier"]), int(row["Mod"]), int(row["BDR"]))
            for row in _rows(_section(band, "UHFC1G2RFModeTable"), "UHFC1G2RFModeTableEntry")
            if int(row["ModeIdentifier"]) <= _GREATEST_MODE
        ),
    )


def _section(fields: _Fields, name: str) -> _Fields:
    section = fields.get(name, {})
    return cast("_Fields", section) if isinstance(section, dict) else {}


def _rows(fields: _Fields, name: str) -> Sequence[Mapping[str, int]]:
    rows = fields.get(name, [])
    return cast("Sequence[Mapping[str, int]]", rows) if isinstance(rows, list) else []


def _number(fields: _Fields, name: str) -> int | None:
    value = fields.get(name)
    return value if isinstance(value, int) else None


def _text(value: object) -> str | None:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else None


def _signed(value: int) -> int:
    """TransmitPowerValue is a signed short, which sllurp reads as unsigned."""
    return value - 0x10000 if value >= 0x8000 else value
