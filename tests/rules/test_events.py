"""Ids of facts and URIs of RMAs."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from rules.events import fact_id, rma_uri


@given(st.lists(st.text(max_size=5) | st.integers(), min_size=1, max_size=4))
def test_fact_id_when_told_twice_then_it_is_the_same_uuid(words: list[str | int]) -> None:
    found = UUID(fact_id(*words))
    assert fact_id(*words) == str(found)
    assert (found.version, found.variant) == (8, "specified in RFC 4122")


def test_fact_id_when_any_word_differs_then_it_is_another() -> None:
    facts = [
        ("receipt", "R1", 1, "x"),
        ("receipt", "R1", 11, "x"),
        ("receipt", "R11", 1, "x"),
        ("restock", "R1", 1, "x"),
    ]
    assert len({fact_id(*fact) for fact in facts}) == 4


def test_fact_id_when_words_are_cut_elsewhere_then_it_is_another() -> None:
    assert fact_id("ab", "c") != fact_id("a", "bc")


def test_fact_id_when_published_once_then_it_never_changes() -> None:
    assert fact_id("receipt", "RMA-1001", 1, "https://id.gs1.org/01/80614141123458/21/6789", 0) == (
        "f44975f9-e901-8226-9d43-cb8125765a96"
    )


def test_rma_uri_when_the_number_has_special_characters_then_they_are_escaped() -> None:
    assert rma_uri("RMA-1") == "urn:returns-gateway:rma:RMA-1"
    assert rma_uri("RMA 1/ä") == "urn:returns-gateway:rma:RMA%201%2F%C3%A4"
