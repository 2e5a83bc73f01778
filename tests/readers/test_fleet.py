import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from readers.discovery import MAX_HOSTS, hosts_of
from readers.fleet import STUCK_SECONDS, Fleet
from readers.settings import ReaderSettings
from readers.status import ReaderState, ReaderStatus
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


class Peers:
    """Readers as the fleet runs them; each link takes as long to say good-bye as the test likes."""

    def __init__(self) -> None:
        self.links: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.dialled: list[float] = []
        self.good_bye = asyncio.Event()

    def reader(self, settings: ReaderSettings, _sink: object) -> "Peer":
        return Peer(settings, self)


class Peer:
    late_seconds = 0.0

    def __init__(self, settings: ReaderSettings, peers: Peers) -> None:
        self.settings, self._peers = settings, peers
        self.address = f"{settings.host}:{settings.port}"
        self.status = ReaderStatus(settings.id, self.address, ReaderState.CONNECTING, 0)

    async def run(self) -> None:
        links = self._peers.links
        links[self.address] += 1
        self._peers.most[self.address] = max(self._peers.most[self.address], links[self.address])
        self._peers.dialled.append(self.settings.keepalive_seconds)
        try:
            await asyncio.Event().wait()
        finally:
            await self._peers.good_bye.wait()
            links[self.address] -= 1


@asynccontextmanager
async def running(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Fleet, Peers]]:
    """A fleet of one."""
    peers = Peers()
    monkeypatch.setattr("readers.fleet.Reader", peers.reader)
    fleet = Fleet([changed(1.0)], Silence())
    task = asyncio.create_task(fleet.run())
    await settle()
    try:
        yield fleet, peers
    finally:
        peers.good_bye.set()
        task.cancel()
        await asyncio.wait([task])
    assert not +peers.links


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def changed(keepalive_seconds: float, name: str = "dock-1") -> ReaderSettings:
    return ReaderSettings(name, "10.0.0.1", keepalive_seconds=keepalive_seconds)


@pytest.mark.parametrize("is_quick", [True, False], ids=["at once", "one after the other"])
async def test_reader_when_changed_often_while_it_says_good_bye_then_it_is_dialled_once_it_has(
    monkeypatch: pytest.MonkeyPatch, is_quick: bool
) -> None:
    async with running(monkeypatch) as (fleet, peers):
        for keepalive_seconds in (2.0, 3.0, 4.0):
            fleet.add(changed(keepalive_seconds))
            if not is_quick:
                await settle()
        await settle()
        assert peers.dialled == [1.0]
        peers.good_bye.set()
        await settle()
        assert (peers.dialled, peers.most) == ([1.0, 4.0], {"10.0.0.1:5084": 1})


async def test_reader_when_removed_and_added_under_another_id_then_the_old_link_says_good_bye_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with running(monkeypatch) as (fleet, peers):
        fleet.remove("dock-1")
        fleet.add(changed(2.0, "dock-west"))
        await settle()
        assert peers.dialled == [1.0]
        peers.good_bye.set()
        await settle()
        assert (peers.dialled, peers.most) == ([1.0, 2.0], {"10.0.0.1:5084": 1})
