"""Reading an EPC's bits: integers, digits, character sets, check digits, escapes (TDS 2.3, 6, 14 and A)."""

from typing import NamedTuple
from urllib.parse import quote

from rules.errors import EpcError

GS1_CHARACTERS = frozenset(
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
)
"""GS1 AI encodable character set 82 (TDS table A-1): what serials consist of."""

PART_CHARACTERS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ#-/")
"""Character set 39 (TDS table G-1): component/part references, ADI part numbers and serials."""

_URN_ESCAPES = str.maketrans({char: f"%{ord(char):02X}" for char in '"#%&/<>?'})


class Key(NamedTuple):
    """What an EPC names, in the forms the standards give it."""

    scheme: str
    filter: int | None
    uri: str | None
    """Pure identity URN; the '+' schemes have none."""
    path: str | None
    """GS1 Digital Link from the first AI on, without data attributes; None where GS1 defines no link."""
    gtin: str | None = None
    serial: str | None = None
    sscc: str | None = None
    grai: str | None = None
    attributes: str = ""
    """GS1 Digital Link query with its question mark: the date of a DSGTIN+."""


class Bits:
    """A cursor over the bits of an EPC. Every read past the end is an EpcError."""

    __slots__ = ("left", "value")

    def __init__(self, value: int, count: int) -> None:
        self.value = value
        self.left = count

    def take(self, count: int) -> int:
        """The next `count` bits as an unsigned integer."""
        self.left -= count
        if self.left < 0:
            raise EpcError("the EPC is shorter than its scheme")
        taken = self.value >> self.left
        self.value &= (1 << self.left) - 1
        return taken

    def end(self) -> None:
        """Nothing but zero padding may follow."""
        if self.value:
            raise EpcError("bits after the end of the EPC are not zero")


def digits(value: int, count: int, what: str) -> str:
    """`value` as exactly `count` decimal digits; no digits at all hold nothing but zero."""
    text = str(value).zfill(count) if count else ""
    if len(text) > count or (not count and value):
        raise EpcError(f"{what} {value} does not fit {count} digits")
    return text


def check_digit(number: str) -> str:
    """The GS1 check digit of a number (GS1 General Specifications, 7.9)."""
    codes = number.encode()
    odd, even = codes[-1::-2], codes[-2::-2]
    return str(-(3 * (sum(odd) - 48 * len(odd)) + sum(even) - 48 * len(even)) % 10)


def checked(number: str) -> str:
    """The number with its check digit."""
    return number + check_digit(number)


def location_path(gln: str, extension: str) -> str:
    """Extension 0 means the location as a whole (TDS 6.3.3)."""
    return f"414/{gln}" if extension == "0" else f"414/{gln}/254/{link(extension)}"


def text7(bits: Bits, count: int, what: str) -> str:
    """Up to `count` 7-bit characters, ended by zeros (TDS 14.3.2)."""
    codes = [bits.take(7) for _ in range(count)]
    text = "".join(map(chr, codes)).rstrip("\0")
    return require(text, GS1_CHARACTERS, what)


def text6(bits: Bits, most: int, what: str) -> str:
    """Up to `most` 6-bit characters and the six zeros that end them (TDS 14.3.5); may be empty."""
    chars: list[str] = []
    while code := bits.take(6):
        chars.append(chr(code if code >= 32 else code + 64))
        if len(chars) > most:
            raise EpcError(f"{what} is longer than {most} characters")
    text = "".join(chars)
    return require(text, PART_CHARACTERS, what) if text else text


def require(text: str, characters: frozenset[str], what: str) -> str:
    """`text`, if it is not empty and consists of these characters."""
    if not text:
        raise EpcError(f"{what} is empty")
    if not characters.issuperset(text):
        raise EpcError(f"{what} holds characters outside its character set")
    return text


def urn(text: str) -> str:
    """Escaped for a pure identity URN (TDS table A-1)."""
    return text.translate(_URN_ESCAPES)


def link(text: str) -> str:
    """Escaped for a GS1 Digital Link (RFC 3986: unreserved characters stand for themselves)."""
    return quote(text, safe="")
