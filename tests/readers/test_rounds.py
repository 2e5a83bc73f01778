"""Rounds over real socket pairs: who is read when, and that nothing is left behind."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from readers import rounds
from readers.rounds import rounds_of


class Ear:
    """Takes up to 4 bytes at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self.heard = asyncio.Event()
        self.data: list[bytes] = []
        self.is_resting = asyncio.Event()
        self._socket = sock

    def receive(self) -> bool:
        self.data.append(self._socket.recv(4))
        self.heard.set()
        return len(self.data[-1]) == 4

    def rest(self) -> None:
        self.is_resting.set()
        rounds_of(asyncio.get_running_loop()).remove(self._socket.fileno())


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


async def test_rounds_when_bytes_come_after_a_pause_then_they_are_taken_at_once(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "ROUND_SECONDS", 3600.0)
    ours, theirs = pair
    ear, loop = Ear(ours), asyncio.get_running_loop()
    rounds_of(loop).add(ours.fileno(), ear)
    theirs.send(b"abc")
    await asyncio.wait_for(ear.heard.wait(), 5)
    rounds_of(loop).remove(ours.fileno())
    assert ear.data == [b"abc"]


async def test_rounds_when_a_receive_was_full_then_the_rest_does_not_wait_for_the_next_round(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "ROUND_SECONDS", 3600.0)
    ours, theirs = pair
    ear, loop = Ear(ours), asyncio.get_running_loop()
    rounds_of(loop).add(ours.fileno(), ear)
    theirs.send(b"abcdefghij")
    async with asyncio.timeout(30):
        while b"".join(ear.data) != b"abcdefghij":
            ear.heard.clear()
            await ear.heard.wait()
    rounds_of(loop).remove(ours.fileno())
    assert ear.data == [b"abcd", b"efgh", b"ij"]


async def test_rounds_when_bytes_keep_coming_then_a_later_round_takes_them_and_a_pause_wakes_again(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    ear, loop = Ear(ours), asyncio.get_running_loop()
    rounds_of(loop).add(ours.fileno(), ear)
    async with asyncio.timeout(30):
        for piece in (b"a", b"b", b"c"):
            ear.heard.clear()
            theirs.send(piece)
            await ear.heard.wait()
    rounds_of(loop).remove(ours.fileno())
    assert ear.data == [b"a", b"b", b"c"]


async def test_rounds_when_one_pauses_and_another_sends_then_the_silent_one_is_let_go(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "PAUSE_SECONDS", 0.1)
    monkeypatch.setattr(rounds, "LOOK_SECONDS", 0.0)
    ours, theirs = pair
    loop = asyncio.get_running_loop()
    silent, other = socket.socketpair()
    with silent, other:
        ear, quiet = Ear(ours), Ear(silent)
        rounds_of(loop).add(ours.fileno(), ear)
        rounds_of(loop).add(silent.fileno(), quiet)
        async with asyncio.timeout(30):
            while not quiet.is_resting.is_set():
                ear.heard.clear()
                theirs.send(b"a")
                await ear.heard.wait()
    assert quiet.data == []
    assert not ear.is_resting.is_set(), "whoever keeps sending stays"
    rounds_of(loop).remove(ours.fileno())


async def test_rounds_when_all_pause_then_nothing_is_left_in_the_loop(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(rounds, "LOOK_SECONDS", 0.0)
    ours, theirs = pair
    loop = asyncio.get_running_loop()
    ear = Ear(ours)
    rounds_of(loop).add(ours.fileno(), ear)
    theirs.send(b"a")
    await asyncio.wait_for(ear.is_resting.wait(), 30)
    assert loop not in rounds._rounds


async def test_rounds_when_the_last_receiver_left_then_nothing_is_left_in_the_loop(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, _ = pair
    loop = asyncio.get_running_loop()
    first = rounds_of(loop)
    first.add(ours.fileno(), Ear(ours))
    first.remove(ours.fileno())
    first.remove(ours.fileno())
    assert rounds_of(loop) is not first
    del rounds._rounds[loop]
