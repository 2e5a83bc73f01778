"""The conversation that leads to an inventory and keeps it up: a state, one request at a time, its outcome.

The table in `steps` says where outcomes lead; what needs a decision beyond it is here.
"""

from dataclasses import replace
from typing import Final

from readers.errors import DeadlineError, ProtocolError, RefusedError
from readers.llrp import requests
from readers.llrp.capabilities import Capabilities, decode_capabilities
from readers.llrp.constants import MessageType, ROSpecState
from readers.llrp.exchange import Exchange
from readers.llrp.framing import Frame
from readers.llrp.lessons import Lessons
from readers.llrp.replies import LlrpStatus, parse_custom_status, parse_rospecs, parse_status, parse_versions
from readers.llrp.requests import VERSION_1_1, Detail, ReaderPlan, Request
from readers.llrp.rospecs import MAX_STARTS, ROSpecs
from readers.llrp.steps import STEPS, SessionState
from readers.llrp.vendors import GENERIC, vendor_of
from readers.settings import ReaderSettings

_MAX_NOTES: Final = 100
_TOLERATED: Final = (SessionState.VERSION, SessionState.DELETE, SessionState.START)
"""Refused by sound readers: 1.0.1 knows no versions, nothing was there to delete, the ROSpec runs already."""


class Dialogue:
    """One per connection; the session feeds it frames and time, and sends what is in `outgoing`."""

    def __init__(self, settings: ReaderSettings, lessons: Lessons) -> None:
        self.state = SessionState.IDLE
        self.plan = ReaderPlan(settings, Capabilities(), GENERIC)
        self.rospecs = ROSpecs()
        self.exchange = Exchange(int(settings.reply_seconds * 1_000_000))
        self.outgoing = bytearray()
        self.notes: list[str] = []
        """What an operator should know, in words; whoever logs them empties the list."""
        self._lessons = lessons
        self._upgrade = False
        self._detail = {
            SessionState.CONFIG: lessons.detail(MessageType.SET_READER_CONFIG),
            SessionState.ADD: lessons.detail(MessageType.ADD_ROSPEC),
        }
        self._displacing: tuple[Request, SessionState] | None = None

    @property
    def inventorying(self) -> bool:
        return self.state is SessionState.INVENTORYING

    def enter(self, state: SessionState, now_us: int) -> None:
        """Asks what the state asks; where there is nothing to ask, goes on to the next."""
        while True:
            self.state = state
            if state is SessionState.INVENTORYING:
                return
            request = self._request(state)
            following = STEPS[state].refused
            if request is None or (following is not None and self._lessons.skips(request.type)):
                state = following or STEPS[state].done
                continue
            self.send(request, now_us)
            if request.reply is not None:
                return
            state = STEPS[state].done

    def send(self, request: Request, now_us: int) -> None:
        self.outgoing += self.exchange.ask(request, self.plan.version, now_us)

    def answered(self, frame: Frame, request: Request, now_us: int) -> None:
        """`frame` is the answer to `request`. Raises RefusedError where nothing is left to try."""
        self._lessons.acquit(request.type)
        refused = frame.type == MessageType.ERROR_MESSAGE
        status = parse_status(frame.body) if refused else self._learn(frame)
        if self.state is SessionState.CLOSING:
            self.state = SessionState.CLOSED
        elif self.state is SessionState.DISPLACE:
            self._resume(now_us)
        elif self.inventorying:
            self._checked(request, refused or not status.ok, now_us)
        elif refused or not status.ok:
            self._refused(status, now_us)
        elif self.state is SessionState.VERIFY:
            self._reconcile(now_us)
        elif self.state is SessionState.VERSION and self._upgrade:
            self.enter(SessionState.SET_VERSION, now_us)
        else:
            self.enter(STEPS[self.state].done, now_us)

    def unanswered(self, request: Request, now_us: int) -> None:
        """The deadline of `request` has passed. Raises DeadlineError where we cannot go on without."""
        self._lessons.blame(request.type)
        if self.state is SessionState.CLOSING:
            self.state = SessionState.CLOSED
        elif self.state is SessionState.DISPLACE:
            self._resume(now_us)
        elif self.inventorying:
            self._checked(request, True, now_us)
        else:
            following = STEPS[self.state].unanswered
            seconds = self.plan.settings.reply_seconds
            text = f"{request.type.name} not answered within {seconds:g} s"
            if following is None:
                raise DeadlineError(text)
            self._note(f"{text}; going on without")
            self.enter(following, now_us)

    def check(self, now_us: int) -> None:
        """Asks a reader that inventories whether our ROSpec still runs, or at least whether it is alive."""
        if self.exchange.pending is not None:
            return
        for request in (requests.GET_ROSPECS if self.rospecs.listed else None, requests.get_reader_config()):
            if request is not None and not self._lessons.skips(request.type):
                self.send(request, now_us)
                return

    def runs(self, now_us: int) -> None:
        """Reads of ours, or the event of its start: our ROSpec runs, whatever the answers say."""
        self.rospecs.starts = 0
        if self.state in (SessionState.START, SessionState.VERIFY):
            self.enter(SessionState.INVENTORYING, now_us)

    def lost(self) -> None:
        """The connection is gone; on the way to inventory, the request before that is suspect."""
        on_the_way = self.state in STEPS or self.state is SessionState.DISPLACE
        if on_the_way and self.exchange.unanswered:
            self._lessons.blame(self.exchange.unanswered[0])

    def _request(self, state: SessionState) -> Request | None:
        match state:
            case SessionState.VERSION:
                return requests.GET_SUPPORTED_VERSION
            case SessionState.SET_VERSION:
                return requests.SET_PROTOCOL_VERSION
            case SessionState.CAPABILITIES:
                return requests.get_reader_capabilities()
            case SessionState.EXTENSIONS:
                return requests.ENABLE_IMPINJ_EXTENSIONS if self.plan.vendor.enable_extensions else None
            case SessionState.CONFIG:
                return requests.set_reader_config(self.plan, self._detail[state])
            case SessionState.RELEASE:
                return requests.ENABLE_EVENTS_AND_REPORTS
            case SessionState.LIST:
                return requests.GET_ROSPECS
            case SessionState.DELETE:
                return (
                    requests.delete_rospec()
                    if self.rospecs.ours is not None or not self.rospecs.listed
                    else None
                )
            case SessionState.ADD:
                return requests.add_rospec(self.plan, self._detail[state])
            case SessionState.ENABLE:
                return requests.enable_rospec()
            case SessionState.START:
                return requests.start_rospec()
            case SessionState.VERIFY:
                return requests.GET_ROSPECS if self.rospecs.listed else None
            case _:
                return None

    def _learn(self, frame: Frame) -> LlrpStatus:
        """The status of a reply, after taking from it what we want to know."""
        match frame.type:
            case MessageType.CUSTOM_MESSAGE:
                return parse_custom_status(frame.body)
            case MessageType.GET_SUPPORTED_VERSION_RESPONSE:
                current, supported, status = parse_versions(frame.body)
                if status.ok and current == VERSION_1_1:
                    self.plan = replace(self.plan, version=VERSION_1_1)
                self._upgrade = status.ok and current != VERSION_1_1 and supported >= VERSION_1_1
                return status
            case MessageType.SET_PROTOCOL_VERSION_RESPONSE:
                status = parse_status(frame.body)
                if status.ok:
                    self.plan = replace(self.plan, version=VERSION_1_1)
                return status
            case MessageType.GET_READER_CAPABILITIES_RESPONSE:
                status = parse_status(frame.body)
                if status.ok:
                    self._learn_capabilities(frame.body)
                return status
            case MessageType.GET_ROSPECS_RESPONSE:
                status = parse_status(frame.body)
                if status.ok:
                    self.rospecs.learn(parse_rospecs(frame.body))
                return status
            case _:
                return parse_status(frame.body)

    def _learn_capabilities(self, body: bytes) -> None:
        """Capabilities we cannot read are no reason to do without the reader."""
        try:
            capabilities = decode_capabilities(body)
        except ProtocolError as error:
            self._note(f"{error}; asking for nothing that depends on them")
            return
        vendor = vendor_of(capabilities.manufacturer)
        self.plan = replace(self.plan, capabilities=capabilities, vendor=vendor)
        known = capabilities.antennas
        missing = [port for port in self.plan.settings.antennas if known is not None and port > known]
        if missing:
            self._note(f"the reader has {known} antenna ports; not used: {missing}")

    def _refused(self, status: LlrpStatus, now_us: int) -> None:
        state = self.state
        text = f"{state.value} refused: {status}"
        if state is SessionState.ADD:
            self._add_refused(text, now_us)
            return
        following = STEPS[state].refused
        if following is None:
            raise RefusedError(text)
        detail = self._detail.get(state, Detail.LEAST)
        if detail < Detail.LEAST:
            self._detail[state] = Detail(detail + 1)
            following = state
            text += "; asking for less"
        if state not in _TOLERATED:
            self._note(text)
        self.enter(following, now_us)

    def _add_refused(self, text: str, now_us: int) -> None:
        """Room first where the reader has none, then asking for less, then room after all."""
        limit = self.plan.capabilities.max_rospecs
        detail = self._detail[SessionState.ADD]
        if limit is not None and len(self.rospecs.strangers()) >= limit:
            request = self.rospecs.make_room()
        elif detail < Detail.LEAST:
            self._detail[SessionState.ADD] = Detail(detail + 1)
            self._note(f"{text}; asking for less")
            self.enter(SessionState.ADD, now_us)
            return
        else:
            request = self.rospecs.make_room()
            self._detail[SessionState.ADD] = Detail.FULL
        if request is None:
            raise RefusedError(text)
        self._note(f"{text}; making room: another client's ROSpec is deleted")
        self._displace(request, SessionState.ADD, now_us)

    def _checked(self, request: Request, failed: bool, now_us: int) -> None:
        """Any answer was a sign of life; only a list of ROSpecs says more."""
        if request.type != MessageType.GET_ROSPECS:
            return
        if failed:
            self.rospecs.listed = False
        else:
            self._reconcile(now_us)

    def _reconcile(self, now_us: int) -> None:
        """The reader has just listed its ROSpecs."""
        ours = self.rospecs.ours
        if ours == ROSpecState.Active:
            self.rospecs.starts = 0
            self.enter(SessionState.INVENTORYING, now_us)
            return
        self.rospecs.starts += 1
        if ours is None:
            self._note("our ROSpec is gone; adding it again")
            self.enter(SessionState.ADD, now_us)
            return
        if self.rospecs.starts > MAX_STARTS:
            self._give_up_starting(now_us)
            return
        following = SessionState.ENABLE if ours == ROSpecState.Disabled else SessionState.START
        self._note(f"our ROSpec does not run ({_state_name(ours)}); starting it")
        rival = self.rospecs.stop_rival()
        if rival is None:
            self.enter(following, now_us)
        else:
            self._note("another client's ROSpec runs instead; disabling it")
            self._displace(rival, following, now_us)

    def _give_up_starting(self, now_us: int) -> None:
        """Some readers list the state a ROSpec was added with: one who accepts the start is believed."""
        if self.state is SessionState.VERIFY:
            raise RefusedError(f"our ROSpec does not run though it was started {MAX_STARTS} times")
        self._note("the list of ROSpecs contradicts the answer to START_ROSPEC; not asking for it again")
        self.rospecs.listed = False
        self.enter(SessionState.INVENTORYING, now_us)

    def _displace(self, request: Request, following: SessionState, now_us: int) -> None:
        self.state = SessionState.DISPLACE
        self._displacing = request, following
        self.send(request, now_us)

    def _resume(self, now_us: int) -> None:
        """Whether the stranger's ROSpec gave way or not: the next refusal will tell."""
        assert self._displacing is not None
        _, following = self._displacing
        self.enter(following, now_us)

    def _note(self, text: str) -> None:
        if len(self.notes) < _MAX_NOTES:
            self.notes.append(text)


def _state_name(state: int) -> str:
    return ROSpecState(state).name if state in list(ROSpecState) else f"state {state}"
