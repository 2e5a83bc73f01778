import logging

import pytest

from readers.journal import REPEAT_US, Journal


def test_fact_when_repeated_is_told_once_and_counted_later(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal("dock-1", "10.0.0.1:5084")
    with caplog.at_level(logging.INFO, "readers.reader"):
        for second in range(5):
            journal.tell(
                logging.WARNING, "connection refused", second * 1_000_000, f"; next try in {second} s"
            )
        journal.tell(logging.WARNING, "connection refused", REPEAT_US + 1, "; next try in 9 s")
    assert caplog.messages == [
        "reader dock-1 at 10.0.0.1:5084: connection refused; next try in 0 s",
        "reader dock-1 at 10.0.0.1:5084: connection refused; next try in 9 s (4 times since)",
    ]


def test_facts_when_ever_new_are_told_but_not_kept(caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal("dock-1", "10.0.0.1:5084")
    with caplog.at_level(logging.INFO, "readers.reader"):
        for number in range(1000):
            journal.tell(logging.INFO, f"fact {number}", 0)
    assert len(caplog.messages) == 1000
    assert len(journal._said) <= 64
