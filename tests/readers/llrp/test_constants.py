"""The numbers against the machine-readable definition of LLRP."""

from xml.etree import ElementTree as ET

from readers.llrp.constants import TV_BYTES, MessageType, ParameterType, StatusCode
from tests.readers.llrp.wire import REFERENCE, needs_reference

NAMESPACE = "{http://www.llrp.org/ltk/schema/core/encoding/binary/1.0}"
BITS = {"u1": 1, "u2": 2, "u8": 8, "s8": 8, "u16": 16, "s16": 16, "u32": 32, "u64": 64, "u96": 96}
MISNUMBERED = {"LoopSpec"}
"""The definition file gives LoopSpec 189; LLRP 1.1 gives 355."""


def definitions(kind: str) -> dict[str, ET.Element]:
    root = ET.parse(REFERENCE / "llrp-1x1-def.xml").getroot()
    return {element.get("name", ""): element for element in root.iter(f"{NAMESPACE}{kind}")}


@needs_reference
def test_message_types_are_those_of_the_definition() -> None:
    numbers = {
        name: int(element.get("typeNum", "")) for name, element in definitions("messageDefinition").items()
    }
    assert numbers.items() <= {kind.name: kind.value for kind in MessageType}.items()


@needs_reference
def test_parameter_types_are_those_of_the_definition() -> None:
    numbers = {
        name.replace("_", ""): int(element.get("typeNum", ""))
        for name, element in definitions("parameterDefinition").items()
        if name not in MISNUMBERED
    }
    assert numbers.items() <= {kind.name: kind.value for kind in ParameterType}.items()


@needs_reference
def test_status_codes_are_those_of_the_definition() -> None:
    entries = definitions("enumerationDefinition")["StatusCode"].iter(f"{NAMESPACE}entry")
    codes = {entry.get("name"): int(entry.get("value", "")) for entry in entries}
    assert codes.items() <= {code.name: code.value for code in StatusCode}.items()


@needs_reference
def test_tv_lengths_are_the_sums_of_their_fields() -> None:
    for name, element in definitions("parameterDefinition").items():
        number = int(element.get("typeNum", ""))
        if number < 128:
            bits = sum(BITS[field.get("type", "")] for field in element.iter(f"{NAMESPACE}field"))
            bits += sum(int(field.get("bitCount", "")) for field in element.iter(f"{NAMESPACE}reserved"))
            assert TV_BYTES[number] == 1 + bits // 8, name


def test_every_tv_parameter_has_a_length() -> None:
    assert set(TV_BYTES) == {kind for kind in ParameterType if kind < 128}
