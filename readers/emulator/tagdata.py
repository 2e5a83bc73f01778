"""TagReportData: one sighting as bytes, with exactly the content the client selected (LLRP 1.1, 17.2.3.1)."""

from binascii import crc_hqx
from collections.abc import Callable, Iterator
from operator import itemgetter
from struct import Struct, pack
from typing import Final, NamedTuple

from readers.emulator.field import Sighting
from readers.emulator.specs import AISpec, Content, ROSpec, Selected, SelectedMemory
from readers.llrp.constants import VENDOR_IMPINJ, ImpinjParameter, ParameterType
from readers.llrp.framing import encode_tlv, encode_tv

_PHASE_STEPS: Final = 4_096
"""Impinj reports the phase angle in 1/4096 of a turn."""
_ENABLE_PHASE, _ENABLE_PEAK_RSSI, _ENABLE_DOPPLER = 52, 53, 67
"""Subtypes of Impinj's content selector."""


def epc_parameter(epc: bytes, bits: int | None = None) -> bytes:
    """EPC-96 where the EPC has 96 bits, else EPCData; `bits` where they fill no whole byte."""
    count = len(epc) * 8 if bits is None else bits
    if count == 96:
        return encode_tv(ParameterType.EPC96, epc)
    return encode_tlv(ParameterType.EPCData, pack(">H", count) + epc)


def protocol_control(epc: bytes) -> int:
    """The PC word of a tag that holds this EPC: its length in words, no user memory, an EPC."""
    return ((len(epc) + 1) // 2 & 0x1F) << 11


def stored_crc(epc: bytes) -> int:
    """CRC-16 over PC and EPC as the tag computes it (Gen2, annex F)."""
    return crc_hqx(pack(">H", protocol_control(epc)) + epc, 0xFFFF) ^ 0xFFFF


class _Part(NamedTuple):
    """A parameter of TagReportData: constant bytes, then the value at `source` packed as `code`."""

    constant: bytes
    code: str = ""
    source: int | None = None


# The record a TagReportData is packed from.
_EPC, _ANTENNA, _RSSI, _CHANNEL, _FIRST, _LAST, _COUNT, _PC, _CRC, _PHASE, _CENTI_DBM, _DOPPLER = range(12)
_RECORD_LENGTH: Final = 12


class TagEncoder:
    """Encodes the TagReportData of one ROSpec and AISpec; compiles a layout per length of EPC parameter."""

    def __init__(self, rospec: ROSpec, ai_spec: AISpec, content: Content, *, has_utc: bool) -> None:
        self._parts = tuple(_parts(rospec, ai_spec, content, has_utc=has_utc))
        self._tags: dict[bytes, tuple[bytes, int, int]] = {}
        self._packers: dict[int, Callable[[tuple[object, ...]], bytes]] = {}

    def encode(self, sighting: Sighting, last_seen_us: int, seen_count: int) -> bytes:
        """Times are the reader's own."""
        first_us, epc, antenna, rssi, channel = sighting
        tag = self._tags.get(epc)
        if tag is None:
            tag = self._tags[epc] = (epc_parameter(epc), protocol_control(epc), stored_crc(epc))
        head, pc, crc = tag
        packer = self._packers.get(len(head))
        if packer is None:
            packer = self._packers[len(head)] = self._compile(len(head))
        phase = (first_us * 7 + channel * 577) % _PHASE_STEPS
        return packer(
            (head, antenna, rssi, channel, first_us, last_seen_us, seen_count, pc, crc, phase, rssi * 100, 0)
        )

    def _compile(self, epc_bytes: int) -> Callable[[tuple[object, ...]], bytes]:
        body = "".join(f"{len(part.constant)}s{part.code}" for part in self._parts)
        layout = Struct(f">HH{epc_bytes}s{body}")
        constants: list[object] = [int(ParameterType.TagReportData), layout.size]
        positions = [_RECORD_LENGTH, _RECORD_LENGTH + 1, _EPC]
        for part in self._parts:
            positions.append(_RECORD_LENGTH + len(constants))
            constants.append(part.constant)
            if part.source is not None:
                positions.append(part.source)
        tail, pick, pack_values = tuple(constants), itemgetter(*positions), layout.pack
        return lambda record: pack_values(*pick(record + tail))


def _parts(rospec: ROSpec, ai_spec: AISpec, content: Content, *, has_utc: bool) -> Iterator[_Part]:
    """In the order of the standard's TagReportData."""
    first, last = ParameterType.FirstSeenTimestampUTC, ParameterType.LastSeenTimestampUTC
    if not has_utc:
        first, last = ParameterType.FirstSeenTimestampUptime, ParameterType.LastSeenTimestampUptime
    fixed = (
        (Selected.ROSPEC_ID, ParameterType.ROSpecID, pack(">I", rospec.id)),
        (Selected.SPEC_INDEX, ParameterType.SpecIndex, pack(">H", ai_spec.index)),
        (
            Selected.INVENTORY_PARAMETER_SPEC_ID,
            ParameterType.InventoryParameterSpecID,
            pack(">H", ai_spec.inventory_id),
        ),
    )
    for wish, kind, value in fixed:
        if wish in content.selected:
            yield _Part(encode_tv(kind, value))
    seen = (
        (Selected.ANTENNA_ID, ParameterType.AntennaID, "H", _ANTENNA),
        (Selected.PEAK_RSSI, ParameterType.PeakRSSI, "b", _RSSI),
        (Selected.CHANNEL_INDEX, ParameterType.ChannelIndex, "H", _CHANNEL),
        (Selected.FIRST_SEEN_TIMESTAMP, first, "Q", _FIRST),
        (Selected.LAST_SEEN_TIMESTAMP, last, "Q", _LAST),
        (Selected.TAG_SEEN_COUNT, ParameterType.TagSeenCount, "H", _COUNT),
    )
    for wish, kind, code, source in seen:
        if wish in content.selected:
            yield _Part(encode_tv(kind, b""), code, source)
    if SelectedMemory.PC_BITS in content.memory:
        yield _Part(encode_tv(ParameterType.C1G2PC, b""), "H", _PC)
    if SelectedMemory.CRC in content.memory:
        yield _Part(encode_tv(ParameterType.C1G2CRC, b""), "H", _CRC)
    if Selected.ACCESS_SPEC_ID in content.selected:
        yield _Part(encode_tv(ParameterType.AccessSpecID, bytes(4)))
    yield from _impinj_parts(content)


def _impinj_parts(content: Content) -> Iterator[_Part]:
    impinj = (
        (_ENABLE_PHASE, ImpinjParameter.ImpinjRFPhaseAngle, "H", _PHASE),
        (_ENABLE_PEAK_RSSI, ImpinjParameter.ImpinjPeakRSSI, "h", _CENTI_DBM),
        (_ENABLE_DOPPLER, ImpinjParameter.ImpinjRFDopplerFrequency, "h", _DOPPLER),
    )
    for subtype_wished, subtype, code, source in impinj:
        if subtype_wished in content.impinj:
            yield _Part(pack(">HHII", ParameterType.Custom, 14, VENDOR_IMPINJ, subtype), code, source)
