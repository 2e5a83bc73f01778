"""The EPC schemes of TDS 1: company prefixes cut by a partition value; GID, USDOD, ADI (TDS 2.3, 14.6)."""

from collections.abc import Callable

from rules.epc_bits import Bits, Key, checked, digits, link, location_path, require, text6, text7, urn
from rules.errors import EpcError

_PREFIX_BITS = (40, 37, 34, 30, 27, 24, 20)
"""Of the GS1 company prefix, by partition value; it has 12 digits less the partition value."""

_CODE_CHARACTERS = frozenset("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ")
"""Of a CAGE code (five) or DoDAAC (six characters)."""

_PLAIN_PART_CHARACTERS = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-/")
_MAX_CPI_SERIAL = 999_999_999_999


def _prefix(bits: Bits) -> tuple[str, int]:
    """GS1 company prefix and partition value."""
    partition = bits.take(3)
    if partition == 7:
        raise EpcError("partition value 7 is not defined")
    return digits(bits.take(_PREFIX_BITS[partition]), 12 - partition, "GS1 company prefix"), partition


def _numbered(bits: Bits, what: str, total_bits: int, extra_digits: int) -> tuple[str, str]:
    """GS1 company prefix and a numeric reference with `extra_digits` more digits than the partition value."""
    prefix, partition = _prefix(bits)
    reference = bits.take(total_bits - _PREFIX_BITS[partition])
    return prefix, digits(reference, extra_digits + partition, what)


def _sgtin(bits: Bits, scheme: str) -> Key:
    filter_value = bits.take(3)
    prefix, item = _numbered(bits, "item reference", 44, 1)
    gtin = checked(item[0] + prefix + item[1:])
    if scheme == "SGTIN-96":
        serial = in_urn = in_link = str(bits.take(38))
    else:
        serial = text7(bits, 20, "serial")
        in_urn, in_link = urn(serial), link(serial)
    uri = f"urn:epc:id:sgtin:{prefix}.{item}.{in_urn}"
    return Key(scheme, filter_value, uri, f"01/{gtin}/21/{in_link}", gtin=gtin, serial=serial)


def _sscc(bits: Bits, scheme: str) -> Key:
    filter_value = bits.take(3)
    prefix, reference = _numbered(bits, "serial reference", 58, 5)
    sscc = checked(reference[0] + prefix + reference[1:])
    return Key(scheme, filter_value, f"urn:epc:id:sscc:{prefix}.{reference}", f"00/{sscc}", sscc=sscc)


def _sgln(bits: Bits, scheme: str) -> Key:
    filter_value = bits.take(3)
    prefix, location = _numbered(bits, "location reference", 41, 0)
    extension = str(bits.take(41)) if scheme == "SGLN-96" else text7(bits, 20, "extension")
    uri = f"urn:epc:id:sgln:{prefix}.{location}.{urn(extension)}"
    return Key(
        scheme, filter_value, uri, location_path(checked(prefix + location), extension), serial=extension
    )


def _grai(bits: Bits, scheme: str) -> Key:
    filter_value = bits.take(3)
    prefix, asset = _numbered(bits, "asset type", 44, 0)
    serial = str(bits.take(38)) if scheme == "GRAI-96" else text7(bits, 16, "serial")
    grai = "0" + checked(prefix + asset) + serial
    uri = f"urn:epc:id:grai:{prefix}.{asset}.{urn(serial)}"
    return Key(scheme, filter_value, uri, f"8003/{link(grai)}", serial=serial, grai=grai)


def _giai(bits: Bits, scheme: str) -> Key:
    filter_value = bits.take(3)
    prefix, partition = _prefix(bits)
    if scheme == "GIAI-96":
        asset = str(bits.take(82 - _PREFIX_BITS[partition]))
    else:
        asset = text7(bits, 18 + partition, "asset reference")
    uri = f"urn:epc:id:giai:{prefix}.{urn(asset)}"
    return Key(scheme, filter_value, uri, f"8004/{link(prefix + asset)}")


def _gsrn(bits: Bits, scheme: str) -> Key:
    filter_value = bits.take(3)
    prefix, reference = _numbered(bits, "service reference", 58, 5)
    name, ai = ("gsrn", "8018") if scheme == "GSRN-96" else ("gsrnp", "8017")
    uri = f"urn:epc:id:{name}:{prefix}.{reference}"
    return Key(scheme, filter_value, uri, f"{ai}/{checked(prefix + reference)}")


def _gdti(bits: Bits, scheme: str) -> Key:
    filter_value = bits.take(3)
    prefix, document = _numbered(bits, "document type", 41, 0)
    serial = str(bits.take(41)) if scheme == "GDTI-96" else text7(bits, 17, "serial")
    uri = f"urn:epc:id:gdti:{prefix}.{document}.{urn(serial)}"
    return Key(scheme, filter_value, uri, f"253/{checked(prefix + document)}{link(serial)}", serial=serial)


def _cpi(bits: Bits, scheme: str) -> Key:
    filter_value = bits.take(3)
    prefix, partition = _prefix(bits)
    if scheme == "CPI-96":
        number = bits.take(51 - _PREFIX_BITS[partition])
        digits(number, 3 + partition, "component/part reference")
        part, serial_number = str(number), bits.take(31)
    else:
        part, serial_number = text6(bits, 18 + partition, "component/part reference"), bits.take(40)
    if not part or serial_number > _MAX_CPI_SERIAL:
        raise EpcError("the component/part reference is empty or its serial longer than 12 digits")
    serial = str(serial_number)
    uri = f"urn:epc:id:cpi:{prefix}.{urn(part)}.{serial}"
    return Key(scheme, filter_value, uri, f"8010/{link(prefix + part)}/8011/{serial}", serial=serial)


def _sgcn(bits: Bits, scheme: str) -> Key:
    filter_value = bits.take(3)
    prefix, coupon = _numbered(bits, "coupon reference", 41, 0)
    numeric_string = str(bits.take(41))
    serial = numeric_string[1:]
    if numeric_string[0] != "1" or not 1 <= len(serial) <= 12:
        raise EpcError("the serial component is no numeric string of 1 to 12 digits (TDS 14.3.4)")
    uri = f"urn:epc:id:sgcn:{prefix}.{coupon}.{serial}"
    return Key(scheme, filter_value, uri, f"255/{checked(prefix + coupon)}{serial}", serial=serial)


def _itip(bits: Bits, scheme: str) -> Key:
    filter_value = bits.take(3)
    prefix, item = _numbered(bits, "item reference", 44, 1)
    piece, total = (digits(bits.take(7), 2, what) for what in ("piece", "total"))
    serial = str(bits.take(38)) if scheme == "ITIP-110" else text7(bits, 20, "serial")
    gtin = checked(item[0] + prefix + item[1:])
    uri = f"urn:epc:id:itip:{prefix}.{item}.{piece}.{total}.{urn(serial)}"
    return Key(
        scheme, filter_value, uri, f"8006/{gtin}{piece}{total}/21/{link(serial)}", gtin=gtin, serial=serial
    )


def _gid(bits: Bits, scheme: str) -> Key:
    manager, item_class, serial = bits.take(28), bits.take(24), str(bits.take(36))
    return Key(scheme, None, f"urn:epc:id:gid:{manager}.{item_class}.{serial}", None, serial=serial)


def _code(characters: list[int]) -> str:
    """A CAGE code after a space, or a DoDAAC (TDS 14.3.6)."""
    text = "".join(map(chr, characters))
    return require(text[1:] if text[0] == " " else text, _CODE_CHARACTERS, "CAGE code or DoDAAC")


def _usdod(bits: Bits, scheme: str) -> Key:
    filter_value = bits.take(4)
    owner = _code([bits.take(8) for _ in range(6)])
    serial = str(bits.take(36))
    return Key(scheme, filter_value, f"urn:epc:id:usdod:{owner}.{serial}", None, serial=serial)


def _adi(bits: Bits, scheme: str) -> Key:
    filter_value = bits.take(6)
    codes = [bits.take(6) for _ in range(6)]
    owner = _code([code if code >= 32 else code + 64 for code in codes])
    part, serial = text6(bits, 32, "part number"), text6(bits, 30, "serial")
    require(part or "-", _PLAIN_PART_CHARACTERS, "part number")
    require(serial.removeprefix("#"), _PLAIN_PART_CHARACTERS, "serial")
    return Key(scheme, filter_value, f"urn:epc:id:adi:{owner}.{urn(part)}.{urn(serial)}", None, serial=serial)


PARTITIONED_SCHEMES: dict[int, tuple[str, int, Callable[[Bits, str], Key]]] = {
    0x2C: ("GDTI-96", 96, _gdti),
    0x2D: ("GSRN-96", 96, _gsrn),
    0x2E: ("GSRNP-96", 96, _gsrn),
    0x2F: ("USDOD-96", 96, _usdod),
    0x30: ("SGTIN-96", 96, _sgtin),
    0x31: ("SSCC-96", 96, _sscc),
    0x32: ("SGLN-96", 96, _sgln),
    0x33: ("GRAI-96", 96, _grai),
    0x34: ("GIAI-96", 96, _giai),
    0x35: ("GID-96", 96, _gid),
    0x36: ("SGTIN-198", 198, _sgtin),
    0x37: ("GRAI-170", 170, _grai),
    0x38: ("GIAI-202", 202, _giai),
    0x39: ("SGLN-195", 195, _sgln),
    0x3B: ("ADI-var", 0, _adi),
    0x3C: ("CPI-96", 96, _cpi),
    0x3D: ("CPI-var", 0, _cpi),
    0x3E: ("GDTI-174", 174, _gdti),
    0x3F: ("SGCN-96", 96, _sgcn),
    0x40: ("ITIP-110", 110, _itip),
    0x41: ("ITIP-212", 212, _itip),
}
"""By header (TDS table 14-1): name, least length in bits, decoder of what follows the header."""
