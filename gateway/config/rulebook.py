"""The disposition rules from their TOML file, with the lists it names; every fault is told at once."""

from collections.abc import Mapping
from pathlib import Path

from gateway.config.toml import read_toml
from gateway.errors import ConfigError
from rules.errors import PolicyError
from rules.policy import DEFAULT_POLICY, Policy, parse_policy


def load_policy(path: Path | None) -> Policy:
    """The rules in force; without a file every item waits for inspection. Raises ConfigError."""
    if path is None:
        return DEFAULT_POLICY
    document = read_toml(path, "create it or drop [rules] file")
    faults: list[str] = []
    lists = _read_lists(document.get("lists", {}), path, faults)
    try:
        policy = parse_policy(document, lists)
    except PolicyError as error:
        faults += [f"{path}: {fault}" for fault in error.faults]
    if faults:
        raise ConfigError(tuple(faults))
    return policy


def _read_lists(named: object, path: Path, faults: list[str]) -> Mapping[str, frozenset[str]]:
    """`[lists]`: name = file, one value per line, `#` begins a comment; files are beside the rules."""
    if not isinstance(named, Mapping):
        faults.append(f"{path}: lists: must be a table of names and files")
        return {}
    lists: dict[str, frozenset[str]] = {}
    for name, file in named.items():
        if not isinstance(file, str):
            faults.append(f"{path}: lists.{name}: must be the name of a file")
            continue
        try:
            text = (path.parent / file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{path}: lists.{name}: {file} cannot be read: {error}")
            continue
        values = (line.partition("#")[0].strip() for line in text.splitlines())
        lists[name] = frozenset(value for value in values if value)
    return lists
