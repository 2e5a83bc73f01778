"""The fleet board as an operator sees it: what comes in, what fails, and that old figures do not look new."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.stage import Stage, item

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=30_000)


async def test_board_when_an_item_is_received_then_its_receipt_appears(page: Page, stage: Stage) -> None:
    stage.authorize("RMA-1", item(1), item(2))
    await page.goto(stage.page)
    await expect(page.locator("#link")).to_have_text("● live")
    await expect(page.locator("#readers tr")).to_have_count(2)
    stage.places["desk"].put(item(1))
    receipt = page.locator("#receipts tr").first
    await expect(receipt).to_contain_text("RMA-1")
    await expect(receipt).to_contain_text("1 of 2")
    await expect(receipt).to_contain_text("size too small")
    desk = page.locator("#points tr", has_text="desk")
    await expect(desk.locator("td").nth(4)).to_have_text("1")


async def test_board_when_a_reader_fails_then_it_says_why_and_when_it_comes_back_that_it_is_well(
    page: Page, stage: Stage
) -> None:
    await page.goto(stage.page)
    row = page.locator("#readers tr", has_text="desk-reader")
    await expect(row).to_contain_text("● connected")
    await stage.places["desk"].unplug()
    await expect(row).to_contain_text("✕ failed")
    await expect(row.locator("td").last).not_to_have_text("\N{EN DASH}")
    await expect(page.locator("#told")).to_contain_text("reader desk-reader is")
    await expect(page.locator("#figures")).to_contain_text("1 of 2")
    await stage.places["desk"].plug_in()
    await expect(row).to_contain_text("● connected")
    await expect(row.locator("td").last).to_have_text("\N{EN DASH}")


async def test_board_when_the_gateway_stops_then_the_page_says_so_and_recovers_by_itself(
    page: Page, stage: Stage
) -> None:
    await page.goto(stage.page)
    await expect(page.locator("#link")).to_have_text("● live")
    await stage.stop()
    await expect(page.locator("#alarm")).to_contain_text("what is shown is old")
    await expect(page.locator("body")).to_have_class("stale")
    await stage.start()
    await expect(page.locator("#link")).to_have_text("● live")
    await expect(page.locator("#alarm")).to_be_hidden()
    await expect(page.locator("body")).not_to_have_class("stale")


async def test_board_when_a_customer_and_an_rma_hold_markup_then_it_stays_text(
    page: Page, stage: Stage
) -> None:
    evil = '<img src=x onerror="document.title=1">RMA'
    stage.authorize(evil, item(3), customer="<script>document.title=2</script>", reason="<b>BOLD</b>")
    stage.places["desk"].put(item(3))
    await page.goto(stage.page)
    await expect(page.locator("#receipts tr").first).to_contain_text(evil)
    assert await page.locator("main img, main script, main b").count() == 0
    await page.goto(f"{stage.page}door/desk")
    await expect(page.locator("#rma")).to_have_text(evil)
    await page.goto(f"{stage.page}item?epc={item(3).hex()}")
    await expect(page.locator("#facts")).to_contain_text(evil)
    await page.goto(f"{stage.page}inspect")
    await page.fill("#epc", item(3).hex())
    await page.press("#epc", "Enter")
    await expect(page.locator("#facts")).to_contain_text("<script>document.title=2</script>")
    assert await page.locator("main img, main script").count() == 0
    assert "returns-gateway" in await page.title()
