"""RO_ACCESS_REPORT to tag reads at full speed; `walker` says the same slowly."""

from collections.abc import Sequence
from typing import Final

from readers.llrp.constants import ParameterType
from readers.llrp.framing import parameter_extent
from readers.llrp.shape import BLOCK_RECORDS, Pattern, Shape
from readers.llrp.walker import Clock
from readers.tag import TagRow

MAX_SHAPES: Final = 64
"""A reader uses a handful; whoever sends ever new ones costs time, not memory."""
MAX_PLANS: Final = 64
"""Lengths of reports remembered."""


class ReportDecoder:
    """One per connection. A report whose records are all of one shape costs one comparison and one
    struct.iter_unpack; any other is decoded record by record, each by the shape remembered for it.
    """

    __slots__ = ("_plans", "_rospec_id", "_shapes", "blank", "clock", "foreign")

    def __init__(self, rospec_id: int | None = None) -> None:
        """With a `rospec_id`, reads that carry another ROSpecID are dropped; those without one are kept."""
        self._rospec_id = rospec_id
        self._shapes: dict[bytes, list[Shape]] = {}
        """By parameter header, which holds the length."""
        self._plans: dict[int, tuple[Pattern, Shape]] = {}
        """For a body length: the pattern of as many records as fill it, and their shape."""
        self.clock: Clock | None = None
        """What the times of the last report count from; None where it had none."""
        self.foreign = 0
        """Reads dropped so far because they belong to another ROSpec."""
        self.blank = 0
        """Reads dropped so far because their EPC has no bits."""

    def rows(self, body: bytes) -> list[TagRow]:
        """The reads of one report body, in order.

        Raises ProtocolError where any of it is malformed: then there is no read of it at all.
        """
        plan = self._plans.get(len(body))
        if plan is not None:
            (mask, constants), shape = plan
            found = shape.columns(body) if mask is None else int.from_bytes(body, "little") & mask
            if found == constants:
                self.clock = shape.clock
                return shape.rows(body)
        return self._unplanned_rows(body)

    def rows_of_alike(self, bodies: Sequence[bytes]) -> list[TagRow] | None:
        """The reads of many short reports of one length in one step; None where they are not of the shape
        known for this length, and each is to be looked at by itself.

        That length is a multiple of the shape's, so no record reaches from one report into the next.
        """
        plan = self._plans.get(len(bodies[0]))
        if plan is None or len(set(map(len, bodies))) > 1:
            return None
        shape = plan[1]
        body = b"".join(bodies)
        if not shape.fills(body):
            return None
        self.clock = shape.clock
        return shape.rows(body)

    def _unplanned_rows(self, body: bytes) -> list[TagRow]:
        shape = self._shape_at(body, 0, len(body)) if body else None
        if shape is None or not (shape.is_wanted and shape.is_cacheable and shape.fills(body)):
            return self._rows_one_by_one(body)
        if len(body) <= BLOCK_RECORDS * shape.length:
            if len(self._plans) == MAX_PLANS:
                self._plans.clear()
            self._plans[len(body)] = shape.pattern(len(body) // shape.length), shape
        self.clock = shape.clock
        return shape.rows(body)

    def _rows_one_by_one(self, body: bytes) -> list[TagRow]:
        rows: list[TagRow] = []
        clock: Clock | None = None
        foreign = blank = 0
        start, end = 0, len(body)
        while start < end:
            shape = self._shape_at(body, start, end)
            if shape is None:
                start += parameter_extent(body, start, end)[2]
                continue
            if shape.is_wanted:
                clock = clock or shape.clock
                row = shape.row_at(body, start)
                rows.append(row if shape.clock is clock else _without_times(row))
            elif shape.is_foreign:
                foreign += 1
            else:
                blank += 1
            start += shape.length
        self.clock = clock
        self.foreign += foreign
        self.blank += blank
        return rows

    def _shape_at(self, body: bytes, start: int, end: int) -> Shape | None:
        """The shape of the record that begins there; None where no TagReportData begins."""
        header = body[start : start + 4]
        for shape in self._shapes.get(header, ()):
            stop = start + shape.length
            if int.from_bytes(body[start:stop], "little") & shape.mask == shape.constants and stop <= end:
                return shape
        kind, _, length = parameter_extent(body, start, end)
        if kind != ParameterType.TagReportData:
            return None
        shape = Shape(body[start : start + length], self._rospec_id)
        if shape.is_cacheable:
            self._remember(header, shape)
        return shape

    def _remember(self, header: bytes, shape: Shape) -> None:
        if sum(map(len, self._shapes.values())) == MAX_SHAPES:
            self._shapes.clear()
        self._shapes.setdefault(header, []).append(shape)


def _without_times(row: TagRow) -> TagRow:
    """A report has one clock: times of the other cannot be set right with the same offset."""
    return (*row[:3], None, None, *row[5:])
