"""The screen at a door: green, amber or red for what has just come, and nothing that misleads when it is cut off."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.stage import Stage, item

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=30_000)


async def test_door_when_an_item_of_an_rma_comes_then_the_screen_turns_green_with_its_rma(
    page: Page, stage: Stage
) -> None:
    stage.authorize("RMA-1001", item(1))
    await page.goto(f"{stage.page}door/desk")
    await expect(page.locator("#word")).to_have_text("Ready")
    stage.places["desk"].put(item(1))
    await expect(page.locator("#panel")).to_have_class("panel good")
    await expect(page.locator("#word")).to_have_text("✓ Received")
    await expect(page.locator("#rma")).to_have_text("RMA-1001")
    await expect(page.locator("#before li")).to_have_count(1)
    size = await page.locator("#rma").evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    assert size >= 60


async def test_door_when_a_stranger_comes_with_good_items_then_red_wins_and_all_are_counted(
    page: Page, stage: Stage
) -> None:
    stage.authorize("RMA-1", item(1), item(2))
    await page.goto(f"{stage.page}door/desk")
    await expect(page.locator("#word")).to_have_text("Ready")
    for number in (1, 2):
        stage.places["desk"].put(item(number))
    stage.places["desk"].put(bytes.fromhex("3074257BF7194E4000001A85"))
    await expect(page.locator("#panel")).to_have_class("panel stop")
    await expect(page.locator("#word")).to_have_text("✕ No RMA expects it")
    await expect(page.locator("#count")).to_have_text("1 to stop · 2 in order")


async def test_door_when_its_reader_fails_or_the_gateway_stops_then_it_cannot_be_relied_on(
    page: Page, stage: Stage
) -> None:
    await page.goto(f"{stage.page}door/desk")
    await expect(page.locator("#word")).to_have_text("Ready")
    await stage.places["desk"].unplug()
    await expect(page.locator("#fault")).to_contain_text("Reader desk-reader is")
    await stage.places["desk"].plug_in()
    await expect(page.locator("#fault")).to_be_hidden()
    await stage.stop()
    await expect(page.locator("#panel")).to_have_class("panel lost")
    await expect(page.locator("#word")).to_have_text("✕ No connection")
    await stage.start()
    await expect(page.locator("#word")).to_have_text("Ready")


async def test_door_when_its_button_is_pressed_then_sound_is_on_and_every_new_page_is_silent(
    page: Page, stage: Stage
) -> None:
    await page.goto(f"{stage.page}door/desk")
    sound = page.locator("#sound")
    await expect(sound).to_have_attribute("aria-pressed", "false")
    await sound.click()
    await expect(sound).to_have_text("Sound: on")
    await page.reload()
    await expect(sound).to_have_text("Sound: off")


async def test_door_when_there_is_no_such_read_point_then_it_says_which_there_are(
    page: Page, stage: Stage
) -> None:
    await page.goto(f"{stage.page}door/desc")
    await expect(page.locator("#word")).to_have_text("✕ No such read point")
    await expect(page.locator("#route")).to_have_text("There are: desk, bench")
    await expect(page.locator("#alarm")).to_have_text("The gateway has no read point desc. Trying again.")
