"""What others send us, read strictly: a JSON object of bounded size, or a fault in words."""

import json
from collections.abc import Collection
from typing import NoReturn

from gateway.errors import InputError

MAX_COMMAND_BYTES = 1024 * 1024
MAX_TEXT = 512
"""Characters of an id or name."""

JsonObject = dict[str, object]


def read_object(payload: bytes) -> JsonObject:
    """A JSON object in UTF-8, no name twice, no NaN. Raises InputError."""
    if len(payload) > MAX_COMMAND_BYTES:
        raise InputError((f"payload: {len(payload)} bytes, at most {MAX_COMMAND_BYTES} are read",))
    try:
        document = json.loads(payload.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InputError((f"payload: not JSON: {error}",)) from error
    if not isinstance(document, dict):
        raise InputError(("payload: a JSON object is expected",))
    return document


def only(document: JsonObject, names: Collection[str]) -> None:
    """Raise InputError for fields nobody would look at."""
    faults = tuple(f"{name[:MAX_TEXT]}: unknown field" for name in document if name not in names)
    if faults:
        raise InputError(faults)


def text(document: JsonObject, name: str) -> str:
    """A field that must be there and be text of sane length, which a database can keep. Raises InputError."""
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT or not value.isprintable():
        raise InputError((f"{name}: text of 1 to {MAX_TEXT} printable characters is expected",))
    return value


def flag(document: JsonObject, name: str) -> bool | None:
    """True, false, or None where it is not given. Raises InputError."""
    value = document.get(name)
    if value is not None and not isinstance(value, bool):
        raise InputError((f"{name}: true or false is expected",))
    return value


def _object(pairs: list[tuple[str, object]]) -> JsonObject:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return document


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
