"""The '+' and '++' schemes of TDS 2: whole GS1 keys, serials of any length, no URN (TDS 2.3, 14.5)."""

from collections.abc import Callable

from rules.epc_bits import (
    GS1_CHARACTERS,
    PART_CHARACTERS,
    Bits,
    Key,
    check_digit,
    link,
    location_path,
    require,
)
from rules.errors import EpcError

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_CODE_40 = "\0ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:0123456789"
"""URN Code 40 (TDS 14.5.6.5): 0 pads the last group of three."""

_DATE_AIS = ("11", "13", "15", "16", "17", "7006", "7007")
"""By date type indicator of a DSGTIN+ (TDS 14.5.3)."""

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _digits(bits: Bits, count: int, what: str) -> str:
    """Decimal digits of four bits each (TDS 14.5.4)."""
    value = f"{bits.take(4 * count):0{count}X}"
    if not value.isdecimal():
        raise EpcError(f"{what} is not decimal")
    return value


def _checked_digits(bits: Bits, count: int, what: str) -> str:
    value = _digits(bits, count, what)
    if check_digit(value[:-1]) != value[-1]:
        raise EpcError(f"{what} {value} has a wrong check digit")
    return value


def _integer(bits: Bits, length: int) -> str:
    """`length` decimal digits, leading zeros included, in as many bits as they can need (TDS 14.5.6.1)."""
    value = str(bits.take((10**length - 1).bit_length())).zfill(length)
    if len(value) > length:
        raise EpcError(f"a number is longer than the {length} digits it announces")
    return value


def _code_40(bits: Bits, length: int) -> str:
    text = ""
    while len(text) < length:
        group = bits.take(16) - 1
        if not 0 <= group < 64_000:
            raise EpcError("no URN Code 40 group")
        text += _CODE_40[group // 1600] + _CODE_40[group // 40 % 40] + _CODE_40[group % 40]
    if text[length:].strip("\0"):
        raise EpcError("URN Code 40 text is longer than it announces")
    return text[:length]


def _text(bits: Bits, length_bits: int, most: int, what: str) -> str:
    """Encoding indicator, length, characters (TDS 14.5.6)."""
    encoding, length = bits.take(3), bits.take(length_bits)
    if not 1 <= length <= most:
        raise EpcError(f"{what} has {length} characters, allowed are 1 to {most}")
    match encoding:
        case 0:
            return _integer(bits, length)
        case 1:
            return f"{bits.take(4 * length):0{length}X}"
        case 2:
            return f"{bits.take(4 * length):0{length}x}"
        case 3:
            return "".join(_BASE64[bits.take(6)] for _ in range(length))
        case 4:
            return "".join(chr(bits.take(7)) for _ in range(length))
        case 5:
            return _code_40(bits, length)
    raise EpcError(f"encoding indicator {encoding} is not defined")


def _serial(bits: Bits, most: int, what: str = "serial") -> str:
    return require(_text(bits, 5, most, what), GS1_CHARACTERS, what)


def _delimited(bits: Bits, characters: frozenset[str], what: str) -> str:
    """Digits of four bits ended by F, or by E and then text; 30 characters at most (TDS 14.5.5)."""
    number = ""
    while (nibble := bits.take(4)) < 10:
        number += str(nibble)
        if len(number) > 30:
            raise EpcError(f"{what} is longer than 30 characters")
    if not 14 <= nibble <= 15:
        raise EpcError(f"{what} has no delimiter")
    if nibble == 14:
        number += _text(bits, 5, 30 - len(number), what)
    # A GS1 company prefix has at least four digits, and something must follow it.
    if len(number) < 5 or not number[:4].isdecimal():
        raise EpcError(f"{what} does not start with a GS1 company prefix")
    return require(number, characters, what)


def _sgtin(bits: Bits) -> Key:
    gtin = _checked_digits(bits, 14, "GTIN")
    serial = _serial(bits, 20)
    return Key("SGTIN", None, None, f"01/{gtin}/21/{link(serial)}", gtin=gtin, serial=serial)


def _dsgtin(bits: Bits) -> Key:
    date_type, year, month, day = bits.take(4), bits.take(7), bits.take(4), bits.take(5)
    if date_type >= len(_DATE_AIS):
        raise EpcError(f"date type {date_type} is not defined")
    if year > 99 or not 1 <= month <= 12 or day > _DAYS[month - 1]:
        raise EpcError(f"there is no date {year:02}-{month:02}-{day:02}")
    attributes = f"?{_DATE_AIS[date_type]}={year:02}{month:02}{day:02}"
    return _sgtin(bits)._replace(scheme="DSGTIN", attributes=attributes)


def _sscc(bits: Bits) -> Key:
    sscc = _checked_digits(bits, 18, "SSCC")
    return Key("SSCC", None, None, f"00/{sscc}", sscc=sscc)


def _sgln(bits: Bits) -> Key:
    gln = _checked_digits(bits, 13, "GLN")
    extension = _serial(bits, 20, "extension")
    return Key("SGLN", None, None, location_path(gln, extension), serial=extension)


def _grai(bits: Bits) -> Key:
    number = _checked_digits(bits, 14, "GRAI")
    if number[0] != "0":
        raise EpcError("a GRAI starts with 0")
    serial = _serial(bits, 16)
    return Key("GRAI", None, None, f"8003/{number}{link(serial)}", serial=serial, grai=number + serial)


def _giai(bits: Bits) -> Key:
    return Key("GIAI", None, None, f"8004/{link(_delimited(bits, GS1_CHARACTERS, 'GIAI'))}")


def _gsrn(bits: Bits) -> Key:
    return Key("GSRN", None, None, f"8018/{_checked_digits(bits, 18, 'GSRN')}")


def _gsrnp(bits: Bits) -> Key:
    return Key("GSRNP", None, None, f"8017/{_checked_digits(bits, 18, 'GSRN')}")


def _gdti(bits: Bits) -> Key:
    number = _checked_digits(bits, 13, "GDTI")
    serial = _serial(bits, 17)
    return Key("GDTI", None, None, f"253/{number}{link(serial)}", serial=serial)


def _numeric_serial(bits: Bits) -> str:
    """Length and integer, without an encoding indicator (TDS 14.5.10)."""
    length = bits.take(4)
    if not 1 <= length <= 12:
        raise EpcError(f"serial has {length} digits, allowed are 1 to 12")
    return _integer(bits, length)


def _cpi(bits: Bits) -> Key:
    part = _delimited(bits, PART_CHARACTERS, "CPID")
    serial = _numeric_serial(bits)
    return Key("CPI", None, None, f"8010/{link(part)}/8011/{serial}", serial=serial)


def _sgcn(bits: Bits) -> Key:
    number = _checked_digits(bits, 13, "GCN")
    serial = _numeric_serial(bits)
    return Key("SGCN", None, None, f"255/{number}{serial}", serial=serial)


def _itip(bits: Bits) -> Key:
    gtin, pieces = _checked_digits(bits, 14, "GTIN"), _digits(bits, 4, "piece and total")
    serial = _serial(bits, 20)
    return Key("ITIP", None, None, f"8006/{gtin}{pieces}/21/{link(serial)}", gtin=gtin, serial=serial)


def _hostname(bits: Bits) -> None:
    """Step over the owner's host name: it tells where a link leads, not which item it names (TDS 14.5.16)."""
    in_ascii, length = bits.take(1), bits.take(6)
    bits.take(7 * length if in_ascii else 16 * -(-length // 3))


def _scheme(key: Callable[[Bits], Key], suffix: str) -> Callable[[Bits], Key]:
    def decode(bits: Bits) -> Key:
        has_data, filter_value = bits.take(1), bits.take(3)
        found = key(bits)
        if suffix == "++":
            _hostname(bits)
        if not has_data:
            bits.end()
        return found._replace(scheme=found.scheme + suffix, filter=filter_value)

    return decode


_PLUS = {
    0xF0: _cpi, 0xF1: _grai, 0xF2: _sgln, 0xF3: _itip, 0xF4: _gsrn, 0xF5: _gsrnp,
    0xF6: _gdti, 0xF7: _sgtin, 0xF8: _sgcn, 0xF9: _sscc, 0xFA: _giai, 0xFB: _dsgtin,
}  # fmt: skip
_PLUS_PLUS = {
    0xE6: _cpi, 0xE7: _gsrn, 0xE8: _gsrnp, 0xE9: _sgln, 0xEA: _gdti, 0xEB: _grai,
    0xEC: _sgcn, 0xED: _itip, 0xEE: _giai, 0xEF: _sscc, 0xFC: _dsgtin, 0xFD: _sgtin,
}  # fmt: skip

PLUS_SCHEMES: dict[int, Callable[[Bits], Key]] = {
    header: _scheme(key, suffix)
    for table, suffix in ((_PLUS, "+"), (_PLUS_PLUS, "++"))
    for header, key in table.items()
}
"""By header (TDS table 14-1). A set +AIDC data bit allows further data after the EPC, which is not read."""
