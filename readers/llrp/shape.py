"""The shape of a TagReportData: where its fields stand, so that its like are decoded without walking them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import repeat
from operator import add, itemgetter
from struct import Struct
from typing import Any, Final, TypeAlias

from readers.errors import ProtocolError
from readers.llrp.constants import FIRST_TLV_TYPE, ParameterType
from readers.llrp.framing import Parameter, walk_parameters
from readers.llrp.walker import Clock, clear_unused_bits, decode_epc_data
from readers.tag import OddEpc, TagRead, TagRow

BLOCK_RECORDS: Final = 256
"""Records compared at once: many enough to be cheap, few enough for their pattern to be remembered."""
_COLUMN_RECORDS: Final = 16
"""From so many on, comparing column by column is cheaper than as one number; for 50 it costs half."""
_MAX_CACHEABLE_BYTES: Final = 512
"""A longer TagReportData does not come often enough to be worth the memory of its shape."""
_TLV_HEADER_BYTES: Final = 4
_KNOWN_TYPES: Final = frozenset(ParameterType)

_FIELDS: Final[dict[int, tuple[str, str, Clock | None]]] = {
    ParameterType.AntennaID: ("antenna", "H", None),
    ParameterType.PeakRSSI: ("rssi_dbm", "b", None),
    ParameterType.FirstSeenTimestampUTC: ("first_seen_us", "Q", Clock.UTC),
    ParameterType.FirstSeenTimestampUptime: ("first_seen_us", "Q", Clock.UPTIME),
    ParameterType.LastSeenTimestampUTC: ("last_seen_us", "Q", Clock.UTC),
    ParameterType.LastSeenTimestampUptime: ("last_seen_us", "Q", Clock.UPTIME),
    ParameterType.TagSeenCount: ("seen_count", "H", None),
    ParameterType.C1G2PC: ("pc", "H", None),
}
"""Field of a TagRead, its struct format, and for a time the clock it was taken from."""


Pattern: TypeAlias = tuple[int | None, int | tuple[bytes, ...]]
"""Mask and constants as one number each; or None and the columns that records of a shape have."""


class Shape:
    """Learned from one record; true for every record that agrees with it in all parameter headers, in the bit
    count of its EPC and in its ROSpecID. `constants` are these bytes as one number, `mask` covers them.

    Such records differ in field values only, so checking those bytes replaces walking the record: few records
    as one number, many column by column, a column being the same byte of every record.
    """

    def __init__(self, record: bytes, rospec_id: int | None = None) -> None:
        """From a whole TagReportData, header included; raises ProtocolError where it is malformed."""
        layout = _lay_out(record)
        self.length = len(record)
        self.epc_bits = layout.epc_bits
        self.is_foreign = rospec_id is not None and layout.rospec_id not in (rospec_id, None)
        """Of another ROSpec than `rospec_id`."""
        self.is_wanted = self.epc_bits > 0 and not self.is_foreign
        self.clock = layout.clock
        self.is_cacheable = layout.is_known and self.length <= _MAX_CACHEABLE_BYTES
        self._mask_bytes = bytes(layout.mask)
        self._constant_bytes = bytes(byte & mask for byte, mask in zip(record, layout.mask, strict=True))
        self.mask = int.from_bytes(self._mask_bytes, "little")
        self.constants = int.from_bytes(self._constant_bytes, "little")
        fixed = [place for place, mask in enumerate(layout.mask) if mask]
        self._fixed_bytes = bytes(record[place] for place in fixed)
        self.columns = itemgetter(*(slice(place, None, self.length) for place in fixed))
        """The columns of the bytes that are fixed, in records one behind the other."""

        names = sorted(layout.fields, key=layout.fields.__getitem__)
        absent = [name for name in TagRead._fields if name not in names]
        order = [(names + absent).index(name) for name in TagRead._fields]
        picture = _struct(layout.fields, self.length)
        pick = None if order == sorted(order) else itemgetter(*order)
        reading = _Reading(picture, (None,) * len(absent), pick, self.epc_bits)
        is_row = not absent and pick is None and not self.epc_bits % 8
        self.row_at: Callable[[bytes, int], TagRow] = picture.unpack_from if is_row else reading.row_at
        """The read in the record that begins there."""
        self.rows = reading.rows
        """The reads in records of this shape, one behind the other."""

    def pattern(self, count: int) -> Pattern:
        """What `count` records in a row are to be compared with."""
        if count < _COLUMN_RECORDS:
            return _tiled(self._mask_bytes, self._constant_bytes, count)
        return None, _tiled_columns(self._fixed_bytes, count)

    def fills(self, body: bytes) -> bool:
        """Whether `body` is nothing but records of this shape."""
        length = self.length
        if not body or len(body) % length:
            return False
        block_bytes = BLOCK_RECORDS * length
        for start in range(0, len(body), block_bytes):
            block = body[start : start + block_bytes]
            mask, constants = self.pattern(len(block) // length)
            found = self.columns(block) if mask is None else int.from_bytes(block, "little") & mask
            if found != constants:
                return False
        return True


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a record of a shape becomes a row. Apart from the Shape, which would else hold itself: a forgotten
    shape must be gone at once, not when the collector next comes by.
    """

    picture: Struct
    absent: tuple[None, ...]
    pick: Callable[[TagRow], TagRow] | None
    epc_bits: int

    def rows(self, records: bytes) -> list[TagRow]:
        found = self.picture.iter_unpack(records)
        if self.pick is not None or self.epc_bits % 8:
            return [self._finished(fields) for fields in found]
        if self.absent:
            return list(map(add, found, repeat(self.absent)))
        return list(found)

    def row_at(self, body: bytes, position: int) -> TagRow:
        return self._finished(self.picture.unpack_from(body, position))

    def _finished(self, fields: tuple[Any, ...]) -> TagRow:
        """A row from the fields that are there, in the order they stand in."""
        row: TagRow = fields + self.absent
        if self.pick is not None:
            row = self.pick(row)
        if self.epc_bits % 8:
            return (_odd_epc(row[0], self.epc_bits), *row[1:])
        return row


@lru_cache(maxsize=64)
def _tiled_columns(fixed: bytes, count: int) -> tuple[bytes, ...]:
    return tuple(bytes((byte,)) * count for byte in fixed)


@lru_cache(maxsize=256)
def _tiled(mask: bytes, constants: bytes, count: int) -> tuple[int, int]:
    """As one number each: one comparison then checks all the records."""
    return int.from_bytes(mask * count, "little"), int.from_bytes(constants * count, "little")


def _odd_epc(epc: bytes, bits: int) -> OddEpc:
    return OddEpc.of(clear_unused_bits(epc, bits), bits)


@dataclass(slots=True)
class _Layout:
    mask: bytearray
    """0xFF where a byte belongs to the shape."""
    fields: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Position and struct format of each field of a TagRead that is there."""
    epc_bits: int = 0
    rospec_id: int | None = None
    clock: Clock | None = None
    is_known: bool = True

    def fix(self, start: int, stop: int) -> None:
        self.mask[start:stop] = b"\xff" * (stop - start)

    def add(self, parameter: Parameter, value_at: int) -> None:
        kind, value = parameter
        if kind in (ParameterType.EPC96, ParameterType.EPCData):
            self._add_epc(parameter, value_at)
        elif kind == ParameterType.ROSpecID:
            self.rospec_id = int.from_bytes(value, "big")
            self.fix(value_at, value_at + len(value))
        elif kind in _FIELDS:
            self._add_field(kind, value_at)
        elif kind not in _KNOWN_TYPES:
            self.is_known = False

    def _add_epc(self, parameter: Parameter, value_at: int) -> None:
        if "epc" in self.fields:
            raise ProtocolError("TagReportData with two EPCs")
        if parameter.type == ParameterType.EPC96:
            self.fields["epc"] = (value_at, "12s")
            self.epc_bits = 96
            return
        epc, self.epc_bits = decode_epc_data(parameter.value)
        self.fix(value_at, value_at + 2)
        self.fields["epc"] = (value_at + 2, f"{len(epc)}s")

    def _add_field(self, kind: int, value_at: int) -> None:
        """UTC where the reader has it; uptime only from a record without any UTC."""
        name, form, clock = _FIELDS[kind]
        if clock is Clock.UPTIME and self.clock is Clock.UTC:
            return
        if clock is Clock.UTC and self.clock is Clock.UPTIME:
            self.fields.pop("first_seen_us", None)
            self.fields.pop("last_seen_us", None)
        self.clock = clock or self.clock
        self.fields[name] = (value_at, form)


def _lay_out(record: bytes) -> _Layout:
    layout = _Layout(bytearray(len(record)))
    layout.fix(0, _TLV_HEADER_BYTES)
    position = _TLV_HEADER_BYTES
    for parameter in walk_parameters(record[_TLV_HEADER_BYTES:]):
        is_tv = parameter.type < FIRST_TLV_TYPE
        value_at = position + (1 if is_tv else _TLV_HEADER_BYTES)
        layout.fix(position, value_at)
        layout.add(parameter, value_at)
        position = value_at + len(parameter.value)
    if "epc" not in layout.fields:
        raise ProtocolError("TagReportData without an EPC")
    return layout


def _struct(fields: dict[str, tuple[int, str]], length: int) -> Struct:
    """Unpacks the fields in the order they stand in; everything between them is padding."""
    form, end = ">", 0
    for position, code in sorted(fields.values()):
        form += f"{position - end}x{code}"
        end = position + Struct(">" + code).size
    return Struct(f"{form}{length - end}x")
