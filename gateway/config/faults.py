"""The faults of a configuration, gathered so that all of them are told at once, each with file and key."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from gateway.errors import ConfigError

MAX_FAULT_CHARACTERS = 400

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Faults:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: list[str] = []

    def add(self, key: str, what: str) -> None:
        """`gateway.toml: reader[0].port: what`, on one line whatever the file holds."""
        text = f"{key}: {what}"
        if len(text) > MAX_FAULT_CHARACTERS:
            text = text[:MAX_FAULT_CHARACTERS] + "…"
        self._found.append(f"{self._path}: {_printable(text)}")

    def add_unknown(self, where: str, key: str, known: Iterable[str], hint: str = "") -> None:
        """A key nobody reads: most likely a misspelt one."""
        names = sorted(known)
        near = get_close_matches(key, names, n=1)
        if hint:
            what = f"unknown key; {hint}"
        elif near:
            what = f'unknown key; did you mean "{near[0]}"?'
        else:
            what = f"unknown key; known here: {', '.join(names)}"
        self.add(join(where, key), what)

    def add_unknown_name(self, key: str, name: str, known: Iterable[str], what: str) -> None:
        """A reference to something that is not there."""
        near = get_close_matches(name, sorted(known), n=1)
        advice = f'did you mean "{near[0]}"?' if near else f"add a {what} with this id"
        self.add(key, f'there is no {what} with id = "{name}"; {advice}')

    def raise_any(self) -> None:
        if self._found:
            raise ConfigError(tuple(self._found))


def join(where: str, key: str) -> str:
    """`reader[0]` and `port` as `reader[0].port`; keys that need quotes get them."""
    name = key if _PLAIN_KEY.fullmatch(key) else f'"{key[:64]}"'
    return f"{where}.{name}" if where else name


def _printable(text: str) -> str:
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
