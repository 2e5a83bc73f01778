"""`epc decode`: what an EPC says, or why it is raw."""

import io
import json

import pytest

from tests.gateway.cli.conftest import Cli

SGTIN = "3034257BF7194E4000001A85"


def test_decode_when_json_then_one_line_per_epc_with_all_keys(cli: Cli) -> None:
    ran = cli("epc", "decode", SGTIN.lower(), "00", "--json")
    assert ran.code == 0
    first, second = (json.loads(line) for line in ran.out.splitlines())
    assert first == {
        "epc": SGTIN,
        "scheme": "SGTIN-96",
        "uri": "urn:epc:id:sgtin:0614141.812345.6789",
        "digital_link": "https://id.gs1.org/01/80614141123458/21/6789",
        "gtin": "80614141123458",
        "serial": "6789",
        "filter": 1,
        "error": None,
    }
    assert second["scheme"] == "raw"
    assert second["error"]


def test_decode_when_for_people_then_a_table_says_the_same(cli: Cli) -> None:
    ran = cli("epc", "decode", SGTIN, "0000")
    assert ran.code == 0
    header, first, second = ran.out.splitlines()
    assert header.split() == ["EPC", "SCHEME", "GTIN", "SERIAL", "FILTER", "URI"]
    assert first.split() == [
        SGTIN,
        "SGTIN-96",
        "80614141123458",
        "6789",
        "1",
        "urn:epc:id:sgtin:0614141.812345.6789",
    ]
    assert second.split()[:2] == ["0000", "raw"]


def test_decode_when_dash_then_lines_of_stdin_are_read(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SGTIN}\n\n  00 \n"))
    ran = cli("epc", "decode", "-", "--json")
    assert [json.loads(line)["epc"] for line in ran.out.splitlines()] == [SGTIN, "00"]


def test_decode_when_digits_are_odd_then_the_bits_are_those_given(cli: Cli) -> None:
    assert json.loads(cli("epc", "decode", "E28", "--json").out)["epc"] == "E28"


def test_decode_when_something_is_not_hex_then_all_such_are_named_and_nothing_is_printed(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = cli("epc", "decode", SGTIN, "xyz", "12-34")
    assert (ran.code, ran.out) == (65, "")
    assert ran.err.splitlines() == [
        "HEX 2: epc: 'xyz' is no EPC in hex digits",
        "HEX 3: epc: '12-34' is no EPC in hex digits",
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO("30\nurn:epc\n"))
    assert cli("epc", "decode", "-").err == (
        "stdin:2: epc: 'urn:epc' is a URI; the hex digits that the tag holds are expected\n"
    )


def test_decode_when_the_digits_stand_in_groups_then_they_are_one_epc(cli: Cli) -> None:
    assert json.loads(cli("epc", "decode", "3034 257B F719 4E40 0000 1A85", "--json").out)["epc"] == SGTIN


def test_decode_when_dash_has_company_then_it_is_a_usage_error(cli: Cli) -> None:
    assert cli("epc", "decode", "-", SGTIN).code == 64
