"""Valid SGTIN-96 EPCs for emulated items (TDS 2.3, 14.6.1): company prefix 0614141, partition 5."""

HEADER = 0x30
FILTER_POINT_OF_SALE = 1
PARTITION = 5
COMPANY_PREFIX = 614141
COMPANY_DIGITS = 7


def sgtin_96(item_reference: int, serial: int, *, company_prefix: int = COMPANY_PREFIX) -> bytes:
    """12 bytes: header, filter, partition, 24-bit company prefix, 20-bit item reference, 38-bit serial."""
    if (
        not 0 <= item_reference < 10**6
        or not 0 <= serial < 1 << 38
        or not 0 <= company_prefix < 10**COMPANY_DIGITS
    ):
        raise ValueError(
            f"no SGTIN-96: item reference {item_reference}, serial {serial}, prefix {company_prefix}"
        )
    bits = HEADER << 88 | FILTER_POINT_OF_SALE << 85 | PARTITION << 82
    return (bits | company_prefix << 58 | item_reference << 38 | serial).to_bytes(12, "big")


def gtin_14(item_reference: int, *, company_prefix: int = COMPANY_PREFIX) -> str:
    """The GTIN of such an item: the reference's first digit leads, the check digit ends it."""
    reference = f"{item_reference:06d}"
    digits = f"{reference[0]}{company_prefix:07d}{reference[1:]}"
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
