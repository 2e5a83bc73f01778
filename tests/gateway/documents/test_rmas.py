"""RMAs in: what is accepted, and that everything else is told with file, line and field."""

import json
import os
import threading
from decimal import Decimal
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.documents import rmas as documents
from gateway.documents.rma_csv import COLUMNS
from gateway.documents.rma_fields import LINE_FIELDS, MAX_FAULTS, RMA_FIELDS
from gateway.documents.rmas import parse_rma, read_rmas
from gateway.errors import InputError
from rules.rma import Rma, RmaLine

GTIN = "80614141123458"
EPC = "3034257BF400004000000001"
SCHEMA = json.loads(Path(documents.__file__).with_name("rma.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(
    SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
)
HEADER = ",".join(COLUMNS)


def document(**changes: Any) -> dict[str, Any]:
    return {"rma": "R-1", "lines": [line()]} | changes


def line(**changes: Any) -> dict[str, Any]:
    return {"line": 1, "gtin": GTIN} | changes


def faults(sent: object) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        parse_rma(sent, "m")
    return caught.value.faults


def file_faults(path: Path) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        list(read_rmas(path))
    return caught.value.faults


def write(directory: Path, text: str | bytes, name: str = "rmas.csv") -> Path:
    path = directory / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_parse_when_everything_is_given_then_everything_is_kept() -> None:
    assert parse_rma(SCHEMA["examples"][0]) == Rma(
        "RMA-1001",
        (
            RmaLine(
                "RMA-1001",
                1,
                2,
                GTIN,
                frozenset({"6789"}),
                frozenset(),
                "SHIRT-M",
                "SIZE_TOO_SMALL",
                "apparel",
                Decimal("59.90"),
                "EUR",
            ),
        ),
        1_795_168_800_000_000,
        None,
        "SO-1",
        "C-77",
    )


@pytest.mark.parametrize(
    ("fields", "quantity"),
    [
        ({}, 1),
        ({"serials": ["1", "2"]}, 2),
        ({"gtin": None, "epcs": [EPC.lower()]}, 1),
        ({"serials": ["1", "9"], "epcs": [EPC], "gtin": "00614141000012"}, 2),
        ({"serials": ["8", "9"], "epcs": [EPC], "gtin": "00614141000012"}, 3),
        ({"quantity": 7, "serials": ["1"]}, 7),
    ],
)
def test_parse_when_quantity_is_open_then_as_many_as_are_named(fields: dict[str, Any], quantity: int) -> None:
    parsed = parse_rma(document(lines=[line(**fields)])).lines[0]
    assert parsed.quantity == quantity
    assert all(epc == epc.upper() for epc in parsed.epcs)


@pytest.mark.parametrize(
    ("given_gtin", "stored"),
    [
        ("96385074", "00000096385074"),
        ("036000291452", "00036000291452"),
        ("4006381333931", "04006381333931"),
        (GTIN, GTIN),
    ],
)
def test_parse_when_gtins_are_short_then_padded_to_fourteen(given_gtin: str, stored: str) -> None:
    assert parse_rma(document(lines=[line(gtin=given_gtin)])).lines[0].gtin == stored


BAD = [
    ([], "m: is not a JSON object"),
    ({"rma": "R", "lines": None}, "m: lines: is missing"),
    (document(lines=[]), "m: lines: is not a list of at least one line"),
    (document(rma=None), "m: rma: is missing"),
    (document(rma="R\n1"), "m: rma: 'R\\n1' is not 1 to 80 printable characters"),
    (document(rma="x" * 81), "is not 1 to 80 printable"),
    (document(rma=" R"), "without outer spaces"),
    (document(rma=7), "m: rma: 7 is not text"),
    (document(colour="red"), "m: colour: is unknown: known are customer, expires_at, lines"),
    (
        document(opened_at="2026-11-20T10:00:00"),
        "m: opened_at: '2026-11-20T10:00:00' is not a time as ISO 8601",
    ),
    (document(opened_at="2026-11-20"), "is not a time"),
    (document(opened_at=1763632800), "m: opened_at: 1763632800 is not a time"),
    (document(opened_at="1969-12-31T23:59:59Z"), "is before 1970"),
    (
        document(opened_at="2026-11-20T10:00:00Z", expires_at="2026-11-20T10:00:00+00:00"),
        "m: expires_at: is not after opened_at",
    ),
    (document(lines=["x"]), "m: lines[0]: is not a JSON object"),
    (document(lines=[line(line=0)]), "m: lines[0]: line: 0 is not a whole number from 1 to"),
    (document(lines=[line(line=True)]), "line: True is not a whole number"),
    (document(lines=[line(line=1.0)]), "line: 1.0 is not a whole number"),
    (document(lines=[line(line=None)]), "m: lines[0]: line: is missing"),
    (document(lines=[line(gtin="80614141123457")]), "gtin: '80614141123457': its check digit should be 8"),
    (document(lines=[line(gtin="00000000000000")]), "is no GTIN: it is all zeros"),
    (document(lines=[line(gtin="٨0614141123458")]), "is not a GTIN of 8, 12, 13 or 14 digits"),
    (document(lines=[line(gtin=80614141123458)]), "is not a GTIN"),
    (document(lines=[line(gtin=None)]), "m: lines[0]: gtin: is missing: a line names its items by"),
    (
        document(lines=[line(gtin=None, serials=["1"])]),
        "gtin: is missing: a serial number counts within its GTIN",
    ),
    (
        document(lines=[line(line=number, quantity=1_000_000) for number in range(1, 12)]),
        "quantity: 11000000 over all lines, more than 10000000",
    ),
    (document(lines=[line(quantity=0)]), "quantity: 0 is not a whole number from 1 to 1000000"),
    (document(lines=[line(quantity="2")]), "quantity: '2' is not a whole number"),
    (
        document(lines=[line(quantity=1, serials=["1", "2"])]),
        "quantity: 1 is less than the 2 items the line names",
    ),
    (document(lines=[line(serials="1")]), "m: lines[0]: serials: is not a list"),
    (document(lines=[line(serials=["a b"])]), "m: lines[0]: serials[0]: 'a b' is not a serial number"),
    (document(lines=[line(serials=["1" * 21])]), "is not a serial number"),
    (document(lines=[line(serials=["1", "1"])]), "m: lines[0]: serials: 1 stands on this RMA twice"),
    (document(lines=[line(epcs=["303"])]), "m: lines[0]: epcs[0]: '303' is not an EPC"),
    (document(lines=[line(epcs=["00" * 12])]), "is no EPC: it is all zeros"),
    (document(lines=[line(epcs=[EPC, EPC.lower()])]), f"epcs: {EPC} stands on this RMA twice"),
    (document(lines=[line(), line()]), "m: lines[1]: line: 1 stands on this RMA twice"),
    (document(lines=[line(value=59.9)]), "value: 59.9 is not an amount as decimal text"),
    (document(lines=[line(value="-1")]), "is not an amount"),
    (document(lines=[line(value="1e3")]), "is not an amount"),
    (document(lines=[line(currency="eur")]), "is not a currency of three letters"),
    (document(lines=[line(serial="1")]), "m: lines[0]: serial: is unknown"),
]


@pytest.mark.parametrize(("sent", "says"), BAD)
def test_parse_when_faulty_then_place_and_field_are_named(sent: object, says: str) -> None:
    found = faults(sent)
    assert any(says in fault for fault in found), found
    assert all(fault.startswith("m: ") for fault in found)


def test_parse_when_several_fields_are_faulty_then_all_are_told() -> None:
    sent = document(rma="", order=5, lines=[line(gtin="1", quantity=0), line(line="x")])
    places = [fault.split(" is ")[0].rpartition(": ")[0] for fault in faults(sent)]
    assert places == [
        "m: rma",
        "m: order",
        "m: lines[0]: gtin",
        "m: lines[0]: quantity",
        "m: lines[1]: line",
    ]


def test_read_when_json_lines_then_one_rma_each(tmp_path: Path) -> None:
    lines = [json.dumps(document(rma=f"R-{n}")) for n in range(3)]
    path = write(tmp_path, "\ufeff" + "\n\n".join(lines) + "\n", "rmas.jsonl")
    assert [rma.rma for rma in read_rmas(path)] == ["R-0", "R-1", "R-2"]


def test_read_when_json_lines_are_faulty_then_each_fault_has_its_line(tmp_path: Path) -> None:
    text = [
        json.dumps(document()),
        "{",
        '{"rma":"R","rma":"S","lines":[]}',
        json.dumps(document(rma=1)),
        "[" * 100_000,
    ]
    found = file_faults(write(tmp_path, "\n".join(text).encode() + b'\n{"rma":"\xff"}', "rmas.jsonl"))
    assert [fault.split(": ")[0] for fault in found] == [f"rmas.jsonl:{number}" for number in (2, 3, 4, 5, 6)]
    assert "a key is given twice" in found[1]
    assert "utf-8" in found[4]


CSV = f"""{HEADER}
R-1,1,{GTIN},A1,,,shirt,UNWANTED,apparel,SO-1,C-1,59.90,EUR,2026-11-20T10:00:00Z,

R-1,1,{GTIN},A2,,,,,,,,,,,
R-1,1,{GTIN},,,2,shirt,,,SO-1,,,,,
R-1,2,,,{EPC},,,,,,,,,,
"R-2",7,{GTIN},,,,,,,,,,,,2026-12-20T10:00:00+01:00
"""


def test_read_when_csv_then_rows_of_an_rma_add_up(tmp_path: Path) -> None:
    first, second = read_rmas(write(tmp_path, CSV.replace("\n", "\r\n")))
    assert (first.rma, first.order, first.customer) == ("R-1", "SO-1", "C-1")
    shirts, named = first.lines
    assert (shirts.quantity, shirts.serials, shirts.sku, shirts.value) == (
        4,
        frozenset({"A1", "A2"}),
        "shirt",
        Decimal("59.90"),
    )
    assert (named.line, named.quantity, named.epcs, named.gtin) == (2, 1, frozenset({EPC}), None)
    assert (second.rma, second.lines[0].line, second.expires_us) == ("R-2", 7, 1_797_757_200_000_000)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["R-1,x"], "rmas.csv:2: line: 'x' is not a whole number"),
        (["R-1,1,5"], "rmas.csv:2: gtin: '5' is not a GTIN"),
        ([f"R-1,1,{GTIN},1", f"R-1,1,{GTIN},1"], "rmas.csv:2: serials: 1 stands on this RMA twice"),
        (
            [f"R-1,1,{GTIN}", f"R-2,1,{GTIN}", f"R-1,2,{GTIN}"],
            "rmas.csv:4: rma: R-1 stands further up already",
        ),
        (
            [f"R-1,1,{GTIN}", "R-1,1,4006381333931"],
            "rmas.csv:3: gtin: is not what an earlier row of the same RMA says",
        ),
        (
            [f"R-1,1,{GTIN},,,,,,,SO-1", f"R-1,2,{GTIN},,,,,,,SO-2"],
            "rmas.csv:3: order: is not what an earlier row",
        ),
        (["R-1,1"], "rmas.csv:2: gtin: is missing: a line names"),
        ([",1"], "rmas.csv:2: rma: is missing"),
        (["R-1"], "rmas.csv:2: line: is missing"),
        ([f"R-1,1,{GTIN},,,9999999999"], "rmas.csv:2: quantity: '9999999999' is not a whole number"),
        (['R-1,1,"'], "is no CSV"),
    ],
)
def test_read_when_csv_rows_are_faulty_then_line_and_field_are_named(
    tmp_path: Path, rows: list[str], says: str
) -> None:
    width = len(COLUMNS)
    padded = [row if '"' in row else row + "," * (width - 1 - row.count(",")) for row in rows]
    found = file_faults(write(tmp_path, "\n".join([HEADER, *padded]) + "\n"))
    assert any(says in fault for fault in found), found


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("rma,line,gtin,colour", "rmas.csv:1: colour: is unknown: columns are rma, line"),
        ("rma;line;gtin", "rmas.csv:1: its columns are separated by semicolons: save it with commas"),
        ("rma,gtin", "rmas.csv:1: line: the column is missing"),
        ("rma,line,gtin,gtin", "rmas.csv:1: gtin: the column is given twice"),
        ("", "rmas.csv:1: has no header: the first line names the columns, such as rma,line,gtin"),
        ("R-1,1,80614141123458", "rmas.csv:1: has no header: the first line names"),
    ],
)
def test_read_when_the_csv_header_is_wrong_then_the_column_is_named(
    tmp_path: Path, header: str, says: str
) -> None:
    found = file_faults(write(tmp_path, f"{header}\nR-1,1,{GTIN}\n"))
    assert any(says in fault for fault in found), found


def test_read_when_a_row_is_short_then_said(tmp_path: Path) -> None:
    assert file_faults(write(tmp_path, f"{HEADER}\nR-1,1\n")) == (
        "rmas.csv:2: has 2 fields, the header has 15: a text with a comma stands in quotes, decimals have a point",
    )


def test_read_when_saved_as_utf_16_then_one_sentence(tmp_path: Path) -> None:
    assert file_faults(write(tmp_path, f"{HEADER}\nR-1,1,{GTIN}\n".encode("utf-16"))) == (
        "rmas.csv:1: is no text in UTF-8: save it as CSV in UTF-8",
    )


@pytest.mark.parametrize("gtin", ["8.06141E+13", "8,06E+13", "8E+13"])
def test_read_when_a_spreadsheet_rounded_a_gtin_then_said(tmp_path: Path, gtin: str) -> None:
    (fault,) = file_faults(write(tmp_path, f'rma,line,gtin\nR-1,1,"{gtin}"\n'))
    assert fault.endswith(": a spreadsheet has rounded it; format its column as text")


def test_read_when_a_gtin_is_a_number_in_json_then_it_must_be_text(tmp_path: Path) -> None:
    text = json.dumps(document(lines=[{"line": 1, "gtin": int(GTIN)}]))
    (fault,) = file_faults(write(tmp_path, text, "rmas.jsonl"))
    assert fault.endswith("14 digits: it is a number; write it as text, in quotes")


def test_read_when_not_text_then_the_field_is_named(tmp_path: Path) -> None:
    found = file_faults(write(tmp_path, b"rma,line,gtin\nR-\xff,1,80614141123458\n"))
    assert found[0].startswith("rmas.csv:2: rma: ")


def test_read_when_very_faulty_then_bounded_and_counted(tmp_path: Path) -> None:
    found = file_faults(write(tmp_path, "rma,line,gtin\n" + "R,x,1\n" * 5_000))
    assert len(found) == MAX_FAULTS + 1
    assert found[-1] == "and 9900 more faults"


def test_read_when_a_late_line_is_faulty_then_not_one_rma_is_given(tmp_path: Path) -> None:
    good = [json.dumps(document(rma=f"R-{n}")) for n in range(200)]
    path = write(tmp_path, "\n".join([*good, "{"]), "rmas.jsonl")
    given_rmas = read_rmas(path)
    with pytest.raises(InputError):
        next(given_rmas)


def test_read_when_the_file_is_missing_then_said(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in file_faults(tmp_path / "none.csv")[0]


def test_read_when_it_comes_through_a_pipe_then_still_judged_first(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(CSV))
    writer.start()
    assert [rma.rma for rma in read_rmas(pipe)] == ["R-1", "R-2"]
    writer.join()


def test_schema_when_compared_then_it_names_the_same_fields() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    line_schema = SCHEMA["$defs"]["line"]["properties"]
    assert set(SCHEMA["properties"]) == {*RMA_FIELDS, "lines"}
    assert set(line_schema) == {*LINE_FIELDS, "serials", "epcs"}


@pytest.mark.parametrize("example", SCHEMA["examples"])
def test_schema_when_its_examples_are_sent_then_they_are_good(example: object) -> None:
    VALIDATOR.validate(example)
    parse_rma(example)


BEYOND_THE_SCHEMA = (
    "over all lines",
    "check digit",
    "all zeros",
    "stands on this RMA twice",
    "less than the",
    "is not after",
    "is before 1970",
    "printable",
    "without outer spaces",
    "1.0 is not a whole number",
)
"""JSON Schema cannot say these, or has another idea of a whole number."""


@pytest.mark.parametrize(
    "sent", [sent for sent, says in BAD if not any(beyond in says for beyond in BEYOND_THE_SCHEMA)]
)
def test_schema_when_a_document_is_faulty_then_it_refuses_it_too(sent: object) -> None:
    assert not VALIDATOR.is_valid(sent)


TEXT = st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=90)
GOOD_LINE = st.fixed_dictionaries(
    {"line": st.integers(1, 50)},
    optional={
        "gtin": st.sampled_from([GTIN, "4006381333931", "96385074", None]),
        "quantity": st.one_of(st.none(), st.integers(0, 5)),
        "serials": st.lists(st.from_regex(r"[A-Z0-9]{1,21}", fullmatch=True), max_size=3),
        "epcs": st.lists(st.from_regex(r"30[0-9A-F]{2,22}", fullmatch=True), max_size=3),
        "sku": TEXT,
        "value": st.one_of(st.from_regex(r"[0-9]{1,3}(\.[0-9]{2})?", fullmatch=True), st.floats()),
        "currency": st.sampled_from(["EUR", "USD", "euro", None]),
        "surprise": st.none(),
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {"rma": TEXT, "lines": st.lists(GOOD_LINE, max_size=4)},
    optional={"order": TEXT, "opened_at": st.one_of(st.none(), st.just("2026-11-20T10:00:00Z"), TEXT)},
)


@given(DOCUMENTS)
def test_schema_when_any_document_is_sent_then_both_judge_alike(sent: dict[str, Any]) -> None:
    try:
        parse_rma(sent)
    except InputError as error:
        if not any(beyond in fault for fault in error.faults for beyond in BEYOND_THE_SCHEMA):
            assert not VALIDATOR.is_valid(sent), error.faults
    else:
        assert VALIDATOR.is_valid(sent)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_parse_when_anything_is_sent_then_an_rma_or_an_input_error(sent: object) -> None:
    with pytest.raises(InputError):
        parse_rma(sent)


@given(st.binary(max_size=300))
def test_read_when_any_bytes_are_sent_then_rmas_or_an_input_error(sent: bytes) -> None:
    with NamedTemporaryFile() as file:
        Path(file.name).write_bytes(sent)
        try:
            list(read_rmas(Path(file.name)))
        except InputError as error:
            assert error.faults
