"""One recorded message as a JSON object: what it is, its tags if it is a report, or what is wrong with it."""

from typing import Final, TypeAlias

from readers.errors import ProtocolError
from readers.llrp.constants import PROTOCOL_VERSIONS, MessageType
from readers.llrp.framing import HEADER_BYTES, Header, decode_header, walk_parameters
from readers.llrp.walker import TagReport, walk_report

JsonObject: TypeAlias = dict[str, object]

_FIELD_BYTES: Final[dict[int, int]] = {
    MessageType.GET_READER_CAPABILITIES: 1,
    MessageType.GET_READER_CONFIG: 7,
    MessageType.SET_READER_CONFIG: 1,
    MessageType.DELETE_ROSPEC: 4,
    MessageType.START_ROSPEC: 4,
    MessageType.STOP_ROSPEC: 4,
    MessageType.ENABLE_ROSPEC: 4,
    MessageType.DISABLE_ROSPEC: 4,
    MessageType.DELETE_ACCESSSPEC: 4,
    MessageType.ENABLE_ACCESSSPEC: 4,
    MessageType.DISABLE_ACCESSSPEC: 4,
    MessageType.SET_PROTOCOL_VERSION: 1,
    MessageType.GET_SUPPORTED_VERSION_RESPONSE: 2,
}
"""Bytes of fields before the first parameter; the other messages of the standard are parameters only."""
_WALKABLE: Final = frozenset(MessageType) - {MessageType.CUSTOM_MESSAGE}


def describe(message: bytes) -> JsonObject:
    """Type, name, id and length; `tags` of an RO_ACCESS_REPORT; `error` instead where the message is faulty.

    What cannot be known of a faulty message is None.
    """
    if len(message) < HEADER_BYTES:
        return {"error": f"message header cut off: {message.hex()}", **_unknown()}
    header = decode_header(message)
    if header.version not in PROTOCOL_VERSIONS:
        return {"error": f"{header.fault}: {message[:HEADER_BYTES]!r}", **_unknown()}
    known = _known(header)
    fault = header.fault
    if fault is None and header.length != len(message):
        fault = f"message of length {header.length} ends after {len(message)} bytes"
    if fault is not None:
        return {"error": fault, **known}
    try:
        return known | _contents(header.type, message[HEADER_BYTES:])
    except ProtocolError as error:
        return {"error": str(error), **known}


def _known(header: Header) -> JsonObject:
    name = f"UNKNOWN_{header.type}"
    if header.type in frozenset(MessageType):
        name = MessageType(header.type).name
    return {"type": header.type, "name": name, "id": header.id, "length": header.length}


def _unknown() -> JsonObject:
    return {"type": None, "name": None, "id": None, "length": None}


def _contents(kind: int, body: bytes) -> JsonObject:
    """What a message of this type holds beyond its header; raises ProtocolError where it is malformed."""
    if kind == MessageType.RO_ACCESS_REPORT:
        return {"tags": [_tag(tag) for tag in walk_report(body)]}
    if kind in _WALKABLE:
        field_bytes = _FIELD_BYTES.get(kind, 0)
        if len(body) < field_bytes:
            raise ProtocolError(f"{field_bytes} bytes of fields are cut off after {len(body)}")
        list(walk_parameters(body[field_bytes:]))  # raises where the body is malformed
    return {}


def rf_content(tag: TagReport) -> JsonObject:
    """Channel, phase and Doppler frequency of a read: few readers report them, and only when asked to."""
    return {
        "channel": tag.channel,
        "phase_degrees": tag.impinj_phase_degrees,
        "doppler_hz": tag.impinj_doppler_hz,
    }


def _tag(tag: TagReport) -> JsonObject:
    content = {name: value for name, value in rf_content(tag).items() if value is not None}
    return {
        "epc": tag.epc.hex().upper(),
        "epc_bits": tag.epc_bits,
        "antenna": tag.antenna,
        "rssi_dbm": tag.rssi_dbm,
        "seen_count": tag.seen_count,
        "first_seen_us": tag.first_seen_us,
        "last_seen_us": tag.last_seen_us,
    } | content
