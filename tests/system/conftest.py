"""What the system tests share: the package as built, and Debian machines it is installed on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.machine import BUILD, CannotBootError, Machine, debian, why_not


@pytest.fixture(scope="session")
def debian_root() -> Path:
    reason = why_not()
    if reason is not None:
        pytest.skip(f"no system tests here: {reason}")
    try:
        root = debian()
        with Machine(root):
            return root
    except CannotBootError as error:
        pytest.skip(f"no system tests here: {error}")


@pytest.fixture(scope="session")
def package() -> Path:
    """The Debian package that `make deb` made last."""
    built = sorted((BUILD / "deb").glob("returns-gateway_*.deb"), key=lambda path: path.stat().st_mtime)
    if not built:
        pytest.fail("there is no package to test: make deb")
    return built[-1]


@pytest.fixture(scope="module")
def machine(debian_root: Path) -> Iterator[Machine]:
    """Freshly booted, nothing of ours on it."""
    with Machine(debian_root) as booted:
        yield booted
