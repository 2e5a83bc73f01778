from random import Random

from readers.backoff import Backoff


def test_delays_when_failing_on_double_up_to_the_bound_and_go_on_for_ever() -> None:
    backoff = Backoff(Random(1), max_seconds=30.0)
    delays = [backoff.next_delay() for _ in range(5000)]
    for failures, delay in enumerate(delays):
        bound = min(30.0, 0.5 * 2 ** min(failures, 16))
        assert bound / 2 <= delay <= bound


def test_delays_of_two_readers_differ() -> None:
    one, other = Backoff(Random(1)), Backoff(Random(2))
    assert [one.next_delay() for _ in range(4)] != [other.next_delay() for _ in range(4)]


def test_delay_after_a_healthy_session_is_short_again() -> None:
    backoff = Backoff(Random(1))
    for _ in range(10):
        backoff.next_delay()
    backoff.reset()
    assert backoff.next_delay() <= 0.5
