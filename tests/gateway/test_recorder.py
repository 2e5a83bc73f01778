"""A database that is away is waited for; what can never be stored is told as such."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import Connection, insert

from gateway.errors import GatewayError, StorageError, UnavailableError
from gateway.recorder import MOST_CONTRADICTIONS, Recorder
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.tables import visits
from rules.events import Event
from rules.observation import Observation
from rules.policy import DEFAULT_POLICY
from tests.gateway.store.samples import START_US, seen


class Moody(Ledger):
    """Raises what it is told to."""

    fault: Exception | None = None
    contradicts = False

    def record(self, connection: Connection, observations: Sequence[Observation], now_us: int) -> list[Event]:
        if type(self).fault is not None:
            raise type(self).fault
        if type(self).contradicts:
            row = {
                "read_point": "a",
                "identity": "b",
                "direction": "in",
                "first_seen_us": 1,
                "last_seen_us": 1,
            }
            connection.execute(insert(visits), [row, row])
        return super().record(connection, observations, now_us)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    database = Database("sqlite://")
    database.open()
    Moody.fault, Moody.contradicts = None, False
    yield Recorder(database, Moody("dc1", "gw-1", "returns/v1", DEFAULT_POLICY), lambda: START_US)
    database.close()


async def test_record_when_all_is_well_then_events_are_told(recorder: Recorder) -> None:
    assert [str(event.kind) for event in await recorder.record([seen(1, START_US)])] == ["exception"]


@pytest.mark.parametrize("fault", [StorageError("full"), UnavailableError("away"), GatewayError("broken")])
async def test_record_when_the_database_says_why_then_that_is_told(
    recorder: Recorder, fault: GatewayError
) -> None:
    Moody.fault = fault
    with pytest.raises(type(fault), match=str(fault)):
        await recorder.record([seen(1, START_US)])


@pytest.mark.parametrize("fault", [KeyError("x"), ZeroDivisionError("y"), ValueError("z")])
async def test_record_when_an_observation_brings_up_a_fault_of_ours_then_it_is_none_of_the_database(
    recorder: Recorder, fault: Exception
) -> None:
    Moody.fault = fault
    with pytest.raises(GatewayError, match=type(fault).__name__) as told:
        await recorder.record([seen(1, START_US)])
    assert not isinstance(told.value, UnavailableError)


async def test_record_when_it_contradicts_what_is_stored_then_first_another_gateway_is_blamed(
    recorder: Recorder,
) -> None:
    Moody.contradicts = True
    for _ in range(MOST_CONTRADICTIONS - 1):
        with pytest.raises(UnavailableError, match="contradicts"):
            await recorder.record([seen(1, START_US)])
    with pytest.raises(GatewayError, match="contradicts") as told:
        await recorder.record([seen(1, START_US)])
    assert not isinstance(told.value, UnavailableError)
    Moody.contradicts = False
    assert await recorder.record([seen(1, START_US)])
    Moody.contradicts = True
    with pytest.raises(UnavailableError, match="contradicts"):
        await recorder.record([seen(2, START_US)])


async def test_record_when_cancelled_then_it_ends(recorder: Recorder) -> None:
    task = asyncio.create_task(recorder.record([seen(1, START_US)]))  # type: ignore[arg-type]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("fault", [StorageError("full"), KeyError("epc")])
async def test_rehearse_when_it_fails_then_the_first_decision_tells(
    recorder: Recorder, fault: Exception
) -> None:
    Moody.fault = fault
    await recorder.rehearse()
    with pytest.raises(GatewayError, match=str(fault)):
        await recorder.record([seen(1, START_US)])
    Moody.fault = None
    await recorder.rehearse()
    assert [str(event.kind) for event in await recorder.record([seen(1, START_US)])] == ["exception"]
