import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from gateway.documents.cloudevents import encode_event
from gateway.documents.epcis import encode_epcis, epcis_topic, sgln_link
from rules.events import Event
from rules.vocabulary import BizStep, EventKind, ExceptionCode
from tests.gateway.documents.test_cloudevents import EVENT, EVENTS

SCHEMA = Path(__file__).parents[3] / "../shared/epcis/EPCIS-JSON-Schema.json"
SGLNS = {"dock-1": "urn:epc:id:sgln:0614141.00001.1", "shelf-7": None}
TOLD = {
    "receipt": EVENTS[EventKind.RECEIPT],
    "receipt nowhere": EVENT._replace(read_point="shelf-7"),
    "receipt without rma": EVENT._replace(rma=None),
    "receipt of a strange rma": EVENT._replace(rma="R/1 ä?&"),
    "receipt of a strange serial": EVENT._replace(
        subject="https://id.gs1.org/01/80614141123458/21/6%2F7%26%25"
    ),
    "restock": EVENTS[EventKind.RESTOCK],
    "disposition": EVENTS[EventKind.DISPOSITION],
    "damaged": EVENTS[EventKind.DISPOSITION]._replace(biz_step=BizStep.INSPECTING, grade="D"),
    "recycled": EVENTS[EventKind.DISPOSITION]._replace(biz_step=BizStep.DISPOSING, disposition="recycle"),
    "sent on": EVENTS[EventKind.DISPOSITION]._replace(biz_step=BizStep.DISPOSING, disposition="liquidate"),
    "over": EVENT._replace(kind=EventKind.EXCEPTION, code=ExceptionCode.OVER_RECEIPT),
}
WORDS = {
    "receipt": ("OBSERVE", "receiving", "returned"),
    "restock": ("OBSERVE", "stocking", "sellable_accessible"),
    "disposition": ("OBSERVE", "inspecting", "in_progress"),
    "damaged": ("OBSERVE", "inspecting", "damaged"),
    "recycled": ("DELETE", "destroying", "destroyed"),
    "sent on": ("OBSERVE", "shipping", "in_transit"),
    "over": ("OBSERVE", "receiving", "mismatch_quantity"),
}


def told(event: Event, sequence: int = 1) -> bytes | None:
    return encode_epcis(encode_event(event, source="/dc1/gw-1", sequence=sequence), SGLNS)


def only_event(document: bytes | None) -> dict[str, Any]:
    assert document is not None
    (event,) = json.loads(document)["epcisBody"]["eventList"]
    return dict(event)


def spelt_out(document: bytes) -> dict[str, Any]:
    """Without GS1's JSON-LD context, which the judge would fetch, and so with the words' full URIs."""
    spelt: dict[str, Any] = {**json.loads(document), "@context": {}}
    (event,) = spelt["epcisBody"]["eventList"]
    event["bizStep"] = f"https://ref.gs1.org/cbv/BizStep-{event['bizStep']}"
    event["disposition"] = f"https://ref.gs1.org/cbv/Disp-{event['disposition']}"
    for transaction in event.get("bizTransactionList", []):
        transaction["type"] = f"https://ref.gs1.org/cbv/BTT-{transaction['type']}"
    return spelt


@pytest.mark.parametrize("name", TOLD)
def test_encode_epcis_when_judged_by_the_hash_generator_then_the_same_event_id(name: str) -> None:
    judge = pytest.importorskip(
        "epcis_event_hash_generator.hash_generator", reason="pip install epcis-event-hash-generator"
    )
    reader = pytest.importorskip("epcis_event_hash_generator.json_to_py")
    document = told(TOLD[name])
    assert document is not None
    (judged,) = judge.epcis_hashes_from_events(
        reader.event_list_from_epcis_document_json(spelt_out(document))
    )
    assert only_event(document)["eventID"] == judged


@pytest.mark.parametrize("name", TOLD)
def test_encode_epcis_when_judged_by_the_official_schema_then_valid(name: str) -> None:
    if not SCHEMA.exists():
        pytest.skip("the official EPCIS schema is not beside the repository")
    document = told(TOLD[name])
    assert document is not None
    Draft7Validator(json.loads(SCHEMA.read_text())).validate(json.loads(document))


@pytest.mark.parametrize("name", WORDS)
def test_encode_epcis_when_given_a_fact_then_in_words_of_the_cbv(name: str) -> None:
    event = only_event(told(TOLD[name]))
    assert (event["action"], event["bizStep"], event["disposition"]) == WORDS[name]


def test_encode_epcis_when_receipt_then_all_fields_are_there() -> None:
    assert only_event(told(EVENT)) == {
        "type": "ObjectEvent",
        "eventID": only_event(told(EVENT))["eventID"],
        "eventTime": "2026-11-20T10:00:01.250Z",
        "eventTimeZoneOffset": "+00:00",
        "epcList": ["https://id.gs1.org/01/80614141123458/21/6789"],
        "action": "OBSERVE",
        "bizStep": "receiving",
        "disposition": "returned",
        "readPoint": {"id": "https://id.gs1.org/414/0614141000012/254/1"},
        "bizTransactionList": [{"type": "rma", "bizTransaction": "urn:returns-gateway:rma:RMA-1001"}],
    }


def test_encode_epcis_when_sent_again_or_under_another_sequence_then_the_same_bytes() -> None:
    assert told(EVENT) == told(EVENT) == told(EVENT, sequence=2)


@pytest.mark.parametrize("kind", [EventKind.CANDIDATE, EventKind.REVERSAL, EventKind.STATUS])
def test_encode_epcis_when_epcis_has_no_way_to_say_it_then_none(kind: EventKind) -> None:
    assert told(EVENTS[kind]) is None


def test_encode_epcis_when_item_has_no_epc_uri_then_none() -> None:
    assert told(EVENTS[EventKind.EXCEPTION]) is None
    assert (
        told(EVENTS[EventKind.EXCEPTION]._replace(subject=EVENT.subject, code=ExceptionCode.SUSPECT)) is None
    )


@pytest.mark.parametrize(
    ("sgln", "link"),
    [
        ("urn:epc:id:sgln:0614141.00001.0", "https://id.gs1.org/414/0614141000012"),
        ("urn:epc:id:sgln:0614141.12345.400", "https://id.gs1.org/414/0614141123452/254/400"),
        ("urn:epc:id:sgln:061414112345..7", "https://id.gs1.org/414/0614141123452/254/7"),
    ],
)
def test_sgln_link_when_given_a_urn_then_gln_with_check_digit(sgln: str, link: str) -> None:
    assert sgln_link(sgln) == link


def test_epcis_topic_when_given_an_events_topic_then_beside_it() -> None:
    assert epcis_topic("returns/v1/dc1/dock-1/receipt") == "returns/v1/dc1/dock-1/epcis"
