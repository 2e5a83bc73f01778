import asyncio

import pytest

from readers.errors import DeadlineError, InternalError, ReaderError
from readers.guard import Guard


def test_guard_when_nothing_is_raised_blames_nobody() -> None:
    faults: list[ReaderError] = []
    with Guard(faults.append):
        pass
    assert faults == []


def test_guard_when_a_reader_is_at_fault_says_so() -> None:
    faults: list[ReaderError] = []
    error = DeadlineError("no reply")
    with Guard(faults.append):
        raise error
    assert faults == [error]


def test_guard_when_the_program_is_at_fault_tells_it_with_its_cause() -> None:
    faults: list[ReaderError] = []
    error = KeyError("antenna")
    with Guard(faults.append):
        raise error
    assert isinstance(faults[0], InternalError)
    assert faults[0].__cause__ is error
    assert str(faults[0]) == "a fault of this program, not of the reader's: KeyError('antenna')"


@pytest.mark.parametrize("ending", [asyncio.CancelledError(), KeyboardInterrupt(), SystemExit(1)])
def test_guard_when_the_end_is_wanted_lets_it_pass(ending: BaseException) -> None:
    faults: list[ReaderError] = []
    with pytest.raises(type(ending)), Guard(faults.append):
        raise ending
    assert faults == []
