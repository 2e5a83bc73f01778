"""The conversation that leads to an inventory and keeps it up: a state, one request at a time, its outcome.

The table in `steps` says where outcomes lead; what needs a decision beyond it is here.
"""

from typing import Final

from readers.errors import DeadlineError, RefusedError
from readers.llrp import requests
from readers.llrp.constants import MessageType, ROSpecState, StatusCode
from readers.llrp.exchange import Exchange
from readers.llrp.framing import Frame
from readers.llrp.knowledge import Knowledge
from readers.llrp.lessons import Lessons
from readers.llrp.replies import LlrpStatus, parse_status
from readers.llrp.requests import Detail, Request
from readers.llrp.rospecs import MAX_STARTS
from readers.llrp.steps import STEPS, SessionState
from readers.settings import ReaderSettings

PAUSE_US: Final = 50_000
"""Some readers take but the first of two messages that come at once, as only these two could."""
_VERSION_STATES: Final = (SessionState.VERSION, SessionState.STRICT_VERSION)
_TOLERATED: Final = (*_VERSION_STATES, SessionState.DELETE, SessionState.START)
"""Refused by sound readers: 1.0.1 knows no versions, nothing was there to delete, the ROSpec runs already."""


class Dialogue:
    """One per connection; the session feeds it frames and time, and sends what is in `outgoing`."""

    def __init__(self, settings: ReaderSettings, lessons: Lessons) -> None:
        self.state = SessionState.IDLE
        self.known = Knowledge(settings)
        self.exchange = Exchange(int(settings.reply_seconds * 1_000_000))
        self.outgoing = bytearray()
        self.resume_us: int | None = None
        """When to go on after a request that has no answer."""
        self.was_left = False
        """Our ROSpec ran when we came, and runs on."""
        self._lessons = lessons
        self._detail = {SessionState.CONFIG: Detail.FULL, SessionState.ADD: Detail.FULL}
        self._displacing: tuple[Request, SessionState] | None = None
        self._outputs: dict[int, bool] = {}
        """Levels to be set, by port: only the last one counts."""

    @property
    def inventorying(self) -> bool:
        return self.state is SessionState.INVENTORYING

    def begin(self, now_us: int) -> None:
        """Waits for the greeting, and recalls how much this reader can be asked for."""
        self.state = SessionState.GREETING
        self._detail = {
            SessionState.CONFIG: self._lessons.detail(MessageType.SET_READER_CONFIG, now_us),
            SessionState.ADD: self._lessons.detail(MessageType.ADD_ROSPEC, now_us),
        }

    def ungreeted(self, now_us: int) -> None:
        """Goes on without a greeting: who leaves that out may hang at version negotiation too."""
        self.known.note("no ConnectionAttemptEvent; asking all the same")
        self.enter(SessionState.CAPABILITIES, now_us)

    def enter(self, state: SessionState, now_us: int) -> None:
        """Asks what the state asks; where there is nothing to ask, goes on to the next."""
        while True:
            self.state = state
            if state is SessionState.INVENTORYING:
                self._switch_outputs(now_us)
                return
            request = self.known.request(state, self._detail.get(state, Detail.FULL))
            following = STEPS[state].refused
            if request is None or (following is not None and self._lessons.skips(request.type, now_us)):
                state = following or STEPS[state].done
                continue
            self.send(request, now_us)
            if request.reply is None:
                self.resume_us = now_us + PAUSE_US
            return

    def resume(self, now_us: int) -> None:
        """The pause after a request without an answer is over."""
        if self.resume_us is not None and now_us >= self.resume_us:
            self.resume_us = None
            if self.state in STEPS:
                self.enter(STEPS[self.state].done, now_us)

    def send(self, request: Request, now_us: int) -> None:
        """The answer is waited for only shortly where we can go on without and it hardly will come."""
        step = STEPS.get(self.state)
        dispensable = step is not None and step.unanswered is not None
        hopeless = self.state in _VERSION_STATES or self._lessons.fails(request.type, now_us)
        is_brief = dispensable and hopeless
        self.outgoing += self.exchange.ask(request, self.known.plan.version, now_us, is_brief=is_brief)

    def answered(self, frame: Frame, request: Request, now_us: int) -> None:
        """`frame` is the answer to `request`. Raises RefusedError where nothing is left to try."""
        self._lessons.acquit(request.type, now_us)
        refused = frame.type == MessageType.ERROR_MESSAGE
        status = parse_status(frame.body) if refused else self.known.learn(frame)
        if self.state is SessionState.CLOSING:
            self.state = SessionState.CLOSED
        elif self.state is SessionState.DISPLACE:
            self._resume(now_us)
        elif self.inventorying:
            if request.type == MessageType.SET_READER_CONFIG and not status.ok:
                self.known.note(f"output not switched: {status}")
            self._checked(request, refused or not status.ok, now_us)
        elif refused or not status.ok:
            self._refused(status, now_us)
        elif self.state is SessionState.VERIFY:
            self._reconcile(now_us)
        elif self.state in _VERSION_STATES and self.known.can_upgrade:
            self.enter(SessionState.SET_VERSION, now_us)
        elif self.state is SessionState.LIST and self._runs_already(now_us):
            self.was_left = True
            self.enter(SessionState.INVENTORYING, now_us)
        else:
            self.enter(STEPS[self.state].done, now_us)

    def unanswered(self, request: Request, now_us: int) -> None:
        """The deadline of `request` has passed. Raises DeadlineError where we cannot go on without."""
        text = f"{request.type.name} not answered within {self.exchange.patience_us / 1e6:g} s"
        is_output = self.inventorying and request.type == MessageType.SET_READER_CONFIG
        if not is_output:
            self._lessons.blame(request.type, now_us)
        if self.state is SessionState.CLOSING:
            self.state = SessionState.CLOSED
        elif self.state is SessionState.DISPLACE:
            self._resume(now_us)
        elif self.inventorying:
            was_answered = request.type in self.exchange.answered and not is_output
            if was_answered and self._lessons.fell_mute(now_us):
                raise DeadlineError(f"{text}, though it was before: the reader hangs")
            self._checked(request, True, now_us)
        else:
            following = STEPS[self.state].unanswered
            if following is None:
                raise DeadlineError(text)
            self.known.note(f"{text}; going on without")
            self.enter(following, now_us)

    def check(self, now_us: int) -> None:
        """Asks a reader that inventories whether our ROSpec still runs, or at least whether it is alive."""
        if self.exchange.pending is not None:
            return
        for request in (
            requests.GET_ROSPECS if self.known.rospecs.listed else None,
            requests.get_reader_config(),
        ):
            if request is not None and not self._lessons.skips(request.type, now_us):
                self.send(request, now_us)
                return

    def set_output(self, port: int, *, is_high: bool, now_us: int) -> None:
        """While inventorying; as soon as the reader has answered what it was asked before."""
        self._outputs[port] = is_high
        self._switch_outputs(now_us)

    def say_goodbye(self, now_us: int) -> None:
        """Asks for the end; what is still to be switched is switched first, without waiting for answers."""
        for port, is_high in self._outputs.items():
            self.send(requests.set_output(port, is_high=is_high), now_us)
        self._outputs.clear()
        self.state = SessionState.CLOSING
        self.send(requests.CLOSE_CONNECTION, now_us)

    def _switch_outputs(self, now_us: int) -> None:
        if self._outputs and self.exchange.pending is None:
            port = next(iter(self._outputs))
            self.send(requests.set_output(port, is_high=self._outputs.pop(port)), now_us)

    def silent(self, now_us: int) -> None:
        """Our ROSpec runs, and there are no reads."""
        self._lessons.fell_silent(now_us)

    def refresh(self, now_us: int) -> None:
        """Stops our ROSpec and starts it again: some readers fall silent and still say that it runs."""
        self.was_left = False
        self.silent(now_us)
        self.send(requests.stop_rospec(), now_us)

    def runs(self, now_us: int) -> None:
        """Reads of ours, or the event of its start: our ROSpec runs, whatever the answers say."""
        self.known.rospecs.starts = 0
        if self.state in (SessionState.START, SessionState.VERIFY):
            self.enter(SessionState.INVENTORYING, now_us)

    def lost(self, now_us: int) -> None:
        """The connection is gone; on the way to inventory, the request before that is suspect."""
        on_the_way = self.state in STEPS or self.state is SessionState.DISPLACE
        if on_the_way and self.exchange.unanswered:
            self._lessons.blame(self.exchange.unanswered[0], now_us)

    def hung(self, now_us: int) -> None:
        """The reader is mute; the first request it did not answer is suspect, and so is the last."""
        for request in {*self.exchange.unanswered[:1], *self.exchange.unanswered[-1:]}:
            self._lessons.blame(request, now_us)

    def _runs_already(self, now_us: int) -> bool:
        """It is made anew where it was of no use lately, whatever the reader says."""
        is_trusted = not self._lessons.was_silent(now_us)
        return is_trusted and self.known.runs_already(self._detail[SessionState.ADD])

    def _refused(self, status: LlrpStatus, now_us: int) -> None:
        state = self.state
        text = f"{state.value} refused: {status}"
        if state is SessionState.ADD:
            self._add_refused(text, now_us)
            return
        following = STEPS[state].refused
        assert following is not None, "only ADD_ROSPEC has no way on"
        if state is SessionState.VERSION and status.code == StatusCode.M_UnsupportedVersion:
            following = SessionState.STRICT_VERSION
        detail = self._detail.get(state, Detail.LEAST)
        if detail < Detail.LEAST:
            self._detail[state] = Detail(detail + 1)
            following = state
            text += "; asking for less"
        if state not in _TOLERATED:
            self.known.note(text)
        self.enter(following, now_us)

    def _add_refused(self, text: str, now_us: int) -> None:
        """Room first where the reader has none, then asking for less, then room after all."""
        limit = self.known.plan.capabilities.max_rospecs
        detail = self._detail[SessionState.ADD]
        if limit is not None and len(self.known.rospecs.strangers()) >= limit:
            request = self.known.rospecs.make_room()
        elif detail < Detail.LEAST:
            self._detail[SessionState.ADD] = Detail(detail + 1)
            self.known.note(f"{text}; asking for less")
            self.enter(SessionState.ADD, now_us)
            return
        else:
            request = self.known.rospecs.make_room()
            self._detail[SessionState.ADD] = Detail.FULL
        if request is None:
            raise RefusedError(text)
        self.known.note(f"{text}; making room: another client's ROSpec is deleted")
        self._displace(request, SessionState.ADD, now_us)

    def _checked(self, request: Request, failed: bool, now_us: int) -> None:
        """While inventorying, any answer is a sign of life; these say or ask for more."""
        if request.type == MessageType.STOP_ROSPEC:
            self.send(requests.start_rospec(), now_us)
        elif request.type == MessageType.START_ROSPEC:
            self.check(now_us)
        elif request.type == MessageType.GET_ROSPECS and failed:
            self.known.rospecs.listed = False
        elif request.type == MessageType.GET_ROSPECS:
            self._reconcile(now_us)
        if self.inventorying:
            self._switch_outputs(now_us)

    def _reconcile(self, now_us: int) -> None:
        """The reader has just listed its ROSpecs."""
        ours = self.known.rospecs.ours
        if ours == ROSpecState.Active:
            self.known.rospecs.starts = 0
            self.enter(SessionState.INVENTORYING, now_us)
            return
        self.known.rospecs.starts += 1
        if self.known.rospecs.starts > MAX_STARTS:
            self._give_up_starting(now_us)
            return
        if ours is None:
            self.known.note("our ROSpec is gone; adding it again")
            self.enter(SessionState.ADD, now_us)
            return
        following = SessionState.ENABLE if ours == ROSpecState.Disabled else SessionState.START
        self.known.note(f"our ROSpec does not run ({_state_name(ours)}); starting it")
        rival = self.known.rospecs.stop_rival()
        if rival is None:
            self.enter(following, now_us)
        else:
            self.known.note("another client's ROSpec runs instead; disabling it")
            self._displace(rival, following, now_us)

    def _give_up_starting(self, now_us: int) -> None:
        """Some readers list no ROSpec, or the state it was added with: their other answers are believed."""
        if self.state is SessionState.VERIFY and self.known.rospecs.ours is not None:
            raise RefusedError(f"our ROSpec does not run though it was started {MAX_STARTS} times")
        self.known.note("the list of ROSpecs contradicts the reader's answers; not asking for it again")
        self.known.rospecs.listed = False
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


def _state_name(state: int) -> str:
    return ROSpecState(state).name if state in list(ROSpecState) else f"state {state}"
