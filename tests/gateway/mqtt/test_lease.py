"""At no moment do two gateways take themselves for the one that publishes an outbox."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.errors import UnavailableError
from gateway.mqtt import lease as module
from gateway.mqtt.lease import Lease
from gateway.store.database import Database
from gateway.store.leases import LEASE_SECONDS, Leases

START_US = 1_700_000_000_000_000
GATEWAYS = ("gw-1", "gw-2", "gw-3")
any_gateway = st.sampled_from(GATEWAYS)


class Shared(Database):
    """In memory, and yet several gateways work on it."""

    is_shared = True


class Holders(RuleBasedStateMachine):
    """Three gateways, each of which may hold the outbox of each; they are started anew, frozen, and cut off."""

    @initialize()
    def start(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.database = Shared("sqlite://")
        self.database.open()
        self.seconds = 0.0
        self.leases = {
            (holder, outbox): self.lease(holder, outbox) for holder in GATEWAYS for outbox in GATEWAYS
        }

    def teardown(self) -> None:
        self.database.close()
        self.loop.close()

    def lease(self, holder: str, outbox: str) -> Lease:
        leases = Leases(holder, lambda: START_US + int(self.seconds * 1e6))
        return Lease(self.database, leases, outbox, lambda: self.seconds)

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    @rule(seconds=st.floats(0.0, 1.5 * LEASE_SECONDS))
    def time_passes(self, seconds: float) -> None:
        self.seconds += seconds

    @rule(holder=any_gateway, outbox=any_gateway)
    def take(self, holder: str, outbox: str) -> None:
        lease = self.leases[holder, outbox]
        others = [other for other in GATEWAYS if other != holder and self.leases[other, outbox].is_held]
        assert self.do(lease.take()) is lease.is_held
        assert not (lease.is_held and others)

    @rule(holder=any_gateway, outbox=any_gateway)
    def give_back(self, holder: str, outbox: str) -> None:
        self.do(self.leases[holder, outbox].give_back())
        assert not self.leases[holder, outbox].is_held

    @rule(holder=any_gateway)
    def start_anew(self, holder: str) -> None:
        for outbox in GATEWAYS:
            self.leases[holder, outbox] = self.lease(holder, outbox)

    @invariant()
    def one_at_most(self) -> None:
        for outbox in GATEWAYS:
            assert sum(self.leases[holder, outbox].is_held for holder in GATEWAYS) <= 1


TestHolders = Holders.TestCase
TestHolders.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


async def test_take_when_the_database_has_one_gateway_then_it_always_holds_its_own() -> None:
    database = Database("sqlite://")
    lease = Lease(database, Leases("gw-1", lambda: START_US), "gw-1")
    assert lease.is_held
    assert await lease.take()
    await lease.give_back()
    await lease.run()
    assert lease.is_held
    database.close()


async def test_run_when_the_database_is_away_and_another_holds_it_then_it_is_asked_for_until_it_is_ours(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "ASK_SECONDS", 0.0)
    caplog.set_level("INFO")
    database = Shared("sqlite://")
    database.open()
    answers: list[bool | Exception] = [UnavailableError("away"), False, False, True]

    async def write(_job: object) -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(database, "write", write)
    lease = Lease(database, Leases("gw-1", lambda: START_US), "gw-1")
    task = asyncio.create_task(lease.run())
    while not lease.is_held:
        await asyncio.sleep(0)
    task.cancel()
    assert caplog.text.count("another gateway publishes the events of gw-1") == 1
    assert "publishing the events of gw-1 again" in caplog.text
    database.close()
