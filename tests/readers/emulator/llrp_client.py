"""A client without I/O, in front of a device: foreign codec (llrpkit), our clock."""

from llrpkit.inventory import build_rospec
from llrpkit.protocol import LLRPMessage, decode_message, enums, messages, params

from readers.emulator.device import Device
from readers.llrp.framing import Deframer, Frame, encode_message

START_US = 1_764_000_000_000_000


class Client:
    """Connected from the start; `raw` keeps every frame the reader sent."""

    def __init__(self, device: Device, now_us: int = START_US) -> None:
        self.device = device
        self.now_us = now_us
        self.raw: list[Frame] = []
        self._deframer = Deframer()
        self._number = 100
        device.connected(now_us)
        self.greeting = self.heard()

    def ask(self, message: LLRPMessage) -> LLRPMessage:
        """The reply to a request; what came besides is lost."""
        self._number += 1
        heard = self.send(message, self._number)
        return next(reply for reply in heard if reply.message_id == self._number)

    def send(self, message: LLRPMessage, number: int = 1) -> list[LLRPMessage]:
        data = message.to_bytes(message_id=number)
        return self.send_frame(
            Frame(data[0] >> 2 & 7, int.from_bytes(data[:2], "big") & 0x3FF, number, data[10:])
        )

    def send_frame(self, frame: Frame) -> list[LLRPMessage]:
        self.device.receive(frame, self.now_us)
        return self.heard()

    def wait(self, seconds: float) -> list[LLRPMessage]:
        self.now_us += round(seconds * 1e6)
        self.device.tick(self.now_us)
        return self.heard()

    def heard(self) -> list[LLRPMessage]:
        frames = self._deframer.feed(self.device.data_to_send())
        self.raw += frames
        return [decode_message(encode_message(f.type, f.id, f.body, f.version)) for f in frames]

    def leave(self) -> None:
        self.device.disconnected(self.now_us)

    def start(self, **wishes: object) -> int:
        """Add, enable and start a ROSpec."""
        rospec = build_rospec(**wishes)
        for message in (
            messages.ADD_ROSPEC(ro_spec=rospec),
            messages.ENABLE_ROSPEC(ro_spec_id=rospec.ro_spec_id),
            messages.START_ROSPEC(ro_spec_id=rospec.ro_spec_id),
        ):
            assert status(self.ask(message)) == 0
        return rospec.ro_spec_id

    def switch_on(self, *events: enums.NotificationEventType) -> None:
        states = [params.EventNotificationState(event_type=e, notification_state=True) for e in events]
        spec = params.ReaderEventNotificationSpec(event_notification_states=states)
        assert status(self.ask(messages.SET_READER_CONFIG(reader_event_notification_spec=spec))) == 0


def status(reply: LLRPMessage) -> int:
    return int(reply.llrp_status.status_code)


def tags(heard: list[LLRPMessage]) -> list[params.TagReportData]:
    return [tag for message in heard for tag in getattr(message, "tag_report_datas", ())]


def events(heard: list[LLRPMessage]) -> list[params.ReaderEventNotificationData]:
    return [
        message.reader_event_notification_data
        for message in heard
        if isinstance(message, messages.READER_EVENT_NOTIFICATION)
    ]


def rospec_events(heard: list[LLRPMessage]) -> list[tuple[str, int]]:
    return [
        (event.ro_spec_event.event_type.name, event.ro_spec_event.ro_spec_id)
        for event in events(heard)
        if event.ro_spec_event is not None
    ]
