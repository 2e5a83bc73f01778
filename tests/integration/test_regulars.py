"""A regular is never booked: approved on the running gateway, or beside it by another program."""

from pathlib import Path

import aiohttp

from gateway.store.database import Database
from gateway.store.regulars import approve, withdraw
from tests.browser.stage import TOKEN, Stage, item, staged
from tests.integration.listener import until


def dropped(stage: Stage) -> int:
    assert stage._daemon is not None
    return stage._daemon.stats.reads_dropped["regular"]


def exceptions(stage: Stage) -> int:
    assert stage._daemon is not None
    return stage._daemon.stats.exceptions["unknown_item"]


async def post(stage: Stage, path: str, epc: bytes) -> int:
    choice = {"read_point": "desk", "epcs": [epc.hex()], "by": "anna"}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{stage.page}{path}", json=choice, headers=headers) as answer,
    ):
        return answer.status


async def test_regular_when_approved_on_the_page_then_it_is_not_booked_there_until_withdrawn(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        assert await post(stage, "api/approve", item(1)) == 200
        stage.places["desk"].put(item(1))
        stage.places["desk"].put(item(2))
        await until(lambda: dropped(stage) and exceptions(stage))
        assert exceptions(stage) == 1
        stage.places["bench"].put(item(1))
        await until(lambda: exceptions(stage) == 2)
        await stage.stop()
        await stage.start()
        await until(lambda: dropped(stage))
        assert exceptions(stage) == 0


async def test_regular_when_another_program_approves_it_then_the_gateway_hears_of_it(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        database = Database(stage.settings().database.url)
        with database.writing() as connection:
            approve(connection, "desk", [item(1).hex().upper()], by="anna", now_us=1)
        assert stage._daemon is not None
        regulars = stage._daemon._regulars
        await until(lambda: regulars._known == {("desk", item(1).hex().upper())})
        with database.writing() as connection:
            withdraw(connection, "desk", [item(1).hex().upper()])
        database.close()
        await until(lambda: regulars._known == frozenset())
