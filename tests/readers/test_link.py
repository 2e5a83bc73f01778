"""The link with a transport of paper: whatever raises in any of its callbacks ends the connection, and is told."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

import pytest

from readers import link
from readers.errors import InternalError
from readers.link import Link
from readers.llrp.framing import Deframer
from readers.llrp.session import ReaderSession
from readers.llrp.steps import SessionState
from readers.settings import ReaderSettings, TlsSettings
from readers.tag import TagRow
from tests.readers.scripted import ScriptedReader, greeting, keepalive, report, tag

SETTINGS = ReaderSettings("dock-1", "10.0.0.1")
TLS = TlsSettings()
"""As over TLS: the transport reads, not the rounds, which need a real socket."""


class BrokenError(Exception):
    """A fault of ours."""


def breaks(*_: object, **__: object) -> None:
    raise BrokenError


@dataclass
class Owner:
    rows: list[TagRow] = field(default_factory=list)
    told: int = 0

    def on_rows(self, rows: list[TagRow], offset_us: int, received_us: int) -> None:
        self.rows += rows

    def on_progress(self) -> None:
        self.told += 1


@dataclass
class Paper:
    """A transport that remembers."""

    written: bytearray = field(default_factory=bytearray)
    is_aborted: bool = False
    is_reading: bool = True
    wire: socket.socket | None = None

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True

    def write(self, data: bytes) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str) -> object:
        if name == "ssl_object":
            return SimpleNamespace(getpeercert=lambda binary_form: b"")
        return self.wire

    def abort(self) -> None:
        self.is_aborted = True


@dataclass
class Wire:
    """A link between a session and paper."""

    owner: Owner = field(default_factory=Owner)
    paper: Paper = field(default_factory=Paper)
    session: ReaderSession = field(default_factory=lambda: ReaderSession(SETTINGS))

    def __post_init__(self) -> None:
        self.link = Link(self.session, self.owner, TLS)

    def connect(self) -> None:
        self.link.connection_made(cast("asyncio.BaseTransport", self.paper))

    def hear(self, data: bytes) -> None:
        self.link.get_buffer(-1)[: len(data)] = data
        self.link.buffer_updated(len(data))

    def inventory(self) -> None:
        """Connected, and every request answered."""
        self.connect()
        reader, deframer = ScriptedReader(), Deframer()
        self.hear(greeting())
        while self.session.state is not SessionState.INVENTORYING:
            said = bytes(self.paper.written)
            self.paper.written.clear()
            if not said:
                self.session.tick(self.link.now_us() + 50_000)
                self.link._settle()
                continue
            for frame in deframer.feed(said):
                if answer := reader.respond(frame):
                    self.hear(answer)


@pytest.fixture
async def wire() -> Wire:
    return Wire()


def ended_by_us(wire: Wire) -> bool:
    assert wire.link.ended.done(), "the reader would be connecting for ever"
    error = wire.link.ended.result()
    assert isinstance(error, InternalError)
    assert isinstance(error.__cause__, BrokenError)
    return wire.paper.is_aborted and wire.link._timer is None


@pytest.mark.parametrize("step", ["connected", "data_to_send", "next_deadline"])
async def test_connection_made_when_a_step_raises_then_the_link_ends(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(wire.session, step, breaks)
    wire.connect()
    assert ended_by_us(wire)


async def test_connection_made_when_the_owner_raises_then_the_link_ends(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire.owner, "on_progress", breaks)
    wire.connect()
    assert ended_by_us(wire)


async def test_connection_made_when_the_link_was_given_up_then_it_hangs_up(wire: Wire) -> None:
    wire.link.abort()
    wire.connect()
    assert wire.paper.is_aborted
    assert wire.session.state is SessionState.IDLE


@pytest.mark.parametrize("step", ["receive_data", "reads", "data_to_send"])
async def test_data_when_a_step_raises_then_the_link_ends(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    wire.inventory()
    monkeypatch.setattr(wire.session, step, breaks)
    wire.hear(keepalive())
    assert ended_by_us(wire)


@pytest.mark.parametrize("callback", ["on_rows", "on_progress"])
async def test_data_when_the_owner_raises_then_the_link_ends(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, callback: str
) -> None:
    wire.inventory()
    monkeypatch.setattr(wire.owner, callback, breaks)
    wire.hear(report(tag(rospec=7)) + report(tag()))
    assert ended_by_us(wire)


async def test_reads_before_a_fault_of_ours_are_delivered(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.inventory()
    monkeypatch.setattr(wire.session._dialogue, "known", None)
    wire.hear(report(tag()) + keepalive())
    assert len(wire.owner.rows) == 1
    assert isinstance(wire.link.ended.result(), InternalError)


async def test_timer_when_a_step_raises_then_the_link_ends(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.inventory()
    monkeypatch.setattr(wire.session, "tick", breaks)
    wire.link._tick()
    assert ended_by_us(wire)


OUTSIDE: dict[str, tuple[str, Callable[[Link], object]]] = {
    "an output is switched": ("set_output", lambda link: link.set_output(1, is_high=True)),
    "good-bye is said": ("close", lambda link: link.close()),
    "the connection is lost": ("lost", lambda link: link.connection_lost(None)),
}


@pytest.mark.parametrize("when", OUTSIDE)
async def test_link_when_its_session_raises_ends_and_does_not_raise(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    step, happens = OUTSIDE[when]
    wire.inventory()
    monkeypatch.setattr(wire.session, step, breaks)
    assert not happens(wire.link)
    assert ended_by_us(wire)


async def test_owner_that_raises_at_the_end_too_is_told_nothing_more(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.inventory()
    monkeypatch.setattr(wire.owner, "on_progress", breaks)
    wire.link.abort()
    assert str(wire.link.ended.result()) == "closed by us"
    assert wire.paper.is_aborted


async def test_rounds_when_they_cannot_take_the_socket_then_the_link_ends(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.link = Link(wire.session, wire.owner)
    monkeypatch.setattr(wire.paper, "pause_reading", breaks)
    wire.inventory()
    for _ in range(2):
        wire.hear(report(tag()))
    assert ended_by_us(wire)


async def test_reader_without_tls_that_keeps_sending_is_read_in_rounds_until_it_pauses(wire: Wire) -> None:
    wire.paper.wire, theirs = socket.socketpair()
    with wire.paper.wire, theirs:
        wire.paper.wire.setblocking(False)
        wire.link = Link(wire.session, wire.owner)
        wire.inventory()
        wire.hear(report(tag()))
        assert wire.paper.is_reading, "after a pause"
        wire.hear(report(tag()))
        assert not wire.paper.is_reading
        wire.owner.rows.clear()
        theirs.send(report(tag()))
        async with asyncio.timeout(30):
            while not wire.owner.rows:
                await asyncio.sleep(0)
        wire.link.rest()
        assert wire.paper.is_reading


async def test_reader_that_speaks_after_a_pause_is_read_by_its_transport(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "PAUSE_SECONDS", 0.0)
    wire.link = Link(wire.session, wire.owner)
    wire.inventory()
    for _ in range(2):
        wire.hear(report(tag()))
    assert len(wire.owner.rows) == 2
    assert wire.paper.is_reading
