"""RO_ACCESS_REPORT, parameter by parameter: every field, no shortcut; what `report` is held against."""

from dataclasses import dataclass
from enum import StrEnum
from struct import Struct
from typing import Final

from readers.errors import ProtocolError
from readers.llrp.constants import VENDOR_IMPINJ, ImpinjParameter, ParameterType
from readers.llrp.framing import Parameter, walk_parameters
from readers.tag import OddEpc, TagRow


class Clock(StrEnum):
    """What a reader's timestamps count from."""

    UTC = "utc"
    UPTIME = "uptime"


@dataclass(slots=True)
class TagReport:
    """One TagReportData; None means not reported. Times are microseconds on the reader's own `clock`."""

    epc: bytes = b""
    """Left-aligned, unused bits zero."""
    epc_bits: int = 0
    antenna: int | None = None
    rssi_dbm: int | None = None
    first_seen_us: int | None = None
    last_seen_us: int | None = None
    seen_count: int | None = None
    pc: int | None = None
    clock: Clock | None = None
    rospec_id: int | None = None
    channel: int | None = None
    """ChannelIndex: one-based, into the hop table or frequency list of the capabilities."""
    impinj_phase_degrees: float | None = None
    impinj_rssi_dbm: float | None = None
    impinj_doppler_hz: float | None = None

    def row(self) -> TagRow:
        epc = OddEpc.of(self.epc, self.epc_bits) if self.epc_bits % 8 else self.epc
        times = self.first_seen_us, self.last_seen_us
        return (epc, self.antenna, self.rssi_dbm, *times, self.seen_count, self.pc)


def walk_report(body: bytes) -> list[TagReport]:
    """The tags of a report body, in order; what is neither TagReportData nor of use in it is skipped.

    Raises ProtocolError where any of it is malformed.
    """
    return [
        _walk_tag(parameter.value)
        for parameter in walk_parameters(body)
        if parameter.type == ParameterType.TagReportData
    ]


def decode_epc_data(value: bytes) -> tuple[bytes, int]:
    """EPCData: a count of bits, then as many bits, filled up to whole bytes."""
    if len(value) < 2:
        raise ProtocolError("EPCData without its bit count")
    bits = int.from_bytes(value[:2], "big")
    length = (bits + 7) // 8
    if len(value) < 2 + length:
        raise ProtocolError(f"EPCData of {bits} bits in {len(value) - 2} bytes")
    return clear_unused_bits(value[2 : 2 + length], bits), bits


def clear_unused_bits(epc: bytes, bits: int) -> bytes:
    unused = len(epc) * 8 - bits
    if not unused:
        return epc
    return epc[:-1] + bytes((epc[-1] >> unused << unused,))


_INTEGERS: Final[dict[int, tuple[str, bool]]] = {
    ParameterType.AntennaID: ("antenna", False),
    ParameterType.PeakRSSI: ("rssi_dbm", True),
    ParameterType.TagSeenCount: ("seen_count", False),
    ParameterType.C1G2PC: ("pc", False),
    ParameterType.ROSpecID: ("rospec_id", False),
    ParameterType.ChannelIndex: ("channel", False),
}
"""Field and whether it is signed."""
_TIMES: Final[dict[int, tuple[str, Clock]]] = {
    ParameterType.FirstSeenTimestampUTC: ("first_seen_us", Clock.UTC),
    ParameterType.LastSeenTimestampUTC: ("last_seen_us", Clock.UTC),
    ParameterType.FirstSeenTimestampUptime: ("first_seen_us", Clock.UPTIME),
    ParameterType.LastSeenTimestampUptime: ("last_seen_us", Clock.UPTIME),
}


def _walk_tag(value: bytes) -> TagReport:
    tag = TagReport()
    has_epc = False
    parameters = list(walk_parameters(value))
    for parameter in parameters:
        if parameter.type in (ParameterType.EPC96, ParameterType.EPCData):
            if has_epc:
                raise ProtocolError("TagReportData with two EPCs")
            has_epc = True
            tag.epc, tag.epc_bits = _epc(parameter)
        elif parameter.type in _INTEGERS:
            field, signed = _INTEGERS[parameter.type]
            setattr(tag, field, int.from_bytes(parameter.value, "big", signed=signed))
        elif parameter.type == ParameterType.Custom:
            _walk_custom(parameter.value, tag)
    if not has_epc:
        raise ProtocolError("TagReportData without an EPC")
    _walk_times(parameters, tag)
    return tag


def _epc(parameter: Parameter) -> tuple[bytes, int]:
    if parameter.type == ParameterType.EPC96:
        return parameter.value, 96
    return decode_epc_data(parameter.value)


def _walk_times(parameters: list[Parameter], tag: TagReport) -> None:
    """UTC where the reader has it; uptime only from a tag report without any UTC."""
    clocks = {_TIMES[parameter.type][1] for parameter in parameters if parameter.type in _TIMES}
    if not clocks:
        return
    tag.clock = Clock.UTC if Clock.UTC in clocks else Clock.UPTIME
    for parameter in parameters:
        field, clock = _TIMES.get(parameter.type, (None, None))
        if field is not None and clock is tag.clock:
            setattr(tag, field, int.from_bytes(parameter.value, "big"))


_IMPINJ: Final = Struct(">IIh")
"""Vendor, subtype and the value of each Impinj parameter below."""


def _walk_custom(value: bytes, tag: TagReport) -> None:
    if len(value) != _IMPINJ.size:
        return
    vendor, subtype, number = _IMPINJ.unpack(value)
    if vendor != VENDOR_IMPINJ:
        return
    if subtype == ImpinjParameter.ImpinjRFPhaseAngle:
        tag.impinj_phase_degrees = number * 360 / 4096
    elif subtype == ImpinjParameter.ImpinjPeakRSSI:
        tag.impinj_rssi_dbm = number / 100
    elif subtype == ImpinjParameter.ImpinjRFDopplerFrequency:
        tag.impinj_doppler_hz = number / 16
