"""What people type or scan, read strictly: EPCs, and the name of who decides."""

from collections.abc import Iterable

from gateway.errors import InputError
from rules.epc import Epc, identify_hex
from rules.errors import EpcError

MIN_EPC_DIGITS = 2
MAX_EPC_DIGITS = 124
"""496 bits: what a protocol-control word can announce."""
MAX_NAME_CHARACTERS = 60
MAX_SHOWN = 80
"""Characters of what was typed that a fault repeats."""


def read_epc(given: object) -> Epc:
    """Hex digits in any case, blanks between them or none. Raises InputError."""
    if not isinstance(given, str):
        raise InputError(("epc: text is expected",))
    digits = "".join(given.split())
    if ":" in digits:
        raise InputError(
            (f"epc: {given[:MAX_SHOWN]!r} is a URI; the hex digits that the tag holds are expected",)
        )
    if not MIN_EPC_DIGITS <= len(digits) <= MAX_EPC_DIGITS:
        raise InputError(
            (f"epc: {MIN_EPC_DIGITS} to {MAX_EPC_DIGITS} hex digits are expected, not {len(digits)}",)
        )
    try:
        return identify_hex(digits)
    except EpcError as error:
        raise InputError((f"epc: {error}",)) from error


def read_epcs(given: Iterable[object]) -> list[Epc]:
    """Raises InputError with every fault."""
    epcs: list[Epc] = []
    faults: list[str] = []
    for one in given:
        try:
            epcs.append(read_epc(one))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(tuple(faults))
    return epcs


def read_name(given: object) -> str:
    """Who decides, for whoever asks later. Raises InputError."""
    name = given.strip() if isinstance(given, str) else ""
    if not 0 < len(name) <= MAX_NAME_CHARACTERS or not name.isprintable():
        raise InputError((f"by: a name of 1 to {MAX_NAME_CHARACTERS} printable characters is expected",))
    return name
