"""Inspection on a tablet: an item laid down appears, a grade needs the token, and no press goes to the wrong item."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser.stage import TOKEN, Stage, item, staged

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=30_000)


async def sign_in(page: Page, token: str = TOKEN) -> None:
    await page.fill("#token", token)
    await page.press("#token", "Enter")


async def test_inspect_when_an_item_is_laid_on_the_bench_then_it_appears_and_takes_a_grade(
    page: Page, stage: Stage
) -> None:
    stage.authorize("RMA-1", item(1), item(2))
    await page.goto(f"{stage.page}inspect")
    await sign_in(page)
    await expect(page.locator("#token-section")).to_be_hidden()
    stage.places["bench"].put(item(1))
    await expect(page.locator("#headline")).to_have_text("RMA-1")
    await expect(page.locator("#facts")).to_contain_text("size too small")
    await page.click("[data-grade=B]")
    await expect(page.locator("#outcome")).to_contain_text("Grade B is recorded")
    await expect(page.locator("#facts")).to_contain_text("B")
    box = await page.locator("[data-grade=B]").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 80
    await page.goto(stage.page)
    await expect(page.locator("#events tr", has_text="disposition")).to_contain_text("grade B")


async def test_inspect_when_another_item_comes_before_the_grade_then_it_waits(
    page: Page, stage: Stage
) -> None:
    stage.authorize("RMA-1", item(1))
    stage.authorize("RMA-2", item(2))
    await page.goto(f"{stage.page}inspect")
    await sign_in(page)
    stage.places["bench"].put(item(1))
    await expect(page.locator("#headline")).to_have_text("RMA-1")
    stage.places["bench"].put(item(2))
    await expect(page.locator("#bench button")).to_have_count(1)
    await expect(page.locator("#headline")).to_have_text("RMA-1")
    await page.locator("#bench button").click()
    await expect(page.locator("#headline")).to_have_text("RMA-2")


async def test_inspect_when_the_token_is_wrong_or_missing_then_nothing_can_be_pressed(
    page: Page, stage: Stage
) -> None:
    stage.authorize("RMA-1", item(1))
    stage.places["bench"].put(item(1))
    await page.goto(f"{stage.page}inspect")
    await expect(page.locator("#headline")).to_have_text("RMA-1")
    await expect(page.locator("[data-grade=A]")).to_be_disabled()
    await sign_in(page, "guessed")
    await expect(page.locator("#token-note")).to_have_text("✕ the token is wrong")
    await expect(page.locator("[data-grade=A]")).to_be_disabled()
    for _ in range(5):
        await sign_in(page, "guessed again")
        await expect(page.locator("#token-note")).not_to_have_text("")
    await sign_in(page)
    await expect(page.locator("#token-note")).to_contain_text("too many wrong tokens; wait")


async def test_inspect_when_the_gateway_has_no_token_then_it_says_what_to_do(
    page: Page, tmp_path: Path
) -> None:
    async with staged(tmp_path, with_token=False) as stage:
        await page.goto(f"{stage.page}inspect")
        await sign_in(page, "anything")
        await expect(page.locator("#token-note")).to_contain_text("name a file in [web] token_file")


async def test_inspect_when_only_the_keyboard_is_used_then_an_item_gets_its_grade(
    page: Page, stage: Stage
) -> None:
    stage.authorize("RMA-1", item(1))
    stage.places["desk"].put(item(1))
    await page.goto(f"{stage.page}inspect")
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.locator("#token")).to_be_focused()
    await page.keyboard.type(TOKEN)
    await page.keyboard.press("Enter")
    await expect(page.locator("#token-section")).to_be_hidden()
    await expect(page.locator("#epc")).to_be_focused()
    await page.keyboard.type(item(1).hex())
    await page.keyboard.press("Enter")
    await expect(page.locator("#headline")).to_be_focused()
    await expect(page.locator("[data-grade=A]")).to_be_enabled()
    for _ in range(5):
        await page.keyboard.press("Tab")
    await expect(page.locator("[data-grade=C]")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#outcome")).to_contain_text("Grade C is recorded")
    await expect(page.locator("[data-grade=C]")).to_be_focused()
