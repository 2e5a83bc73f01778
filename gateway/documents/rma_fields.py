"""The fields of an RMA document: a converter each, from what was sent to what is stored."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from gateway.errors import InputError

MAX_TEXT = 80
MAX_REASON = 200
MAX_LINE_NUMBER = 1_000_000
MAX_QUANTITY = 1_000_000
MAX_FAULTS = 100
"""Faults told of one file; the rest are counted."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_GTIN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_SERIAL = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}")
"""GS1 General Specifications, AI 21: up to 20 characters of the character set 82."""
_ROUNDED = re.compile(r"[0-9][.,]?[0-9]*[Ee]\+[0-9]+")
_EPC = re.compile(r"(?:[0-9A-Fa-f]{2}){1,62}")
_MONEY = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6})?")
_CURRENCY = re.compile(r"[A-Z]{3}")

Converter = Callable[[object], object]
"""Gives what is stored or raises FieldError."""


class FieldError(ValueError):
    """The value of a field is not what it must be; the message says what it must be."""


class Faults:
    """Every fault of a file or message with its place, so many of them kept, all of them counted."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self.count = 0

    def add(self, place: str, field: str, message: str) -> None:
        self.count += 1
        if len(self._kept) < MAX_FAULTS:
            self._kept.append(f"{place}: {field}: {message}" if field else f"{place}: {message}")

    def raise_any(self) -> None:
        """Raises InputError when there are any."""
        if not self.count:
            return
        more = self.count - len(self._kept)
        raise InputError((*self._kept, *([f"and {more} more faults"] if more else ())))


def text_up_to(limit: int) -> Callable[[object], str]:
    """A converter for text of 1 to `limit` printable characters."""

    def convert(value: object) -> str:
        if not isinstance(value, str):
            raise FieldError(f"{_shown(value)} is not text")
        if not 0 < len(value) <= limit or not value.isprintable() or value != value.strip():
            raise FieldError(f"{_shown(value)} is not 1 to {limit} printable characters without outer spaces")
        return value

    return convert


def whole_up_to(limit: int) -> Callable[[object], int]:
    """A converter for whole numbers from 1 to `limit`."""

    def convert(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= limit:
            raise FieldError(f"{_shown(value)} is not a whole number from 1 to {limit}")
        return value

    return convert


def gtin(value: object) -> str:
    """A GTIN-8, -12, -13 or -14 with a right check digit, as GTIN-14."""
    digits = _matching(_GTIN, value, "a GTIN of 8, 12, 13 or 14 digits").zfill(14)
    weighted = sum(int(digit) * (3, 1)[index % 2] for index, digit in enumerate(digits[:13]))
    check = -weighted % 10
    if int(digits[13]) != check:
        raise FieldError(f"{_shown(value)}: its check digit should be {check}")
    if not digits.strip("0"):
        raise FieldError(f"{_shown(value)} is no GTIN: it is all zeros")
    return digits


def serial(value: object) -> str:
    return _matching(_SERIAL, value, "a serial number of 1 to 20 characters of GS1's set 82")


def epc(value: object) -> str:
    """An EPC as upper-case hex."""
    digits = _matching(_EPC, value, "an EPC in 2 to 124 hex digits").upper()
    if not digits.strip("0"):
        raise FieldError(f"{_shown(value)} is no EPC: it is all zeros")
    return digits


def money(value: object) -> Decimal:
    """Decimal text, never a float."""
    return Decimal(_matching(_MONEY, value, 'an amount as decimal text such as "59.90"'))


def currency(value: object) -> str:
    return _matching(_CURRENCY, value, "a currency of three letters such as EUR")


def time_us(value: object) -> int:
    """ISO 8601 with a zone, in microseconds since 1970 UTC."""
    wanted = "a time as ISO 8601 with a zone such as 2026-11-20T10:00:00Z"
    if not isinstance(value, str):
        raise FieldError(f"{_shown(value)} is not {wanted}")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise FieldError(f"{_shown(value)} is not {wanted}") from error
    if moment.tzinfo is None or "T" not in value:
        raise FieldError(f"{_shown(value)} is not {wanted}")
    since = (moment - _EPOCH) // _MICROSECOND
    if since < 0:
        raise FieldError(f"{_shown(value)} is before 1970")
    return since


RMA_FIELDS: Mapping[str, Converter] = {
    "rma": text_up_to(MAX_TEXT),
    "order": text_up_to(MAX_TEXT),
    "customer": text_up_to(MAX_TEXT),
    "opened_at": time_us,
    "expires_at": time_us,
}
LINE_FIELDS: Mapping[str, Converter] = {
    "line": whole_up_to(MAX_LINE_NUMBER),
    "gtin": gtin,
    "quantity": whole_up_to(MAX_QUANTITY),
    "sku": text_up_to(MAX_TEXT),
    "reason": text_up_to(MAX_REASON),
    "category": text_up_to(MAX_TEXT),
    "value": money,
    "currency": currency,
}


def _matching(pattern: re.Pattern[str], value: object, wanted: str) -> str:
    if isinstance(value, str) and pattern.fullmatch(value):
        return value
    hint = ""
    if isinstance(value, int | float):
        hint = ": it is a number; write it as text, in quotes"
    elif isinstance(value, str) and _ROUNDED.fullmatch(value):
        hint = ": a spreadsheet has rounded it; format its column as text"
    raise FieldError(f"{_shown(value)} is not {wanted}{hint}")


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= MAX_TEXT else f"{shown[:MAX_TEXT]}…"
