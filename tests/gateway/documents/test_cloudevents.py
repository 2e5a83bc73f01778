import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

from gateway.documents import cloudevents
from gateway.documents.cloudevents import decode_event, encode_event, rfc3339, source, subject_of, topic
from readers.status import ReaderState
from rules.events import Event
from rules.observation import Evidence
from rules.vocabulary import BizStep, Direction, EventKind, ExceptionCode, Grade, LineStatus, Refund, RmaState

DOCUMENTS = Path(cloudevents.__file__).parent
GOLDEN = Path(__file__).parents[2] / "golden" / "events"
SCHEMAS = {path.name: json.loads(path.read_text()) for path in sorted(DOCUMENTS.glob("*.schema.json"))}
REGISTRY: Registry[Any] = Registry().with_resources(
    (schema.get("$id", name), Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)
EVENT = Event(
    kind=EventKind.RECEIPT,
    id="6c1a2b3d-4e5f-8a6b-9c7d-000000000001",
    time_us=1_795_168_801_250_000,
    subject="https://id.gs1.org/01/80614141123458/21/6789",
    read_point="dock-1",
    biz_step=BizStep.RECEIVING,
    disposition="inspect",
    rma="RMA-1001",
    line=1,
    order="SO-1",
    customer="C-77 Müller & Söhne",
    reason="SIZE_TOO_SMALL",
    epc="3074257BF7194E4000001A85",
    epc_uri="urn:epc:id:sgtin:0614141.812345.6789",
    gtin="80614141123458",
    serial="6789",
    sku="SHIRT-M",
    quantity=1,
    expected=2,
    received=1,
    line_status=LineStatus.PARTIAL,
    refund=Refund.HELD,
    sellable=False,
    rule="default",
    ruleset="1f0c2f6f",
    confidence=0.98,
    evidence=Evidence(
        reads=12,
        antennas=(1, 2),
        first_seen_us=1_795_168_800_000_000,
        last_seen_us=1_795_168_801_250_000,
        peak_rssi_dbm=-52,
        direction=Direction.IN,
    ),
    match="serial",
)
RAW = "urn:epc:raw:96.x000000000000000000000001"
EVENTS = {
    EventKind.RECEIPT: EVENT,
    EventKind.CANDIDATE: EVENT._replace(kind=EventKind.CANDIDATE, confidence=0.55, detail="outside only"),
    EventKind.REVERSAL: EVENT._replace(kind=EventKind.REVERSAL, reverses=EVENT.id, received=0),
    EventKind.DISPOSITION: EVENT._replace(kind=EventKind.DISPOSITION, grade="B", route="R2"),
    EventKind.RESTOCK: EVENT._replace(kind=EventKind.RESTOCK, biz_step=BizStep.STOCKING, sellable=True),
    EventKind.EXCEPTION: Event(
        kind=EventKind.EXCEPTION,
        id="6c1a2b3d-4e5f-8a6b-9c7d-000000000002",
        time_us=0,
        subject=RAW,
        read_point="dock-1",
        epc="000000000000000000000001",
        epc_uri=RAW,
        code=ExceptionCode.UNKNOWN_ITEM,
        evidence=Evidence(1, (), 0, 0, None, Direction.UNCLEAR, late=True),
    ),
    EventKind.STATUS: Event(
        kind=EventKind.STATUS,
        id="6c1a2b3d-4e5f-8a6b-9c7d-000000000003",
        time_us=1_795_168_801_250_000,
        subject="urn:returns:rma:RMA-1001",
        rma="RMA-1001",
        status="received",
    ),
}


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(
        SCHEMAS[f"{name}.schema.json"],
        registry=REGISTRY,
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


@pytest.mark.parametrize("kind", EventKind)
def test_decode_event_when_encoded_then_all_that_is_published_comes_back(kind: EventKind) -> None:
    event = EVENTS[kind]
    assert decode_event(encode_event(event, source="/dc1/gw-1", sequence=7)) == event._replace(match=None)


@pytest.mark.parametrize("kind", EventKind)
def test_encode_event_when_given_each_kind_then_bytes_are_the_golden_ones(kind: EventKind) -> None:
    encoded = encode_event(EVENTS[kind], source=source("dc1", "gw-1"), sequence=42)
    assert encoded + b"\n" == (GOLDEN / f"{kind}.json").read_bytes()


@pytest.mark.parametrize("kind", EventKind)
def test_encode_event_when_given_each_kind_then_its_schema_accepts_it(kind: EventKind) -> None:
    document = json.loads(encode_event(EVENTS[kind], source="/dc1/gw-1", sequence=1))
    validator(kind).validate(document)


@pytest.mark.parametrize("kind", EventKind)
def test_schema_when_a_field_is_missing_or_unknown_then_it_is_refused(kind: EventKind) -> None:
    document = json.loads(encode_event(EVENTS[kind], source="/dc1/gw-1", sequence=1))
    for name in document["data"]:
        less = {**document, "data": {key: value for key, value in document["data"].items() if key != name}}
        with pytest.raises(ValidationError):
            validator(kind).validate(less)
    with pytest.raises(ValidationError):
        validator(kind).validate({**document, "data": {**document["data"], "surprise": 1}})
    with pytest.raises(ValidationError):
        validator(kind).validate({**document, "surprise": 1})
    with pytest.raises(ValidationError):
        validator(kind).validate({**document, "type": "returns.other.v1"})


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_schema_when_checked_then_it_is_a_schema_and_accepts_its_examples(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    for example in SCHEMAS[name].get("examples", []):
        validator(name.removesuffix(".schema.json")).validate(example)


def test_schemas_when_listed_then_all_but_the_shared_ones_have_examples() -> None:
    without = {name for name, schema in SCHEMAS.items() if not schema.get("examples")}
    assert without <= {"data.schema.json", "event.schema.json"}


def test_data_when_compared_with_the_event_then_no_field_is_forgotten() -> None:
    fields = set(Event._fields)
    unpublished = {"match", "sealed", "complete", "gpo"}
    common = fields - unpublished - {"kind", "id", "time_us", "subject", "code", "reverses", "status"}
    assert set(SCHEMAS["data.schema.json"]["properties"]) == common
    for kind, extra in {
        EventKind.RECEIPT: set(),
        EventKind.EXCEPTION: {"code"},
        EventKind.REVERSAL: {"reverses"},
        EventKind.STATUS: {"status"},
    }.items():
        document = json.loads(encode_event(EVENTS[kind], source="/a/b", sequence=1))
        assert set(document["data"]) == common | extra


def enum_of(schema: str, field: str) -> list[str | None]:
    properties = SCHEMAS[f"{schema}.schema.json"]["properties"]
    properties = properties.get("data", {}).get("properties", properties)
    words: list[str | None] = properties[field]["enum"]
    return words


def test_words_when_compared_with_the_vocabulary_then_schemas_know_them_all() -> None:
    assert enum_of("status", "status") == list(RmaState)
    assert enum_of("exception", "code") == list(ExceptionCode)
    assert enum_of("data", "grade") == [*Grade, None]
    assert enum_of("data", "refund") == [*Refund, None]
    assert enum_of("data", "line_status") == [*LineStatus, None]
    assert enum_of("data", "biz_step") == [*BizStep, None]
    assert enum_of("reader-state", "state") == list(ReaderState)
    evidence = SCHEMAS["data.schema.json"]["$defs"]["evidence"]["properties"]
    assert set(evidence["direction"]["enum"]) == set(Direction)


def test_topic_when_given_an_event_then_levels_come_from_the_configuration() -> None:
    assert topic("returns/v1", "dc1", EVENT) == "returns/v1/dc1/dock-1/receipt"
    assert topic("returns/v1", "dc1", EVENTS[EventKind.STATUS]) == "returns/v1/dc1/-/status"


def test_sequence_when_encoded_then_it_has_eighteen_digits() -> None:
    assert json.loads(encode_event(EVENT, source="/a/b", sequence=10**18 - 1))["sequence"] == "9" * 18
    assert json.loads(encode_event(EVENT, source="/a/b", sequence=0))["sequence"] == "0" * 18


def test_confidence_when_not_a_number_then_no_invalid_json_is_written() -> None:
    with pytest.raises(ValueError):
        encode_event(EVENT._replace(confidence=float("nan")), source="/a/b", sequence=1)


@given(
    st.text(st.characters(codec=None, exclude_categories=())),
    st.text(),
    st.integers(min_value=0, max_value=10**18 - 1),
)
def test_encode_event_when_texts_are_any_then_json_in_utf8_with_the_same_bytes_each_time(
    customer: str, subject: str, sequence: int
) -> None:
    event = EVENT._replace(customer=customer, subject=subject)
    encoded = encode_event(event, source="/dc1/gw-1", sequence=sequence)
    document = json.loads(encoded.decode("utf-8"))
    assert document["data"]["customer"] == customer.encode("utf-8", "replace").decode()
    assert document["subject"] == subject
    assert encoded == encode_event(event, source="/dc1/gw-1", sequence=sequence)
    assert json.loads(b'"' + subject_of(encoded) + b'"') == subject


@given(st.integers(min_value=0, max_value=253_402_300_799_999_999))
def test_rfc3339_when_any_time_until_9999_then_microseconds_and_zone(time_us: int) -> None:
    words = rfc3339(time_us)
    assert len(words) == 27
    assert datetime.fromisoformat(words) == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time_us)


def test_subject_of_when_payload_is_something_else_then_empty() -> None:
    assert subject_of(b"") == b""
    assert subject_of(b'{"a":"b","subject":"x"}') == b""
