"""Every link inside the documents leads somewhere: to a file of the repository, and to a heading of that page."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, name

LINK = re.compile(r"\]\(([^)\s]+)\)")
EVERY_PAGE = [
    *PAGES,
    ROOT / "ARCHITECTURE.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs/reference").glob("*.md")),
]


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", EVERY_PAGE, ids=name)
def test_links_when_followed_then_file_and_heading_are_there(page: Path) -> None:
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if link.startswith("http"):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        assert not anchor or anchor in anchors(target), link


def test_documents_when_a_page_exists_then_the_readme_or_a_page_leads_to_it() -> None:
    led_to = {
        (page.parent / link.partition("#")[0]).resolve()
        for page in EVERY_PAGE
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if not link.startswith(("http", "#"))
    }
    found = {*(ROOT / "docs").rglob("*.md"), *(ROOT / "docs/images").iterdir()}
    found = {path for path in found if "reference" not in path.parts}
    assert sorted(name(path) for path in found - led_to) == []
