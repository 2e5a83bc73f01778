"""The doors' time goes on with what readers tell of the past, and waits for readers after a restart."""

from gateway.readpoints.doortime import AWAITED_US, CAUGHT_UP_US, PAUSE_US, DoorTime

NOW = 1_700_000_000_000_000


def test_at_when_nothing_is_told_late_then_it_is_now() -> None:
    assert DoorTime().at(NOW) == NOW


def test_at_when_a_backlog_comes_in_then_time_is_as_far_as_it_goes_until_it_pauses() -> None:
    time = DoorTime()
    time.told(NOW - 9_000_000, NOW)
    assert time.at(NOW) == NOW - 9_000_000
    assert time.at(NOW + PAUSE_US) == NOW + PAUSE_US


def test_at_when_passages_go_on_then_time_stands_still_until_all_their_readers_are_back() -> None:
    time = DoorTime()
    time.resume(NOW - 5_000_000, ["a", "b"], NOW)
    time.connected("a", NOW + 1)
    time.connected("other", NOW + 1)
    assert time.at(NOW + AWAITED_US - 1) == NOW - 5_000_000
    time.connected("b", NOW + 2)
    assert time.at(NOW + 1 + CAUGHT_UP_US) == NOW - 5_000_000
    assert time.at(NOW + 2 + CAUGHT_UP_US) == NOW + 2 + CAUGHT_UP_US


def test_at_when_a_reader_stays_away_then_the_waiting_has_an_end() -> None:
    time = DoorTime()
    time.resume(NOW - 5_000_000, ["a"], NOW)
    assert time.at(NOW + AWAITED_US) == NOW + AWAITED_US


def test_at_when_one_reader_has_told_its_backlog_then_the_others_are_still_awaited() -> None:
    time = DoorTime()
    time.resume(NOW - 5_000_000, ["a", "b"], NOW)
    time.connected("a", NOW)
    time.told(NOW - 3_000_000, NOW)
    assert time.at(NOW + 2 * PAUSE_US) == NOW - 3_000_000
