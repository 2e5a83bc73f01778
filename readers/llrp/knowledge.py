"""What is known of a reader by now: learned from its replies, and the ground of what it is asked next."""

from dataclasses import replace
from typing import Final

from readers.errors import ProtocolError
from readers.llrp import requests
from readers.llrp.capabilities import Capabilities, decode_capabilities
from readers.llrp.constants import MessageType, ROSpecState
from readers.llrp.framing import Frame
from readers.llrp.replies import (
    LlrpStatus,
    parse_custom_status,
    parse_rospecs,
    parse_status,
    parse_versions,
    rospec_wording,
)
from readers.llrp.requests import ROSPEC_ID, VERSION_1_1, Detail, ReaderPlan, Request
from readers.llrp.rospecs import ROSpecs
from readers.llrp.steps import SessionState
from readers.llrp.vendors import GENERIC, vendor_of
from readers.settings import ReaderSettings

_MAX_NOTES: Final = 100


class Knowledge:
    """One per connection."""

    def __init__(self, settings: ReaderSettings) -> None:
        self.plan = ReaderPlan(settings, Capabilities(), GENERIC)
        self.rospecs = ROSpecs()
        self.can_upgrade = False
        """It speaks 1.1 but does not do so now."""
        self.notes: list[str] = []
        """What an operator should know, in words; whoever logs them empties the list."""

    @property
    def may_hold_reports(self) -> bool:
        """It can, or did not tell."""
        return self.plan.capabilities == Capabilities() or self.plan.capabilities.holds_reports

    def note(self, text: str) -> None:
        if len(self.notes) < _MAX_NOTES:
            self.notes.append(text)

    def request(self, state: SessionState, detail: Detail) -> Request | None:
        """What a state has to ask; None where this reader need not be asked."""
        match state:
            case SessionState.VERSION:
                return requests.GET_SUPPORTED_VERSION
            case SessionState.STRICT_VERSION:
                return requests.GET_SUPPORTED_VERSION_STRICTLY
            case SessionState.SET_VERSION:
                return requests.SET_PROTOCOL_VERSION
            case SessionState.CAPABILITIES:
                return requests.get_reader_capabilities()
            case SessionState.EXTENSIONS:
                return requests.ENABLE_IMPINJ_EXTENSIONS if self.plan.vendor.enable_extensions else None
            case SessionState.CONFIG:
                return requests.set_reader_config(self.plan, detail)
            case SessionState.RELEASE:
                return requests.ENABLE_EVENTS_AND_REPORTS if self.may_hold_reports else None
            case SessionState.LIST:
                return requests.GET_ROSPECS
            case SessionState.DELETE:
                return requests.delete_rospec() if self.rospecs.may_hold_ours else None
            case SessionState.ADD:
                return requests.add_rospec(self.plan, detail)
            case SessionState.ENABLE:
                return requests.enable_rospec()
            case SessionState.START:
                return requests.start_rospec()
            case SessionState.VERIFY:
                return requests.GET_ROSPECS if self.rospecs.listed else None
            case _:
                return None

    def runs_already(self, detail: Detail) -> bool:
        """Our ROSpec runs, left by a connection before this one, and says what we would say now."""
        if self.rospecs.ours != ROSpecState.Active:
            return False
        return self.rospecs.wording == rospec_wording(requests.add_rospec(self.plan, detail).body, ROSPEC_ID)

    def learn(self, frame: Frame) -> LlrpStatus:
        """The status of a reply, after taking from it what we want to know."""
        if frame.type == MessageType.CUSTOM_MESSAGE:
            return parse_custom_status(frame.body)
        if frame.type == MessageType.GET_SUPPORTED_VERSION_RESPONSE:
            return self._learn_versions(frame.body)
        status = parse_status(frame.body)
        if not status.ok:
            return status
        match frame.type:
            case MessageType.SET_PROTOCOL_VERSION_RESPONSE:
                self.plan = replace(self.plan, version=VERSION_1_1)
            case MessageType.GET_READER_CAPABILITIES_RESPONSE:
                self._learn_capabilities(frame.body)
            case MessageType.GET_ROSPECS_RESPONSE:
                self.rospecs.learn(parse_rospecs(frame.body), rospec_wording(frame.body, ROSPEC_ID))
            case _:
                pass
        return status

    def _learn_versions(self, body: bytes) -> LlrpStatus:
        current, supported, status = parse_versions(body)
        if status.ok and current == VERSION_1_1:
            self.plan = replace(self.plan, version=VERSION_1_1)
        self.can_upgrade = status.ok and current != VERSION_1_1 and supported >= VERSION_1_1
        return status

    def _learn_capabilities(self, body: bytes) -> None:
        """Capabilities we cannot read are no reason to do without the reader."""
        try:
            capabilities = decode_capabilities(body)
        except ProtocolError as error:
            self.note(f"{error}; asking for nothing that depends on them")
            return
        vendor = vendor_of(capabilities.manufacturer)
        self.plan = replace(self.plan, capabilities=capabilities, vendor=vendor)
        known = capabilities.antennas
        missing = [port for port in self.plan.settings.antennas if known is not None and port > known]
        if missing:
            self.note(f"the reader has {known} antenna ports; not used: {missing}")
