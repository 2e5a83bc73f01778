"""The token: who shows it may write, who guesses must wait, and without one nobody may."""

import pytest

from gateway.web.access import FAILURES, MAX_ADDRESSES, WINDOW_SECONDS, Guard

RIGHT = "Bearer secret"
WRONG = "Bearer guess"


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def status(guard: Guard, authorization: str | None, address: str = "10.0.0.1") -> int | None:
    refusal = guard.check(address, authorization)
    return None if refusal is None else refusal.status


def test_check_when_the_token_is_right_then_it_lets_in() -> None:
    guard = Guard("secret")
    assert guard.is_open
    assert status(guard, RIGHT) is None
    assert status(guard, "Bearer  secret ") is None


@pytest.mark.parametrize("given", [None, "", "secret", "Basic secret", "bearer secret"])
def test_check_when_no_token_is_shown_then_it_asks_for_it_and_counts_nothing(given: str | None) -> None:
    guard = Guard("secret")
    assert {status(guard, given) for _ in range(FAILURES * 2)} == {401}
    assert status(guard, RIGHT) is None


@pytest.mark.parametrize(
    "given", ["Bearer ", "Bearer secre", "Bearer secrets", "Bearer \udcff", "Bearer " + "x" * 9000]
)
def test_check_when_the_token_is_wrong_then_it_is_refused(given: str) -> None:
    assert status(Guard("secret"), given) == 401


def test_check_when_there_is_no_token_then_nobody_gets_in_and_it_says_what_to_do() -> None:
    guard = Guard(None)
    assert not guard.is_open
    refusal = guard.check("10.0.0.1", RIGHT)
    assert refusal is not None
    assert (refusal.status, "token_file" in refusal.error) == (403, True)


def test_check_when_somebody_guesses_then_even_the_right_token_must_wait_until_the_window_is_over() -> None:
    clock = Clock()
    guard = Guard("secret", clock)
    for _ in range(FAILURES):
        assert status(guard, WRONG) == 401
        clock.seconds += 1
    refusal = guard.check("10.0.0.1", RIGHT)
    assert refusal is not None
    assert refusal.status == 429
    assert refusal.retry_seconds is not None
    clock.seconds += refusal.retry_seconds
    assert status(guard, RIGHT) is None


def test_check_when_one_address_guesses_then_others_are_let_in() -> None:
    guard = Guard("secret", Clock())
    for _ in range(FAILURES):
        status(guard, WRONG)
    assert status(guard, RIGHT, "10.0.0.2") is None
    assert status(guard, RIGHT) == 429


def test_check_when_the_right_token_comes_in_between_then_the_count_starts_again() -> None:
    guard = Guard("secret", Clock())
    for _ in range(3):
        for _ in range(FAILURES - 1):
            assert status(guard, WRONG) == 401
        assert status(guard, RIGHT) is None


def test_check_when_many_addresses_guess_then_memory_is_bounded_and_the_oldest_is_forgotten() -> None:
    guard = Guard("secret", Clock())
    for number in range(MAX_ADDRESSES + 10):
        status(guard, WRONG, str(number))
    assert len(guard._failures) == MAX_ADDRESSES
    assert "0" not in guard._failures


def test_answer_when_refused_then_it_is_json_with_the_headers_of_its_status() -> None:
    clock = Clock()
    guard = Guard("secret", clock)
    refused = [guard.check("a", WRONG) for _ in range(FAILURES + 1)]
    assert refused[0] is not None
    assert refused[-1] is not None
    assert refused[0].answer().headers["WWW-Authenticate"] == "Bearer"
    assert 0 < int(refused[-1].answer().headers["Retry-After"]) <= WINDOW_SECONDS + 1
