"""What makers' readers need beyond the standard, as data; chosen by DeviceManufacturerName."""

from dataclasses import dataclass
from struct import pack
from typing import Final

from readers.llrp.constants import VENDOR_IMPINJ, VENDOR_THINGMAGIC, VENDOR_ZEBRA, ParameterType
from readers.llrp.framing import encode_tlv

MISSED_KEEPALIVES: Final = 3
_LINK_MONITOR: Final = 38
_REPORT_BUFFER: Final = 39
_DUAL_TARGET: Final = 2


@dataclass(frozen=True, slots=True)
class Vendor:
    """Differences from the generic reader."""

    name: str
    pen: int | None = None
    """IANA private enterprise number."""
    enable_extensions: bool = False
    """Custom parameters are refused until IMPINJ_ENABLE_EXTENSIONS was sent."""
    config: tuple[bytes, ...] = ()
    """Custom parameters for SET_READER_CONFIG, encoded."""
    search_mode: int | None = None
    """ImpinjInventorySearchMode: the standard cannot ask for dual target, which every preset wants."""


def _custom(vendor: int, subtype: int, value: bytes) -> bytes:
    return encode_tlv(ParameterType.Custom, pack(">II", vendor, subtype) + value)


GENERIC: Final = Vendor("generic")

IMPINJ: Final = Vendor(
    "Impinj",
    VENDOR_IMPINJ,
    enable_extensions=True,
    config=(
        # Without LinkMonitorMode the reader keeps a half-open session for ever and locks new clients out.
        _custom(VENDOR_IMPINJ, _LINK_MONITOR, pack(">HH", 1, MISSED_KEEPALIVES)),
        # Low latency: reports leave as the trigger says, not when the reader's own buffer is full.
        _custom(VENDOR_IMPINJ, _REPORT_BUFFER, pack(">H", 1)),
    ),
    search_mode=_DUAL_TARGET,
)

# Keeps up to 66,000 report messages while nobody is connected and sends them at once afterwards: late reads.
ZEBRA: Final = Vendor("Zebra", VENDOR_ZEBRA)

# Refuses AISpec stop trigger 3 (tag observation), which sllurp's ROSpec asks for; ours never does.
THINGMAGIC: Final = Vendor("ThingMagic", VENDOR_THINGMAGIC)

_BY_PEN: Final = {vendor.pen: vendor for vendor in (IMPINJ, ZEBRA, THINGMAGIC)}


def vendor_of(manufacturer: int | None) -> Vendor:
    """Generic where the maker is unknown or told nothing."""
    return _BY_PEN.get(manufacturer, GENERIC)
