"""A tiny EPC encoder over strings of bits, written from the tables of TDS 2.3 and sharing nothing with the decoder."""

from urllib.parse import quote

PREFIX_BITS = {12: 40, 11: 37, 10: 34, 9: 30, 8: 27, 7: 24, 6: 20}
GS1_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
CODE_40 = " ABCDEFGHIJKLMNOPQRSTUVWXYZ-.:0123456789"


def b(value: int, width: int) -> str:
    bits = format(value, f"0{width}b") if width else ""
    assert len(bits) == width, (value, width)
    return bits


def nibbles(digits: str) -> str:
    return "".join(b(int(digit, 16), 4) for digit in digits)


def seven(text: str, width: int) -> str:
    return "".join(b(ord(char), 7) for char in text).ljust(width, "0")


def six(text: str) -> str:
    return "".join(b(ord(char) & 0x3F, 6) for char in text)


def partitioned(prefix: str, reference: int, total_bits: int) -> str:
    width = PREFIX_BITS[len(prefix)]
    return b(12 - len(prefix), 3) + b(int(prefix), width) + b(reference, total_bits - width)


def check(digits: str) -> str:
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


def integer(text: str) -> str:
    width = 0
    while 2**width < 10 ** len(text):
        width += 1
    return b(int(text), width)


def alphanumeric(text: str, *, encoding: int, length_bits: int = 5) -> str:
    """TDS 14.5.6 with the encoding indicator asked for."""
    if encoding == 0:
        body = integer(text)
    elif encoding in (1, 2):
        body = nibbles(text)
    elif encoding == 3:
        body = "".join(b(BASE64.index(char), 6) for char in text)
    elif encoding == 4:
        body = "".join(b(ord(char), 7) for char in text)
    else:
        padded = text.ljust(-(-len(text) // 3) * 3)
        groups = [padded[start : start + 3] for start in range(0, len(padded), 3)]
        values = [[CODE_40.index(char) for char in group] for group in groups]
        body = "".join(b(1600 * x + 40 * y + z + 1, 16) for x, y, z in values)
    return b(encoding, 3) + b(len(text), length_bits) + body


def plus(header: int, key: str, *, filter_value: int = 0, has_data: bool = False) -> str:
    return b(header, 8) + str(int(has_data)) + b(filter_value, 3) + key


def packed(bits: str) -> tuple[bytes, int]:
    """Left-aligned bytes and the number of bits."""
    padded = bits.ljust(-(-len(bits) // 8) * 8, "0")
    return int(padded or "0", 2).to_bytes(len(padded) // 8), len(bits)


def words(bits: str) -> tuple[bytes, int]:
    """As a tag holds it: padded with zeros to 16-bit words."""
    return packed(bits.ljust(-(-len(bits) // 16) * 16, "0"))


def sgtin_96(prefix: str, item: str, serial: int, *, filter_value: int = 3) -> bytes:
    bits = b(0x30, 8) + b(filter_value, 3) + partitioned(prefix, int(item), 44) + b(serial, 38)
    return packed(bits)[0]


def sgtin_198(prefix: str, item: str, serial: str, *, filter_value: int = 3) -> bytes:
    bits = b(0x36, 8) + b(filter_value, 3) + partitioned(prefix, int(item), 44) + seven(serial, 140)
    return words(bits)[0]


def gtin(prefix: str, item: str) -> str:
    digits = item[0] + prefix + item[1:]
    return digits + check(digits)


def urn(text: str) -> str:
    return "".join(f"%{ord(char):02X}" if char in '"#%&/<>?' else char for char in text)


def link(text: str) -> str:
    return quote(text, safe="")
