"""RO_ACCESS_REPORT bodies: sightings gathered until the report trigger fires.

With N ≥ 1 every sighting is a TagReportData of its own. Where a report is closed by time or by the end of a
spec, the sightings of one EPC on one antenna are accumulated into one TagReportData, as readers do.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from readers.emulator.field import Sighting
from readers.emulator.specs import AISpec, ReportKind, ReportSpec, ROSpec
from readers.emulator.tagdata import TagEncoder

_GREATEST_SEEN_COUNT: Final = 0xFFFF
_PERIOD_UNIT_US: Final = {
    ReportKind.N_SECONDS_OR_END_OF_AISPEC: 1_000_000,
    ReportKind.N_SECONDS_OR_END_OF_ROSPEC: 1_000_000,
    ReportKind.N_MILLISECONDS_OR_END_OF_AISPEC: 1_000,
    ReportKind.N_MILLISECONDS_OR_END_OF_ROSPEC: 1_000,
}
_AT_END_OF_AISPEC: Final = frozenset(
    {
        ReportKind.N_TAGS_OR_END_OF_AISPEC,
        ReportKind.N_SECONDS_OR_END_OF_AISPEC,
        ReportKind.N_MILLISECONDS_OR_END_OF_AISPEC,
    }
)


class ReportGatherer:
    """The open report of one running ROSpec. What a method yields is a report to send now."""

    def __init__(self, rospec: ROSpec, spec: ReportSpec, *, has_utc: bool) -> None:
        self._rospec = rospec
        self._spec = spec
        self._has_utc = has_utc
        self._tags: list[bytes] = []
        self._accumulated: dict[tuple[bytes, int], tuple[Sighting, int, int]] = {}
        """(EPC, antenna) → first sighting with the peak RSSI, last seen, count."""
        self._encoder: TagEncoder | None = None
        self._timed = spec.kind in _PERIOD_UNIT_US

    @property
    def period_us(self) -> int | None:
        """How often `close` is due; None where time does not close reports."""
        unit_us = _PERIOD_UNIT_US.get(self._spec.kind)
        return None if unit_us is None or self._spec.n == 0 else unit_us * self._spec.n

    def start_ai_spec(self, ai_spec: AISpec) -> None:
        self._encode_accumulated()
        self._encoder = TagEncoder(self._rospec, ai_spec, self._spec.content, has_utc=self._has_utc)

    def add(self, sightings: Iterable[Sighting], offset_us: int) -> Iterator[bytes]:
        """`offset_us` takes a sighting's time to the reader's own clock."""
        n = self._spec.n
        if self._timed or n == 0 or self._spec.kind is ReportKind.NONE:
            self._accumulate(sightings, offset_us)
            return
        assert self._encoder is not None
        encode, tags = self._encoder.encode, self._tags
        for time_us, epc, antenna, rssi_dbm, channel in sightings:
            seen_us = time_us + offset_us
            tags.append(encode((seen_us, epc, antenna, rssi_dbm, channel), seen_us, 1))
            if len(tags) >= n:
                yield b"".join(tags)
                tags.clear()

    def end_ai_spec(self) -> Iterator[bytes]:
        if self._spec.kind in _AT_END_OF_AISPEC:
            yield from self.close()

    def end_rospec(self) -> Iterator[bytes]:
        if self._spec.kind is not ReportKind.NONE:
            yield from self.close()

    def close(self) -> Iterator[bytes]:
        """Whatever was gathered: for a period, an end, or GET_REPORT."""
        self._encode_accumulated()
        if self._tags:
            yield b"".join(self._tags)
            self._tags.clear()

    def _accumulate(self, sightings: Iterable[Sighting], offset_us: int) -> None:
        accumulated = self._accumulated
        for time_us, epc, antenna, rssi_dbm, channel in sightings:
            seen_us = time_us + offset_us
            known = accumulated.get((epc, antenna))
            if known is None:
                accumulated[epc, antenna] = ((seen_us, epc, antenna, rssi_dbm, channel), seen_us, 1)
            else:
                first, _, count = known
                peak = (*first[:3], max(first[3], rssi_dbm), first[4])
                accumulated[epc, antenna] = (peak, seen_us, min(count + 1, _GREATEST_SEEN_COUNT))

    def _encode_accumulated(self) -> None:
        if self._encoder is not None:
            self._tags += [self._encoder.encode(*entry) for entry in self._accumulated.values()]
        self._accumulated.clear()
