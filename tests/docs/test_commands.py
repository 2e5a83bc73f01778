"""Every command of the documents is tried: page by page, in order, as written, in a network of its own.

The network has the ports of the defaults free and the addresses 10.0.0.0/24 for itself. `DOCS_VENV` names another
installation to try than the one that runs the tests, such as that of the wheel (`make test-docs`).
"""

import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from gateway.cli.main import COMMANDS
from readers.emulator.__main__ import cli as emulator
from tests.docs import pages
from tests.docs.pages import PAGES, ROOT, TAKES_MINUTES, blocks, name, script, sessions

VENV = Path(os.environ.get("DOCS_VENV", Path(sys.executable).parents[1])).absolute()
NETWORK = "ip link set lo up && ip address add 10.0.0.1/24 dev lo && exec bash page.sh"
SECONDS = 900
TARGETS = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
SPAN = re.compile(r"`((?:returns-gateway|llrp-emulator) [^`]+)`")


def alone() -> list[str] | None:
    """How to start a program in a network of its own; None where that is not allowed."""
    for command in (["unshare", "--net"], ["unshare", "--net", "--map-root-user"]):
        if (
            shutil.which("ip")
            and subprocess.run([*command, "true"], check=False, capture_output=True).returncode == 0
        ):
            return command
    return None


ALONE = alone()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a fresh clone has that the documents use, with the program installed."""
    for part in ("deploy", "gateway", "docs"):
        shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / ".venv").symlink_to(VENV)
    return tmp_path


@pytest.mark.skipif(
    ALONE is None, reason="no network of its own here: needs root, or user namespaces, and iproute2"
)
@pytest.mark.parametrize(
    "followed",
    [
        pytest.param(
            session,
            id=" ".join(map(name, session)),
            marks=[pytest.mark.long] if any(TAKES_MINUTES in page.read_text() for page in session) else [],
        )
        for session in sessions()
    ],
)
def test_pages_when_followed_then_every_command_succeeds(followed: list[Path], checkout: Path) -> None:
    assert ALONE is not None
    (checkout / "page.sh").write_text(script(followed))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RETURNS_")}
    environment |= {
        "PATH": f"{VENV}/bin:{os.environ['PATH']}:/usr/sbin:/sbin",
        "HOME": str(checkout),
        "COLUMNS": "160",
    }
    done = subprocess.run(
        [*ALONE, "bash", "-c", NETWORK],
        cwd=checkout,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_page_when_it_leaves_a_command_to_others_then_they_try_it(page: Path) -> None:
    for block in blocks(page):
        if block.elsewhere == "Makefile":
            assert set(re.findall(r"\bmake ([a-z-]+)", block.text)) <= TARGETS, block
        elif block.elsewhere is not None:
            test = (ROOT / block.elsewhere).read_text()
            words = block.text.split()[:2]
            assert page.name in test or all(f'"{word}"' in test for word in words), block


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_page_when_it_shows_commands_then_they_are_in_a_block_that_is_tried(page: Path) -> None:
    outside = pages.BLOCK.sub("", page.read_text())
    shown = re.findall(
        r"(?m)^(?: {4,}|)\$? ?(?:returns-gateway|llrp-emulator|make|mosquitto_\w+|curl|git|apt) .*$", outside
    )
    assert [line for line in shown if line.startswith((" ", "$"))] == []
    assert "```bash" not in outside
    assert "```console" not in outside


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that these words name, and what is left of them."""
    if words[0] == "llrp-emulator":
        return emulator, words[1:]
    assert words[1] in COMMANDS, words
    command: click.Command = getattr(import_module(f"gateway.cli.{words[1]}"), words[1])
    rest = words[2:]
    while isinstance(command, click.Group) and rest:
        assert rest[0] in command.commands, words
        command, rest = command.commands[rest[0]], rest[1:]
    return command, rest


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_page_when_it_names_a_command_in_a_sentence_then_there_is_one(page: Path) -> None:
    for span in SPAN.findall(page.read_text()):
        command, rest = command_of(span.split())
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        assert {word for word in rest if word.startswith("--")} <= known, span
