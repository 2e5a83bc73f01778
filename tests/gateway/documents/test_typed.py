"""EPCs and names as people type them: one reading, and every fault in words."""

import pytest

from gateway.documents.typed import MAX_NAME_CHARACTERS, read_epc, read_epcs, read_name
from gateway.errors import InputError

EPC = "3074257BF7194E4000001A85"


@pytest.mark.parametrize("given", [EPC, EPC.lower(), f" {EPC}\n", " ".join(EPC), f"{EPC[:9]}\u00a0{EPC[9:]}"])
def test_read_epc_when_case_and_blanks_differ_then_the_same(given: str) -> None:
    assert read_epc(given).hex == EPC
    assert read_epc(given).uri == "urn:epc:id:sgtin:0614141.812345.6789"


def test_read_epc_when_its_digits_are_odd_then_none_is_added() -> None:
    assert (read_epc("E28").hex, read_epc("E28").bits) == ("E28", 12)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (None, "epc: text is expected"),
        (7, "epc: text is expected"),
        ("", "epc: 2 to 124 hex digits are expected, not 0"),
        ("3", "epc: 2 to 124 hex digits are expected, not 1"),
        ("30" * 63, "epc: 2 to 124 hex digits are expected, not 126"),
        ("30XY", "epc: '30XY' is no EPC in hex digits"),
        ("30\x00A", "epc: '30\\x00A' is no EPC in hex digits"),
        ("\uff13\uff10", "epc: '\uff13\uff10' is no EPC in hex digits"),
        (
            "urn:epc:id:sgtin:0614141.812345.6789",
            "epc: 'urn:epc:id:sgtin:0614141.812345.6789' is a URI; the hex digits that the tag holds are expected",
        ),
    ],
)
def test_read_epc_when_it_is_none_then_what_is_expected_is_told(given: object, fault: str) -> None:
    with pytest.raises(InputError) as caught:
        read_epc(given)
    assert caught.value.faults == (fault,)


def test_read_epcs_when_several_are_faulty_then_all_are_told() -> None:
    assert [epc.hex for epc in read_epcs([EPC, "E28"])] == [EPC, "E28"]
    with pytest.raises(InputError) as caught:
        read_epcs([EPC, "X", "30XY"])
    assert len(caught.value.faults) == 2


def test_read_name_when_it_can_be_printed_then_without_outer_blanks() -> None:
    assert read_name(" Anna Ångström ") == "Anna Ångström"
    assert read_name("x" * MAX_NAME_CHARACTERS) == "x" * MAX_NAME_CHARACTERS


@pytest.mark.parametrize(
    "given", [None, 7, "", "  ", "a\nb", "a\x00", "a\ud800", "a\u202eb", "x" * (MAX_NAME_CHARACTERS + 1)]
)
def test_read_name_when_it_cannot_be_kept_or_shown_then_refused(given: object) -> None:
    with pytest.raises(InputError, match="by: a name of 1 to 60 printable characters"):
        read_name(given)
