"""`epc decode`: any EPC in hex, as its scheme, URIs, GTIN and serial, or why it is raw."""

import sys

import click

from gateway.cli.options import common_options, json_option
from gateway.cli.output import print_json, print_table
from gateway.documents.typed import read_epc
from gateway.errors import InputError, UsageError
from rules.epc import Epc


@click.group()
def epc() -> None:
    """Read EPCs."""


@epc.command()
@click.argument("codes", metavar="HEX...", nargs=-1, required=True)
@json_option
@common_options
def decode(codes: tuple[str, ...], *, as_json: bool) -> None:
    """Decode EPCs given in HEX; - reads them from standard input, one per line.

    What follows no scheme of the EPC Tag Data Standard is raw, with the reason.
    """
    epcs = _read(codes)
    if as_json:
        for found in epcs:
            print_json(_document(found))
    else:
        columns = ("EPC", "SCHEME", "GTIN", "SERIAL", "FILTER", "URI")
        print_table(columns, [_row(found) for found in epcs], empty="no EPC was given")


def _read(codes: tuple[str, ...]) -> list[Epc]:
    if "-" in codes:
        if len(codes) > 1:
            raise UsageError("- stands alone: EPCs come from standard input or from the command line")
        lines = sys.stdin.read().splitlines()
        named = [(f"stdin:{number}", line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    else:
        named = [(f"HEX {number}", code) for number, code in enumerate(codes, 1)]
    epcs: list[Epc] = []
    faults: list[str] = []
    for place, code in named:
        try:
            epcs.append(read_epc(code))
        except InputError as error:
            faults += (f"{place}: {fault}" for fault in error.faults)
    if faults:
        raise InputError(tuple(faults))
    return epcs


def _document(found: Epc) -> dict[str, object]:
    return {
        "epc": found.hex,
        "scheme": found.scheme,
        "uri": found.uri,
        "digital_link": found.digital_link,
        "gtin": found.gtin,
        "serial": found.serial,
        "filter": found.filter,
        "error": found.error,
    }


def _row(found: Epc) -> tuple[object, ...]:
    what = found.error or found.uri or found.digital_link
    return (found.hex, found.scheme, found.gtin, found.serial, found.filter, what)
