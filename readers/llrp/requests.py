"""What we ask of a reader, from its capabilities: sllurp encodes what it can, the rest is written here.

sllurp drops EventsAndReports without a word, turns "report every N" into an AISpec stop trigger that readers
refuse, and has no encoder for version negotiation, GET_ROSPECS and Impinj's link monitor.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from struct import pack
from typing import Final

from sllurp.llrp import LLRPMessage
from sllurp.llrp_proto import LLRPROSpec

from readers.llrp.capabilities import Capabilities
from readers.llrp.constants import VENDOR_IMPINJ, MessageType, ParameterType
from readers.llrp.framing import HEADER_BYTES, encode_tlv
from readers.llrp.presets import PRESETS
from readers.llrp.vendors import IMPINJ, Vendor
from readers.settings import ReaderSettings

ROSPEC_ID: Final = 0x52470001
"""One id for every gateway: a successor knows its predecessor's ROSpec, and strangers' as such."""
VERSION_1_0_1: Final = 1
VERSION_1_1: Final = 2
"""As the header's version field says them."""

_EXTENSIONS_SUBTYPE: Final = 21
_PERIODIC_KEEPALIVE: Final = 1
_ON: Final = 0x80
_HOLD: Final = bytes((_ON,))
_ALL_CAPABILITIES: Final = 0
_ALL_CONFIG: Final = 0
_IMPINJ_CONTENT: Final = {
    "EnableRFPhaseAngle": True,
    "EnablePeakRSSI": True,
    "EnableRFDopplerFrequency": True,
}
_KEEPALIVE_CONFIG: Final = 7
_EVENTS: Final = {
    "GPIEvent": True,
    "ROSpecEvent": True,
    "ReportBufferFillWarning": True,
    "ReaderExceptionEvent": True,
    "AntennaEvent": True,
}


@dataclass(frozen=True, slots=True)
class Request:
    """A message without its id; `reply` is None where the standard has no answer to it."""

    type: MessageType
    reply: MessageType | None = None
    body: bytes = b""
    version: int | None = None
    """None: the version negotiated for the connection."""


class Detail(IntEnum):
    """How much to ask for; one step down each time the reader refuses."""

    FULL = 0
    STANDARD = 1
    """Without vendors' parameters, RF mode and batching time."""
    LEAST = 2
    """What no reader can refuse: antennas and report content, or keepalives alone."""


@dataclass(frozen=True, slots=True)
class ReaderPlan:
    """Everything requests depend on."""

    settings: ReaderSettings
    capabilities: Capabilities
    vendor: Vendor
    version: int = VERSION_1_0_1


GET_SUPPORTED_VERSION: Final = Request(
    MessageType.GET_SUPPORTED_VERSION, MessageType.GET_SUPPORTED_VERSION_RESPONSE, version=VERSION_1_0_1
)
"""In version 1, though LLRP 1.1 (17.1.1) wants 2: a reader of 1.0.1, as most are, then refuses a message it
does not know and not the version of the connection; one of 1.1 answers as well."""
GET_SUPPORTED_VERSION_STRICTLY: Final = replace(GET_SUPPORTED_VERSION, version=VERSION_1_1)
"""As the standard says it; for a reader that answers M_UnsupportedVersion."""
SET_PROTOCOL_VERSION: Final = Request(
    MessageType.SET_PROTOCOL_VERSION,
    MessageType.SET_PROTOCOL_VERSION_RESPONSE,
    bytes((VERSION_1_1,)),
    version=VERSION_1_1,
)
GET_ROSPECS: Final = Request(MessageType.GET_ROSPECS, MessageType.GET_ROSPECS_RESPONSE)
GET_REPORT: Final = Request(MessageType.GET_REPORT, MessageType.RO_ACCESS_REPORT)
ENABLE_EVENTS_AND_REPORTS: Final = Request(MessageType.ENABLE_EVENTS_AND_REPORTS)
CLOSE_CONNECTION: Final = Request(MessageType.CLOSE_CONNECTION, MessageType.CLOSE_CONNECTION_RESPONSE)
ENABLE_IMPINJ_EXTENSIONS: Final = Request(
    MessageType.CUSTOM_MESSAGE,
    MessageType.CUSTOM_MESSAGE,
    pack(">IBI", VENDOR_IMPINJ, _EXTENSIONS_SUBTYPE, 0),
)


def get_reader_capabilities() -> Request:
    body = _sllurp_body("GET_READER_CAPABILITIES", {"RequestedData": _ALL_CAPABILITIES})
    return Request(MessageType.GET_READER_CAPABILITIES, MessageType.GET_READER_CAPABILITIES_RESPONSE, body)


def get_reader_config(*, everything: bool = False) -> Request:
    """Asks for the KeepaliveSpec, the cheapest question any reader has an answer to, or for everything."""
    wanted = _ALL_CONFIG if everything else _KEEPALIVE_CONFIG
    body = _sllurp_body("GET_READER_CONFIG", {"RequestedData": wanted})
    return Request(MessageType.GET_READER_CONFIG, MessageType.GET_READER_CONFIG_RESPONSE, body)


def set_reader_config(plan: ReaderPlan, detail: Detail) -> Request:
    """Keepalives, events, inputs, and reports held for us while we are away."""
    fields: dict[str, object] = {
        "ResetToFactoryDefaults": False,
        "KeepaliveSpec": {
            "KeepaliveTriggerType": _PERIODIC_KEEPALIVE,
            "TimeInterval": int(plan.settings.keepalive_seconds * 1000),
        },
    }
    tail = b""
    if detail < Detail.LEAST:
        fields["ReaderEventNotificationSpec"] = {"EventNotificationState": _EVENTS}
        if plan.capabilities.holds_reports:
            tail = encode_tlv(ParameterType.EventsAndReports, _HOLD)
    if detail == Detail.FULL:
        fields["GPIPortCurrentState"] = [
            {"GPIPortNum": port, "GPIConfig": True} for port in range(1, plan.capabilities.gpi_ports + 1)
        ]
        tail += b"".join(plan.vendor.config)
    body = _sllurp_body("SET_READER_CONFIG", fields) + tail
    return Request(MessageType.SET_READER_CONFIG, MessageType.SET_READER_CONFIG_RESPONSE, body)


def set_output(port: int, *, is_high: bool) -> Request:
    """GPOWriteData, which sllurp cannot encode; all else stays as it is."""
    write = encode_tlv(ParameterType.GPOWriteData, pack(">HB", port, _ON if is_high else 0))
    body = _sllurp_body("SET_READER_CONFIG", {"ResetToFactoryDefaults": False}) + write
    return Request(MessageType.SET_READER_CONFIG, MessageType.SET_READER_CONFIG_RESPONSE, body)


def set_reset_config() -> Request:
    """Factory defaults, for a reader that has to be given back."""
    body = _sllurp_body("SET_READER_CONFIG", {"ResetToFactoryDefaults": True})
    return Request(MessageType.SET_READER_CONFIG, MessageType.SET_READER_CONFIG_RESPONSE, body)


def add_rospec(plan: ReaderPlan, detail: Detail) -> Request:
    body = _sllurp_body("ADD_ROSPEC", {"ROSpec": _rospec(plan, detail)})
    return Request(MessageType.ADD_ROSPEC, MessageType.ADD_ROSPEC_RESPONSE, body)


def enable_rospec(rospec: int = ROSPEC_ID) -> Request:
    return _of_rospec(MessageType.ENABLE_ROSPEC, MessageType.ENABLE_ROSPEC_RESPONSE, rospec)


def start_rospec(rospec: int = ROSPEC_ID) -> Request:
    return _of_rospec(MessageType.START_ROSPEC, MessageType.START_ROSPEC_RESPONSE, rospec)


def stop_rospec(rospec: int = ROSPEC_ID) -> Request:
    return _of_rospec(MessageType.STOP_ROSPEC, MessageType.STOP_ROSPEC_RESPONSE, rospec)


def disable_rospec(rospec: int) -> Request:
    return _of_rospec(MessageType.DISABLE_ROSPEC, MessageType.DISABLE_ROSPEC_RESPONSE, rospec)


def delete_rospec(rospec: int = ROSPEC_ID) -> Request:
    """ROSpec 0 means all of them."""
    return _of_rospec(MessageType.DELETE_ROSPEC, MessageType.DELETE_ROSPEC_RESPONSE, rospec)


def _of_rospec(kind: MessageType, reply: MessageType, rospec: int) -> Request:
    return Request(kind, reply, _sllurp_body(kind.name, {"ROSpecID": rospec}))


def used_antennas(plan: ReaderPlan) -> tuple[int, ...]:
    """The configured ports the reader has; 0 stands for all of them."""
    known = plan.capabilities.antennas
    wanted = plan.settings.antennas
    return tuple(port for port in wanted if known is None or port <= known) or wanted or (0,)


def _rospec(plan: ReaderPlan, detail: Detail) -> LLRPROSpec:
    """An inventory that never ends by itself and reports every read."""
    gen2 = PRESETS[plan.settings.preset]
    abilities = plan.capabilities
    mode = abilities.mode(gen2.miller) if detail == Detail.FULL else None
    power = abilities.power_index(plan.settings.tx_power_dbm)
    channel = 1 if abilities.hop_table is not None or abilities.channels else 0
    has_rf_content = plan.settings.rf_content and detail == Detail.FULL
    rospec = LLRPROSpec(
        None if mode is None else {"ModeIdentifier": mode, "MaxTari": 0},
        ROSPEC_ID,
        antennas=used_antennas(plan),
        tx_power=power or 0,
        tag_content_selector={
            "EnableFirstSeenTimestamp": True,
            "EnableChannelIndex": has_rf_content,
            "C1G2EPCMemorySelector": {"EnableCRC": False, "EnablePCBits": True},
        },
        session=gen2.session,
        tag_population=gen2.population,
        impinj_search_mode=plan.vendor.search_mode if detail == Detail.FULL else None,
        impinj_tag_content_selector=_IMPINJ_CONTENT if has_rf_content and plan.vendor is IMPINJ else None,
        frequencies={"HopTableId": abilities.hop_table or 0, "ChannelList": [channel]},
    )
    rospec["ROReportSpec"].update(_report_trigger(plan, detail))
    for inventory in rospec["AISpec"][0]["InventoryParameterSpec"]:
        if detail == Detail.LEAST:
            del inventory["AntennaConfiguration"]
        elif power is None or not channel:
            for antenna in inventory["AntennaConfiguration"]:
                del antenna["RFTransmitter"]
    return rospec


def _report_trigger(plan: ReaderPlan, detail: Detail) -> dict[str, object]:
    """By time where the version has it (1.1), else each read: with N > 1 a lone tag waits for ever."""
    if plan.version >= VERSION_1_1 and plan.settings.report_every_ms > 0 and detail == Detail.FULL:
        return {"ROReportTrigger": "Upon_N_Milliseconds", "N": min(plan.settings.report_every_ms, 0xFFFF)}
    return {"ROReportTrigger": "Upon_N_Tags_Or_End_Of_AISpec", "N": 1}


def _sllurp_body(name: str, fields: dict[str, object]) -> bytes:
    """The body sllurp encodes; ids and versions are the session's business."""
    message: bytes = LLRPMessage(msgdict={name: {**fields, "ID": 0}}).msgbytes
    return message[HEADER_BYTES:]
