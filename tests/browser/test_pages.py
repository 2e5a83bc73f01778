"""All pages over the demo's live data: accessible in light and dark, usable by keyboard; pictured for the docs."""

import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from gateway.cli import demo_stage
from tests.browser.demo import playing

pytestmark = pytest.mark.asyncio(loop_scope="session")
expect.set_options(timeout=30_000)

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

CONTRAST = {"runOnly": ["color-contrast"]}


@dataclass(frozen=True)
class Show:
    """Where the demo is served, and where its pictures go: `IMAGES=docs/images`, else nowhere that lasts."""

    page: str
    images: Path

    async def picture(self, page: Page, name: str) -> None:
        await page.screenshot(path=self.images / f"{name}.png", animations="disabled")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def show(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Show]:
    folder = tmp_path_factory.mktemp("demo")
    images = Path(os.environ.get("IMAGES", folder))
    async with playing(folder) as daemon:
        yield Show(daemon.page, images)


async def overhang(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    width = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return int(width)


async def check_accessible(page: Page) -> None:
    """axe-core finds nothing on light ground, and enough contrast on dark ground too."""
    for scheme, rules in (("light", RULES), ("dark", CONTRAST)):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found = await Axe().run(page, options=rules)
        assert found.violations_count == 0, f"{scheme}: {found.generate_report()}"
    await page.emulate_media(color_scheme="light")


async def sign_in(page: Page) -> None:
    await page.fill("#token", demo_stage.TOKEN)
    await page.press("#token", "Enter")
    await expect(page.locator("#token-section")).to_be_hidden()


async def test_door_when_a_load_comes_in_then_it_is_readable_and_accessible(page: Page, show: Show) -> None:
    await page.goto(f"{show.page}door/dock-1")
    await expect(page.locator("#word")).to_have_text("Ready")
    await check_accessible(page)
    await expect(page.locator("#panel")).not_to_have_class("panel ")
    await expect(page.locator("#before li").nth(2)).to_be_visible()
    await check_accessible(page)
    await show.picture(page, "door")
    assert await overhang(page) == 0


async def test_board_when_the_demo_plays_then_it_is_accessible_and_nothing_is_missing(
    page: Page, show: Show
) -> None:
    await page.goto(show.page)
    await expect(page.locator("#readers tr", has_text="● connected")).to_have_count(4)
    await expect(page.locator("#receipts tr").nth(3)).to_be_visible()
    await expect(page.locator("#points tr", has_text="dock-1").locator("td").nth(1)).not_to_have_text("0")
    await check_accessible(page)
    await show.picture(page, "board")
    await page.emulate_media(color_scheme="dark")
    await show.picture(page, "board-dark")


async def test_board_when_only_the_keyboard_is_used_then_focus_stays_while_figures_change(
    page: Page, show: Show
) -> None:
    await page.goto(show.page)
    link = page.locator("#points tr", has_text="dock-2").locator("a").first
    await expect(link).to_be_visible()
    await page.keyboard.press("Tab")
    for _ in range(40):
        if await link.evaluate("node => node === document.activeElement"):
            break
        await page.keyboard.press("Tab")
    await expect(link).to_be_focused()
    reads = page.locator("#readers tr").first.locator("td").nth(1)
    before = await reads.text_content()
    await page.wait_for_function(
        "before => document.querySelector('#readers tr').cells[2].textContent !== before", arg=before
    )
    await expect(link).to_be_focused()
    outline = await link.evaluate("node => getComputedStyle(node).outlineWidth")
    assert outline == "3px"
    await page.keyboard.press("Enter")
    await expect(page.locator("#door")).to_have_text("dock-2")


async def test_inspect_when_an_item_lies_on_the_bench_then_it_takes_a_grade_and_its_story_tells_so(
    page: Page, show: Show
) -> None:
    await page.goto(f"{show.page}inspect")
    await sign_in(page)
    await expect(page.locator("#headline")).to_contain_text("RMA-")
    await expect(page.locator("[data-grade=B]")).to_be_enabled()
    await page.select_option("#sealed", "false")
    await page.click("[data-grade=B]")
    await expect(page.locator("#outcome")).to_contain_text("Grade B is recorded")
    await show.picture(page, "inspect")
    story = await page.get_attribute("#story", "href")
    await check_accessible(page)
    await page.goto(f"{show.page}{story}")
    await expect(page.locator("#timeline > li", has_text="at bench").first).to_be_visible()
    await expect(page.locator("#timeline > li", has_text="inspect").last).to_be_visible()
    await expect(page.locator("#facts")).to_contain_text("Grade")
    await check_accessible(page)
    await show.picture(page, "item")


async def test_parked_when_regulars_are_approved_and_withdrawn_then_the_lists_follow_and_say_by_whom(
    page: Page, show: Show
) -> None:
    await page.goto(f"{show.page}parked")
    boxes = page.locator("#parked input")
    await expect(boxes.nth(2)).to_be_visible()
    await expect(page.locator("#regulars-note")).to_have_text("None is approved")
    await boxes.nth(0).check()
    await boxes.nth(1).check()
    await expect(page.locator("#approve")).to_be_disabled()
    await sign_in(page)
    await expect(page.locator("#approve")).to_be_enabled()
    await page.click("#again")
    await expect(boxes.nth(1)).to_be_checked()
    await page.fill("#by", "Anna")
    await page.press("#by", "Enter")
    await expect(page.locator("#outcome")).to_contain_text("2 approved")
    await expect(page.locator("#regulars tr")).to_have_count(2)
    await expect(page.locator("#regulars tr").first).to_contain_text("Anna")
    await expect(page.locator("#approve")).to_be_disabled()
    await check_accessible(page)
    await show.picture(page, "parked")
    label = await boxes.first.get_attribute("aria-label")
    await boxes.first.check()
    await page.locator("#regulars button").first.click()
    await expect(page.locator("#outcome")).to_contain_text("1 withdrawn")
    await expect(page.locator("#regulars tr")).to_have_count(1)
    assert label is not None
    await expect(page.get_by_label(label)).to_be_checked()
    await expect(page.locator("#approve")).to_be_enabled()


async def test_parked_when_only_the_keyboard_is_used_then_a_regular_is_approved(
    page: Page, show: Show
) -> None:
    await page.goto(f"{show.page}parked")
    first = page.locator("#parked input").first
    await expect(first).to_be_visible()
    name = await first.get_attribute("aria-label")
    await page.focus("#token")
    await page.keyboard.type(demo_stage.TOKEN)
    await page.keyboard.press("Enter")
    await expect(page.locator("#token-section")).to_be_hidden()
    await first.focus()
    await page.keyboard.press("Space")
    await page.focus("#by")
    await page.keyboard.type("Ben")
    await page.keyboard.press("Enter")
    await expect(page.locator("#outcome")).to_contain_text("1 approved")
    assert name is not None
    await expect(page.get_by_role("button", name=name.replace("approve", "withdraw"))).to_be_visible()


async def test_pages_when_a_tablet_is_held_upright_then_only_tables_scroll_sideways(
    page: Page, show: Show
) -> None:
    await page.set_viewport_size({"width": 600, "height": 960})
    for path in ("", "inspect", "item", "parked", "door/dock-1"):
        await page.goto(f"{show.page}{path}")
        await expect(page.locator("#link")).to_have_text("● live")
        assert await overhang(page) == 0, path


async def test_pages_when_shown_on_a_phone_then_nothing_is_wider_than_it_and_each_cell_says_what_it_is(
    page: Page, show: Show
) -> None:
    await page.set_viewport_size({"width": 400, "height": 800})
    for path in ("inspect", f"item?q={'x' * 200}", "item?q=RMA-1003", "door/dock-1", "", "parked"):
        await page.goto(f"{show.page}{path}")
        await expect(page.locator("#link")).to_have_text("● live")
        if path == "item?q=RMA-1003":
            await expect(page.locator("#matches li").first).to_be_visible()
        elif path.startswith("item"):
            await expect(page.locator("#note")).to_contain_text("Nothing is known by")
        assert await overhang(page) == 0, path
    box = page.locator("#parked input").first
    await expect(box).to_be_in_viewport(ratio=1)
    label = await box.evaluate("node => getComputedStyle(node.parentElement, '::before').content")
    assert label == '"Approve"'
    await check_accessible(page)


async def test_board_when_an_rma_changes_then_it_is_named_in_words_and_leads_to_its_items(
    page: Page, show: Show
) -> None:
    await page.goto(show.page)
    row = page.locator("#events tr", has_text="status").first
    await expect(row.locator("a")).to_have_text(re.compile(r"^RMA-\d+$"))
    assert "_" not in await page.locator("#events").inner_text()
    await row.locator("a").click()
    await expect(page.locator("#note")).to_contain_text("known by RMA-")


async def test_item_when_nobody_knows_the_epc_then_it_says_why_and_what_is_no_epc_is_refused(
    page: Page, show: Show
) -> None:
    await page.goto(f"{show.page}item")
    await page.fill("#epc", "3074 257B F719 4E40 0000 1A85")
    await page.press("#epc", "Enter")
    await expect(page.locator("#facts")).to_contain_text("no read point observed it")
    assert page.url.endswith("item?q=3074%20257B%20F719%204E40%200000%201A85")
    await page.reload()
    await expect(page.locator("#facts")).to_contain_text("no read point observed it")
    await page.fill("#epc", "<b>no EPC</b>")
    await page.press("#epc", "Enter")
    await expect(page.locator("#note")).to_contain_text('Nothing is known by "<b>no EPC</b>"')
    await expect(page.locator("#story")).to_be_hidden()
    assert await page.locator("#note b").count() == 0


async def test_item_when_an_rma_or_a_serial_is_typed_then_its_items_are_listed_and_lead_to_their_stories(
    page: Page, show: Show
) -> None:
    await page.goto(show.page)
    received = page.locator("#receipts tr").first
    await expect(received).to_be_visible()
    rma = re.search(r"RMA-\d+", await received.inner_text())
    assert rma is not None
    await page.goto(f"{show.page}item")
    await page.fill("#epc", rma[0].lower())
    await page.press("#epc", "Enter")
    await expect(page.locator("#matches li").nth(1)).to_be_visible()
    await expect(page.locator("#note")).to_contain_text(f"are known by {rma[0].lower()}")
    await check_accessible(page)
    link = page.locator("#matches a", has_text="received").first
    words = await link.inner_text()
    await link.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#headline")).to_contain_text("urn:epc:id:sgtin:")
    uri = await page.locator("#headline").inner_text()
    assert uri in words
    await page.fill("#epc", uri.rpartition(".")[2])
    await page.press("#epc", "Enter")
    await expect(page.locator("#headline")).to_have_text(uri)
    await expect(page.locator("#story")).to_be_visible()
