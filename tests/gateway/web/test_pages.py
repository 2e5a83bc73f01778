"""The static pages: nothing from elsewhere, nothing inline, the same headers on every answer."""

import re
from importlib import resources

import pytest

from gateway.web.pages import PAGES
from tests.gateway.web.site import Site

FILES = sorted(file.name for file in (resources.files("gateway.web") / "static").iterdir())
HTML = [name for name in FILES if name.endswith(".html")]
PATHS = ["/", "/door/dock", "/door/no%20such", "/inspect", "/item", "/parked"]


def text(name: str) -> str:
    return (resources.files("gateway.web") / "static" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", [*PATHS, "/state", "/metrics", "/healthz", "/nowhere", "/static/../server.py", "/%2e%2e/x"]
)
async def test_any_answer_when_given_then_it_carries_the_security_headers(site: Site, path: str) -> None:
    status, _, given = await site.get(path)
    headers = dict(given)
    assert (status == 200) is (path in [*PATHS, "/state", "/metrics", "/healthz"])
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PATHS)
async def test_page_when_served_then_everything_it_names_is_served_too(site: Site, path: str) -> None:
    _, page, headers = await site.get(path)
    assert dict(headers)["Content-Type"] == "text/html; charset=utf-8"
    named = re.findall(r'(?:src|href)="((?:\.\./)?static/[^"]+)"', page)
    assert len(named) >= 3
    for name in named:
        assert (await site.get(f"/{name.removeprefix('../')}"))[0] == 200


@pytest.mark.parametrize("name", FILES)
async def test_file_when_served_then_it_needs_nothing_from_elsewhere(name: str, site: Site) -> None:
    found = [
        address for address in re.findall(r"https?://[^\s\"'<]+", text(name)) if "www.w3.org" not in address
    ]
    assert found == []
    if not name.endswith(".html"):
        assert (await site.get(f"/static/{name}"))[0] == 200


@pytest.mark.parametrize("name", HTML)
def test_page_when_written_then_nothing_is_inline(name: str) -> None:
    page = text(name)
    assert re.search(r"<script(?![^>]*\bsrc=)", page) is None
    assert re.search(r"<style|\sstyle=|\son[a-z]+=", page) is None
    assert 'lang="en"' in page
    assert "<main" in page


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_script_when_written_then_nothing_becomes_markup_or_code(name: str) -> None:
    script = text(name)
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "localStorage",
    ):
        assert word not in script
    for module in re.findall(r'from "\./([^"]+)"', script):
        assert module in FILES


def test_pages_when_listed_then_each_html_file_has_its_address() -> None:
    assert sorted(PAGES.values()) == HTML
