"""A consumer as a WMS must be one: it stores before it acknowledges, knows an event by its id, and comes back.

Bare paho, none of the gateway's code. Its store outlives it: `crash` drops the connection in the middle of
whatever it was doing, and goes on from the store.
"""

import json
import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

RECONNECT_SECONDS = 0.2
SESSION_SECONDS = 3600
SCHEMA = """
CREATE TABLE heard (
    id TEXT PRIMARY KEY, gateway TEXT, sequence INTEGER, kind TEXT, epc TEXT, payload BLOB, heard REAL, arrivals INTEGER
)
"""


@dataclass(frozen=True, slots=True)
class Heard:
    """One event as it came first; `heard` in seconds since 1970."""

    id: str
    gateway: str
    sequence: int
    kind: str
    epc: str | None
    payload: bytes
    heard: float
    arrivals: int


class Wms:
    """`with Wms(port, store, acknowledges=True) as wms`: hears all events of site dc1 until the end."""

    def __init__(self, port: int, store: Path, *, acknowledges: bool) -> None:
        self.changed: list[str] = []
        """Ids that came again with other bytes."""
        self._port = port
        self._acknowledges = acknowledges
        self._lock = threading.Lock()
        self._store = sqlite3.connect(store, check_same_thread=False)
        self._store.execute(SCHEMA)
        self._client = self._new_client()

    def __enter__(self) -> Self:
        self._connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._store.close()

    def events(self) -> list[Heard]:
        """In the order in which they came first."""
        with self._lock:
            return [Heard(*row) for row in self._store.execute("SELECT * FROM heard ORDER BY rowid")]

    def count(self) -> int:
        with self._lock:
            return int(self._store.execute("SELECT count(*) FROM heard").fetchone()[0])

    def ask_again(self, gateway_sequence: int) -> None:
        """The events from a sequence number on, by command, as after a gap."""
        self._client.publish("returns/v1/dc1/cmd/replay", json.dumps({"since": gateway_sequence}), qos=1)

    def crash(self) -> None:
        """The connection is cut without a goodbye, and taken up again."""
        connection = self._client.socket()
        self._client.loop_stop()
        if connection is not None:
            connection.close()
        self._client = self._new_client()
        self._connect()

    def _new_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="wms", protocol=paho.MQTTv5, manual_ack=True
        )
        client.reconnect_delay_set(RECONNECT_SECONDS, RECONNECT_SECONDS)  # type: ignore[arg-type]
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        return client

    def _connect(self) -> None:
        session = Properties(PacketTypes.CONNECT)
        session.SessionExpiryInterval = SESSION_SECONDS
        self._client.connect_async(
            "127.0.0.1", self._port, keepalive=5, clean_start=False, properties=session
        )
        self._client.loop_start()

    def _on_connect(self, client: paho.Client, *_: object) -> None:
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND)
        client.subscribe("returns/v1/dc1/#", options=options)

    def _on_message(self, client: paho.Client, _userdata: object, message: paho.MQTTMessage) -> None:
        if b'"specversion"' in message.payload:
            event_id, gateway = self._remember(message.payload)
            if self._acknowledges:
                topic = f"returns/v1/dc1/gateway/{gateway}/ack"
                client.publish(topic, json.dumps({"id": event_id}), qos=1)
        client.ack(message.mid, message.qos)

    def _remember(self, payload: bytes) -> tuple[str, str]:
        event = json.loads(payload)
        gateway = event["source"].rpartition("/")[2]
        kind = event["type"].split(".")[1]
        row = (event["id"], gateway, int(event["sequence"]), kind, event["data"]["epc"], payload, time.time())
        with self._lock, self._store:
            known = self._store.execute("SELECT payload FROM heard WHERE id = ?", (event["id"],)).fetchone()
            if known is None:
                self._store.execute("INSERT INTO heard VALUES (?, ?, ?, ?, ?, ?, ?, 1)", row)
            else:
                self._store.execute("UPDATE heard SET arrivals = arrivals + 1 WHERE id = ?", (event["id"],))
                if known[0] != payload:
                    self.changed.append(event["id"])
        return event["id"], gateway
