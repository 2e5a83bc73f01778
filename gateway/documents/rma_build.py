"""An RMA from its converted fields: what no single field can show is checked here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.documents.rma_fields import MAX_QUANTITY, Converter, Faults, FieldError
from rules.epc import identify_hex
from rules.rma import Rma, RmaLine

MAX_LINES = 10_000
"""Lines of one RMA."""
MAX_ITEMS = 10_000_000
"""Items over all lines of one RMA."""
MAX_NAMES = 10_000
"""Serials, and EPCs, of one line."""

Values = dict[str, Any]
"""Converted fields by name; what was not given is not in it."""


@dataclass(slots=True)
class LineParts:
    """A line before it is checked, with the place it was read; one that is not sound has told its faults."""

    place: str
    values: Values
    serials: list[str] = field(default_factory=list)
    epcs: list[str] = field(default_factory=list)
    is_sound: bool = True


def convert(
    document: Mapping[str, object], converters: Mapping[str, Converter], place: str, faults: Faults
) -> Values:
    """The fields that are given and good; each that is not good is a fault."""
    values: Values = {}
    for name, converter in converters.items():
        value = document.get(name)
        if value is None:
            continue
        try:
            values[name] = converter(value)
        except FieldError as error:
            faults.add(place, name, str(error))
    return values


def build_rma(place: str, values: Values, lines: Sequence[LineParts], faults: Faults) -> Rma | None:
    """None when anything about it, here or before, is a fault that was added since `faults` was empty."""
    before = faults.count
    _check_rma(place, values, lines, faults)
    _check_repeats(lines, faults)
    rma = values.get("rma", "")
    built = tuple(_line(rma, parts, faults) for parts in lines)
    total = sum(line.quantity for line in built)
    if total > MAX_ITEMS:
        faults.add(place, "quantity", f"{total} over all lines, more than {MAX_ITEMS}")
    if faults.count > before or not rma:
        return None
    return Rma(
        rma=rma,
        lines=built,
        opened_us=values.get("opened_at"),
        expires_us=values.get("expires_at"),
        order=values.get("order"),
        customer=values.get("customer"),
    )


def _check_rma(place: str, values: Values, lines: Sequence[LineParts], faults: Faults) -> None:
    opened_us, expires_us = values.get("opened_at"), values.get("expires_at")
    if opened_us is not None and expires_us is not None and expires_us <= opened_us:
        faults.add(place, "expires_at", "is not after opened_at")
    if len(lines) > MAX_LINES:
        faults.add(place, "lines", f"{len(lines)} lines are more than {MAX_LINES}")


def _check_repeats(lines: Sequence[LineParts], faults: Faults) -> None:
    seen: set[tuple[str, object]] = set()
    for parts in lines:
        for name, value in _keys(parts):
            if (name, value) in seen:
                faults.add(parts.place, name.partition(" ")[0], f"{value} stands on this RMA twice")
            seen.add((name, value))


def _keys(parts: LineParts) -> Iterator[tuple[str, object]]:
    """What may stand on an RMA once."""
    if "line" in parts.values:
        yield "line", parts.values["line"]
    yield from (("epcs", epc) for epc in parts.epcs)
    gtin = parts.values.get("gtin")
    yield from ((f"serials {gtin}", serial) for serial in parts.serials)


def _check_line(parts: LineParts, faults: Faults) -> None:
    values, place = parts.values, parts.place
    if "gtin" not in values and parts.serials:
        faults.add(place, "gtin", "is missing: a serial number counts within its GTIN")
    elif "gtin" not in values and not parts.epcs:
        faults.add(place, "gtin", "is missing: a line names its items by gtin, gtin and serials, or epcs")
    for name, named in (("serials", parts.serials), ("epcs", parts.epcs)):
        if len(named) > MAX_NAMES:
            faults.add(place, name, f"{len(named)} are more than {MAX_NAMES} on one line")
    quantity = values.get("quantity")
    most_named = max(len(parts.serials), len(parts.epcs))
    if quantity is not None and quantity < most_named:
        faults.add(place, "quantity", f"{quantity} is less than the {most_named} items the line names")


def _line(rma: str, parts: LineParts, faults: Faults) -> RmaLine:
    if parts.is_sound:
        _check_line(parts, faults)
    values = parts.values
    return RmaLine(
        rma=rma,
        line=values.get("line", 0),
        quantity=values.get("quantity") or min(_named_items(parts), MAX_QUANTITY) or 1,
        gtin=values.get("gtin"),
        serials=frozenset(parts.serials),
        epcs=frozenset(parts.epcs),
        sku=values.get("sku"),
        reason=values.get("reason"),
        category=values.get("category"),
        value=values.get("value"),
        currency=values.get("currency"),
    )


def _named_items(parts: LineParts) -> int:
    """How many items a line names: an EPC that says a serial number of the line names the same item."""
    if not parts.serials or not parts.epcs:
        return len(parts.serials) + len(parts.epcs)
    said = {(epc.gtin, epc.serial) for epc in map(identify_hex, parts.epcs)}
    again = sum((parts.values.get("gtin"), serial) in said for serial in parts.serials)
    return len(parts.serials) + len(parts.epcs) - again
