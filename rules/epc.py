"""What a tag's EPC memory names: strict decoding of every TDS 2.3 scheme into URN, Digital Link and keys."""

from dataclasses import dataclass

from rules.epc_bits import Bits, link
from rules.epc_partitioned import PARTITIONED_SCHEMES
from rules.epc_plus import PLUS_SCHEMES
from rules.errors import EpcError

RAW = "raw"
DIGITAL_LINK = "https://id.gs1.org/"
CONTAINERS = (DIGITAL_LINK + "00/", DIGITAL_LINK + "8003/")
"""How identities of what holds other items begin: a parcel or pallet (SSCC), a tote or crate (GRAI)."""
_PC_ISO = 0x0100
"""Toggle bit of the protocol-control word: the memory holds an ISO 15961 AFI, no EPC (TDS 9.3)."""


@dataclass(frozen=True, slots=True)
class Epc:
    """One EPC. What the scheme does not have is None; a raw one has only its bits and the reason."""

    hex: str
    """Upper case, as many digits as the bits need."""
    bits: int
    scheme: str
    """`SGTIN-96`, `SGTIN+`, …, or `raw`."""
    identity: str
    """What matching compares: the same item has one identity whatever its encoding or filter value."""
    uri: str | None = None
    """Pure identity URN; the '+' schemes have none."""
    digital_link: str | None = None
    gtin: str | None = None
    """GTIN-14."""
    serial: str | None = None
    filter: int | None = None
    error: str | None = None
    """Why it is raw."""
    sscc: str | None = None
    """18 digits: the key of a parcel or pallet."""
    grai: str | None = None
    """14 digits and the serial: the key of a tote or crate."""

    @property
    def subject(self) -> str:
        """Canonical URI: Digital Link without data attributes, else pure identity, else `urn:epc:raw:`."""
        return self.identity

    @property
    def label(self) -> str:
        """What a person is shown: pure identity, else Digital Link, else the digits."""
        return self.uri or self.digital_link or self.hex

    @property
    def is_blank(self) -> bool:
        """All zero, or no bits at all: an unprogrammed tag, which is never anybody's item."""
        return not self.hex.strip("0")

    @property
    def is_trade_item(self) -> bool:
        """A whole item of a GTIN; the piece of an ITIP is not."""
        return self.gtin is not None and not self.scheme.startswith("ITIP")


def is_container(identity: str) -> bool:
    """Whether an item with this identity holds others."""
    return identity.startswith(CONTAINERS)


def decode_epc(data: bytes, *, bits: int | None = None, pc: int | None = None) -> Epc:
    """Decode EPC memory, left-aligned, of which `bits` count; `pc` is the protocol-control word, if known.

    Raises EpcError and nothing else when the bits are no valid EPC.
    """
    value, count = _value(data, bits)
    if pc is not None and pc & _PC_ISO:
        raise EpcError("the PC word says that the memory holds an ISO number (AFI), no EPC")
    if not value:
        raise EpcError("the EPC is all zero: the tag is not programmed")
    cursor = Bits(value, count)
    header = cursor.take(8)
    if header in PARTITIONED_SCHEMES:
        scheme, least_bits, decode = PARTITIONED_SCHEMES[header]
        if count < least_bits:
            raise EpcError(f"{scheme} has {least_bits} bits, the tag {count}")
        key = decode(cursor, scheme)
        cursor.end()
    elif header in PLUS_SCHEMES:
        key = PLUS_SCHEMES[header](cursor)
    else:
        raise EpcError(f"header {header:02X} is no EPC scheme")
    digital_link = DIGITAL_LINK + key.path if key.path else None
    return Epc(
        hex=_hex(value, count),
        bits=count,
        scheme=key.scheme,
        identity=digital_link or key.uri or _raw_uri(value, count),
        uri=key.uri,
        digital_link=digital_link + key.attributes if digital_link else None,
        gtin=key.gtin,
        serial=key.serial,
        filter=key.filter,
        sscc=key.sscc,
        grai=key.grai,
    )


def identify(data: bytes, *, bits: int | None = None, pc: int | None = None) -> Epc:
    """As `decode_epc`, but undecodable bits become scheme `raw` with the reason in `error`."""
    try:
        return decode_epc(data, bits=bits, pc=pc)
    except EpcError as error:
        value, count = _value(data, None if bits is None else min(max(bits, 0), 8 * len(data)))
        return Epc(_hex(value, count), count, RAW, _raw_uri(value, count), error=str(error))


def trade_item_identity(gtin: str, serial: str) -> str:
    """The identity every encoding of this item has. `gtin` is a GTIN-14."""
    return f"{DIGITAL_LINK}01/{gtin}/21/{link(serial)}"


def identify_hex(text: str) -> Epc:
    """`identify` for an EPC written in hex digits, four bits each, blanks between them or none.

    Raises EpcError when it is no hex.
    """
    digits = "".join(text.split())
    try:
        data = bytes.fromhex(digits + "0" * (len(digits) % 2))
    except ValueError:
        raise EpcError(f"{text!r} is no EPC in hex digits") from None
    return identify(data, bits=4 * len(digits))


def _value(data: bytes, bits: int | None) -> tuple[int, int]:
    held = 8 * len(data)
    count = held if bits is None else bits
    if not 0 <= count <= held:
        raise EpcError(f"the EPC is said to have {count} bits, but {held} were given")
    return int.from_bytes(data) >> (held - count), count


def _hex(value: int, count: int) -> str:
    """Left-aligned in whole digits, as readers print it."""
    width = -(-count // 4)
    return f"{value << (4 * width - count):0{width}X}" if width else ""


def _raw_uri(value: int, count: int) -> str:
    """TDS 12.2: the bits as one number, in as many hex digits as they need."""
    width = -(-count // 4)
    return f"urn:epc:raw:{count}.x" + (f"{value:0{width}X}" if width else "")
