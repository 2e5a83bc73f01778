"""Judges encoded messages by the machine-readable definition of LLRP: every field, which parameters may follow,
in which order and how often.
"""

import xml.etree.ElementTree as ET
from pathlib import Path

_BITS = {"u1": 1, "u2": 2, "u8": 8, "s8": 8, "u16": 16, "s16": 16, "u32": 32, "u64": 64, "u96": 96}
_VECTORS = {"u1v": 1, "u8v": 8, "utf8v": 8, "u16v": 16, "u32v": 32}


class Definition:
    def __init__(self, path: Path) -> None:
        root = ET.parse(path).getroot()
        namespace = root.tag[: root.tag.index("}") + 1]
        self._ns = namespace
        self._messages = {
            int(one.attrib["typeNum"]): one for one in root.iter(f"{namespace}messageDefinition")
        }
        self._parameters = {
            int(one.attrib["typeNum"]): one for one in root.iter(f"{namespace}parameterDefinition")
        }
        self._choices = {
            one.attrib["name"]: [choice.attrib["type"] for choice in one.iter(f"{namespace}parameter")]
            for one in root.iter(f"{namespace}choiceDefinition")
        }

    def faults(self, message: bytes) -> list[str]:
        """What is wrong with one whole message; none for one that the standard allows."""
        kind = int.from_bytes(message[:2], "big") & 0x3FF
        if int.from_bytes(message[2:6], "big") != len(message):
            return ["length"]
        return self._body(self._messages[kind], message[10:], self._messages[kind].attrib["name"])

    def _body(self, definition: ET.Element, data: bytes, path: str) -> list[str]:
        bits = 0
        for field in definition:
            kind = field.attrib.get("type", "")
            if field.tag == f"{self._ns}reserved":
                bits += int(field.attrib["bitCount"])
            elif field.tag == f"{self._ns}field" and kind in _BITS:
                bits += _BITS[kind]
            elif field.tag == f"{self._ns}field" and kind in _VECTORS:
                count = int.from_bytes(data[bits // 8 : bits // 8 + 2], "big")
                bits += 16 + -(-count * _VECTORS[kind] // 8) * 8
            elif field.tag == f"{self._ns}field":
                bits = len(data) * 8
        if bits % 8 or bits > len(data) * 8:
            return [f"{path}: fields need {bits} bits, {len(data)} bytes are there"]
        return self._children(definition, data[bits // 8 :], path)

    def _children(self, definition: ET.Element, data: bytes, path: str) -> list[str]:
        found: list[str] = []
        faults: list[str] = []
        while data:
            kind, length = int.from_bytes(data[:2], "big") & 0x3FF, int.from_bytes(data[2:4], "big")
            if data[0] & 0x80 or not 4 <= length <= len(data):
                return [*faults, f"{path}: no TLV at {data[:8].hex()}"]
            if kind == 1023:
                found.append("Custom")
            else:
                name = self._parameters[kind].attrib["name"]
                found.append(name)
                faults += self._body(self._parameters[kind], data[4:length], f"{path}.{name}")
            data = data[length:]
        return faults + self._cardinality(definition, found, path)

    def _cardinality(self, definition: ET.Element, found: list[str], path: str) -> list[str]:
        """The definition's order is the order on the wire."""
        position = 0
        faults: list[str] = []
        for slot in definition:
            if slot.tag not in (f"{self._ns}parameter", f"{self._ns}choice"):
                continue
            names = self._choices.get(slot.attrib["type"], [slot.attrib["type"]])
            count = 0
            while position < len(found) and found[position] in names:
                position += 1
                count += 1
            least, _, most = slot.attrib["repeat"].partition("-")
            if count < int(least) or (most != "N" and count > int(most or least)):
                faults.append(f"{path}: {slot.attrib['type']} {count} times, allowed {slot.attrib['repeat']}")
        if position < len(found):
            faults.append(f"{path}: {found[position]} is out of place")
        return faults
