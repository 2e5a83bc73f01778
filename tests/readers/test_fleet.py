import pytest

from readers.discovery import MAX_HOSTS, hosts_of
from readers.fleet import STUCK_SECONDS, Fleet
from readers.settings import ReaderSettings
from readers.status import ReaderState
from tests.readers.test_reader import Silence


def test_statuses_of_a_fleet_that_does_not_run_are_connecting() -> None:
    fleet = Fleet([ReaderSettings("a", "10.0.0.1"), ReaderSettings("b", "10.0.0.2")], Silence())
    assert [(one.reader, one.state) for one in fleet.statuses] == [
        ("a", ReaderState.CONNECTING),
        ("b", ReaderState.CONNECTING),
    ]
    assert fleet.reports == {"a": 0, "b": 0}


def test_reader_when_added_and_removed_before_the_fleet_runs_is_known_and_forgotten() -> None:
    fleet = Fleet([], Silence())
    fleet.add(ReaderSettings("a", "10.0.0.1"))
    assert [one.reader for one in fleet.statuses] == ["a"]
    fleet.remove("a")
    fleet.remove("a")
    assert fleet.statuses == ()


def test_hosts_of_a_network_are_its_addresses() -> None:
    assert hosts_of("10.0.0.5/30") == ["10.0.0.5", "10.0.0.6"]
    assert hosts_of("10.0.0.9") == ["10.0.0.9"]


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "dock", "10.0.0.0/33"])
def test_hosts_of_what_is_no_network_or_too_large_are_refused(cidr: str) -> None:
    with pytest.raises(ValueError):
        hosts_of(cidr)
    assert MAX_HOSTS == 65_536


class Late:
    """Stands for a reader's task and for the reader behind it."""

    def __init__(self, *, late_seconds: float = 0.0, is_done: bool = False) -> None:
        self.late_seconds = late_seconds
        self._is_done = is_done

    def done(self) -> bool:
        return self._is_done


def test_stuck_when_a_task_ended_or_is_late_then_named_and_one_that_waits_is_not() -> None:
    fleet = Fleet([], Silence())
    readers = {"away": Late(), "late": Late(late_seconds=STUCK_SECONDS + 1), "dead": Late(is_done=True)}
    fleet._readers, fleet._tasks = readers, readers  # type: ignore[assignment]
    assert fleet.stuck() == ["late", "dead"]
