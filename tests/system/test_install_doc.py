"""docs/install.md on an empty Debian: each of its commands, in order, exactly as written."""

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.system.machine import BUILD, Machine

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "install.md").read_text()
SECTIONS = [section for section in re.split(r"(?m)^## ", PAGE) if "```sh" in section]
WITHOUT_PACKAGE = "Without the package: pip"


def commands(section: str) -> list[str]:
    """Those to be typed on the machine; what is marked is done where the package is built."""
    return re.findall(r"(?ms)(?<! -->\n)^```sh\n(.*?)^```$", section)


@pytest.fixture(scope="module")
def wheelhouse(package: Path) -> Path:
    """The wheel that is in the package and all it needs, as the page says to gather them; kept while the pins are."""
    gathered = BUILD / "system" / "wheelhouse"
    pins = gathered / "requirements.txt"
    requirements = ROOT / "requirements.txt"
    if not pins.exists() or pins.read_text() != requirements.read_text():
        shutil.rmtree(gathered, ignore_errors=True)
        tools = BUILD / "system" / "pip"
        subprocess.run(["/usr/bin/python3", "-m", "venv", tools], check=True)
        subprocess.run(
            [
                tools / "bin/pip",
                "wheel",
                "--quiet",
                "--require-hashes",
                "--requirement",
                requirements,
                "--wheel-dir",
                gathered,
            ],
            check=True,
        )
        shutil.copy(requirements, pins)
    (wheel,) = (package.parent / "wheel").glob("*.whl")
    shutil.copy(wheel, gathered)
    return gathered


@pytest.fixture(scope="module")
def prepared(machine: Machine, package: Path, wheelhouse: Path) -> Machine:
    """What the reader carried to the machine, a key to hand over, and an apt that does not ask."""
    machine.put("/etc/ssl/private/gateway.key", "a key\n")
    machine.put("/etc/apt/apt.conf.d/90yes", 'APT::Get::Assume-Yes "true";\n')
    machine.put(f"/root/{package.name}", package.read_bytes())
    for directory in (wheelhouse, ROOT / "systemd", ROOT / "deploy"):
        for file in directory.iterdir():
            if file.is_file():
                machine.put(f"/root/{directory.name}/{file.name}", file.read_bytes())
    return machine


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.splitlines()[0])
def test_install_page_when_followed_then_every_command_succeeds(section: str, prepared: Machine) -> None:
    began = time.monotonic()
    for block in commands(section):
        if section.startswith(WITHOUT_PACKAGE) and "--upgrade" in block:
            follow_above(prepared)
        prepared.shell(f"cd /root; export DEBIAN_FRONTEND=noninteractive\n{block}")
    print(f"{section.splitlines()[0]}: {time.monotonic() - began:.1f} s")


def follow_above(machine: Machine) -> None:
    """The page says: configure and start as above."""
    for title in ("Configure", "Start"):
        (section,) = (section for section in SECTIONS if section.startswith(title))
        for block in commands(section):
            machine.shell(f"cd /root\n{block}")
