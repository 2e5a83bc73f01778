"""The example configuration: it is valid, names every key there is, and tells the true defaults."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.config.loading import parse_settings
from gateway.config.schema import ANTENNA, LISTS, REQUIRED, SECTIONS, Key
from gateway.errors import ConfigError
from gateway.settings import Settings

PATH = Path(__file__).parents[2] / "deploy" / "gateway.toml"
TEXT = PATH.read_text(encoding="utf-8")
HEADER = re.compile(r"\[+([a-z0-9_.]+)\]+")
EXAMPLE = re.compile(r"^#(?=\S+ = )", re.MULTILINE)
TABLES = {**SECTIONS, **LISTS, "reader.antenna": ANTENNA}


def keys() -> list[tuple[str, str, Key]]:
    return [(table, name, key) for table, known in TABLES.items() for name, key in known.items()]


def written(text: str) -> Iterator[tuple[str, str]]:
    """Section and key of each line, examples too."""
    section = ""
    for line in text.splitlines():
        if header := HEADER.match(line):
            section = header[1]
        elif found := re.match(r'#?"?(\w+)"? = ', line):
            yield section, found[1]


def first(document: Mapping[str, object], table: str) -> Mapping[str, object]:
    """The first table of a name: `reader.antenna` is the first antenna of the first reader."""
    found: object = document
    for name in table.split("."):
        assert isinstance(found, dict)
        found = found[name]
        found = found[0] if isinstance(found, list) else found
    assert isinstance(found, dict)
    return found


def test_example_when_parsed_then_it_is_without_fault() -> None:
    parsed = parse_settings(TEXT.encode(), PATH, {})
    assert isinstance(parsed, Settings)
    assert [point.id for point in parsed.read_points] == ["dock-1", "restock"]


@pytest.mark.parametrize(
    ("table", "name"), [(table, name) for table, name, _ in keys() if name not in ("modules", "co2_kg")]
)
def test_example_when_a_key_exists_then_it_stands_in_it(table: str, name: str) -> None:
    assert (table, name) in set(written(TEXT))


def test_example_when_a_section_exists_then_it_stands_in_it() -> None:
    assert set(TABLES) | {"log.modules", "report.co2_kg"} == set(
        HEADER.findall(re.sub(r"^#.*", "", TEXT, flags=re.MULTILINE))
    )


@pytest.mark.parametrize(
    ("table", "name", "key"), [entry for entry in keys() if entry[2].default not in (REQUIRED, None)]
)
def test_example_when_a_key_has_a_default_then_the_example_shows_it(table: str, name: str, key: Key) -> None:
    shown = first(tomllib.loads(TEXT), table)[name]
    assert (tuple(shown) if isinstance(shown, list) else shown) == key.default


def test_example_when_every_example_line_is_taken_then_it_is_still_without_fault() -> None:
    text = EXAMPLE.sub("", TEXT).replace("tls = false", "tls = true")
    text = text.replace(
        "sqlite:////var/lib/returns-gateway/returns.db", "postgresql+psycopg://gateway@db/returns"
    )
    parsed = parse_settings(text.encode(), PATH, {})
    assert parsed.readers[0].tls is not None
    assert parsed.mqtt.username == "returns-gateway"
    assert parsed.rules.file == str(PATH.parent / "rules.toml")


@settings(max_examples=60, deadline=None)
@given(
    st.data(),
    st.sampled_from(
        ["", "= 1", "[", "x = 1", "port = -1", 'id = "a/b"', "tls = true", "[[reader]]", 'kind = "presence"']
    ),
)
def test_example_when_any_line_is_replaced_then_settings_or_faults_come_back(
    data: st.DataObject, line: str
) -> None:
    lines = TEXT.splitlines()
    index = data.draw(st.integers(0, len(lines) - 1))
    lines[index] = line
    try:
        assert isinstance(parse_settings("\n".join(lines).encode(), PATH, {}), Settings)
    except ConfigError as error:
        assert error.faults
