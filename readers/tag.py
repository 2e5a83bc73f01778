"""One tag read as a reader reported it: fields of TagReportData (LLRP 1.1, 17.2.3.1) the gateway asks for."""

from typing import NamedTuple, TypeAlias


class TagRead(NamedTuple):
    """A read; None means not reported. On the hot path the same fields travel as a plain tuple (`TagRow`)."""

    epc: bytes
    """EPC bits, left-aligned. Where the length fills no whole byte it is an `OddEpc`."""
    antenna: int | None
    rssi_dbm: int | None
    first_seen_us: int | None
    """Microseconds on the reader's own clock (UTC, or uptime where it has no UTC)."""
    last_seen_us: int | None
    seen_count: int | None
    pc: int | None
    """Protocol-control word, Gen2 memory bank 01, word 1."""


TagRow: TypeAlias = tuple[bytes, int | None, int | None, int | None, int | None, int | None, int | None]
"""A `TagRead` without its name, as struct.iter_unpack yields it."""


class OddEpc(bytes):
    """An EPC whose bit count is no multiple of 8; equal to and hashed as its bytes."""

    bits: int

    @classmethod
    def of(cls, data: bytes, bits: int) -> "OddEpc":
        epc = cls(data)
        epc.bits = bits
        return epc


def epc_bits(epc: bytes) -> int:
    """The length the reader gave for this EPC, in bits."""
    return epc.bits if isinstance(epc, OddEpc) else len(epc) * 8
