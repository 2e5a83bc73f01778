"""TOML files as documents; what cannot be read is a fault of the configuration with line and column."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from gateway.errors import ConfigError

MAX_FILE_BYTES = 4 << 20

_HINTS = {
    "Illegal character '\\n'": "the closing quote is missing",
    "Invalid value": "no value: text stands in quotes, true and false in small letters",
}
"""What the parser calls two frequent mistakes, and what they are."""
_FAULT = re.compile(r"(?P<what>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)", re.DOTALL)


def read_toml(path: Path, advice: str) -> Mapping[str, object]:
    """The document in a file; `advice` is what to do when there is none."""
    try:
        document = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError((f"{path}: there is no such file; {advice}",)) from error
    except PermissionError as error:
        raise ConfigError((f"{path}: cannot be read: {error.strerror}; run this as its owner",)) from error
    except OSError as error:
        raise ConfigError((f"{path}: cannot be read: {error.strerror}",)) from error
    except ValueError as error:
        raise ConfigError((f"{path!r}: is no file name: {error}",)) from error
    return parse_toml(document, path)


def parse_toml(document: bytes, path: Path) -> Mapping[str, object]:
    """A document that came from `path`."""
    if len(document) > MAX_FILE_BYTES:
        raise ConfigError((f"{path}: {len(document)} bytes are no configuration file",))
    try:
        return tomllib.loads(document.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = document.count(b"\n", 0, error.start) + 1
        raise ConfigError((f"{path}:{line}: not UTF-8 text",)) from error
    except RecursionError as error:
        raise ConfigError((f"{path}: not TOML: nested too deeply",)) from error
    except ValueError as error:
        found = _FAULT.fullmatch(str(error))
        place, what = (f":{found['line']}:{found['column']}", found["what"]) if found else ("", str(error))
        raise ConfigError((f"{path}{place}: not TOML: {_HINTS.get(what, what)}",)) from error
