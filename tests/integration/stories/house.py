"""A returns house on the real pipeline, buffer to ledger, in which time is the story's own."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from gateway.documents.epcis import encode_epcis
from gateway.readpoints.buffer import Buffer
from gateway.settings import AntennaRoute, ServiceSettings, Settings
from gateway.stats import Stats
from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.ledger import Ledger, ledger_of
from readers.settings import ReaderSettings
from readers.tag import TagRow
from rules.epc import Epc, identify_hex
from rules.events import Event
from rules.observation import ReadPoint
from rules.policy import DEFAULT_POLICY, Policy, parse_policy
from rules.rma import Rma, RmaLine
from rules.vocabulary import BizStep, Grade, ReadPointKind

SECOND_US = 1_000_000
TICK_US = 250_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SETTINGS = Settings(
    "dc1",
    "gw-1",
    service=ServiceSettings(),
    readers=(ReaderSettings("door", "h"), ReaderSettings("desk", "h")),
    routes=(
        AntennaRoute("door", 1, "dock-1", "outside"),
        AntennaRoute("door", 2, "dock-1", "inside"),
        AntennaRoute("desk", 1, "returns-desk"),
        AntennaRoute("desk", 2, "shelf"),
        AntennaRoute("desk", 3, "bin"),
    ),
    read_points=(
        ReadPoint("dock-1", ReadPointKind.PORTAL, BizStep.RECEIVING),
        ReadPoint("returns-desk", ReadPointKind.PRESENCE, BizStep.RECEIVING),
        ReadPoint("shelf", ReadPointKind.PRESENCE, BizStep.STOCKING),
        ReadPoint("bin", ReadPointKind.PRESENCE, BizStep.DISPOSING),
    ),
)
SCHEMAS = {
    path.name: json.loads(path.read_text())
    for path in (Path(__file__).parents[3] / "gateway" / "documents").glob("*.schema.json")
}
REGISTRY = Registry().with_resources(
    (name, Resource.from_contents(document)) for name, document in SCHEMAS.items()
)
ANTENNAS = {"returns-desk": 1, "shelf": 2, "bin": 3}
MEDIUM, LARGE = 812345, 812346
"""Item references of a shirt in two sizes."""


def shirt(serial: int, size: int = MEDIUM) -> Epc:
    value = 0x30 << 88 | 1 << 85 | 5 << 82 | 614141 << 58 | size << 38 | serial
    return identify_hex(f"{value:024X}")


def gtin(size: int = MEDIUM) -> str:
    found = shirt(1, size).gtin
    assert found is not None
    return found


def parcel(number: int) -> Epc:
    return identify_hex(f"{0x31 << 88 | 5 << 82 | 614141 << 58 | number << 24:024X}")


def line(number: int = 1, quantity: int = 1, **fields: object) -> RmaLine:
    fields.setdefault("gtin", gtin())
    return RmaLine("", number, quantity, **fields)  # type: ignore[arg-type]


def worth(amount: str, **fields: object) -> dict[str, object]:
    return {"value": Decimal(amount), "currency": "EUR", **fields}


@dataclass(frozen=True, slots=True)
class Told:
    """An event as the story tells it."""

    what: str
    """Code of an exception, status of a status, else the kind."""
    rma: str | None
    event: Event


def schema_of(kind: str) -> Draft202012Validator:
    checker = Draft202012Validator.FORMAT_CHECKER
    return Draft202012Validator(SCHEMAS[f"{kind}.schema.json"], registry=REGISTRY, format_checker=checker)


class House:
    """Opens on a Monday at eight."""

    def __init__(self, rules: Sequence[dict[str, object]] = (), url: str = "sqlite://") -> None:
        self.now = datetime(2026, 11, 16, 8, tzinfo=UTC)
        self.told: list[Told] = []
        self.policy: Policy = (
            parse_policy({"version": 1, "rule": list(rules)}, {}) if rules else DEFAULT_POLICY
        )
        self._buffer = Buffer(SETTINGS, Stats())
        self._database = Database(url)
        self._database.open()
        self._ledger: Ledger = ledger_of(SETTINGS, self.policy)

    def close(self) -> None:
        """Every message of the story is as the published schemas say."""
        with self._database.reading() as connection:
            for message in outbox.list_events(connection, limit=10_000):
                schema_of(message.kind).validate(json.loads(message.payload))
                encode_epcis(message.payload, {"dock-1": None})
        self._database.close()

    @property
    def now_us(self) -> int:
        return (self.now - EPOCH) // timedelta(microseconds=1)

    def authorize(self, name: str, *lines: RmaLine, expires: datetime | None = None) -> list[str]:
        """The shop opens an RMA, or sends it again."""
        expires_us = None if expires is None else (expires - EPOCH) // timedelta(microseconds=1)
        own = tuple(RmaLine(name, *_rest(one)) for one in lines)
        rma = Rma(name, own, self.now_us, expires_us, order=f"SO-{name}", customer="C-7")
        return self._commit(lambda connection: self._ledger.put_rmas(connection, [rma], self.now_us)[1])

    def arrive(self, *epcs: Epc) -> list[str]:
        """Through the dock door, from outside to inside."""
        return self._cross(epcs, 1, 2)

    def leave(self, *epcs: Epc) -> list[str]:
        """Through the dock door, from inside to outside."""
        return self._cross(epcs, 2, 1)

    def put_on(self, place: str, *epcs: Epc) -> list[str]:
        """On the returns desk, the shelf or into the bin."""
        start_us = self.now_us
        rows = [
            _row(epc, ANTENNAS[place], start_us + part * TICK_US, -50) for part in range(4) for epc in epcs
        ]
        return self._read("desk", rows)

    def grade(self, epc: Epc, grade: Grade, *, sealed: bool | None = None) -> list[str]:
        return self._commit(
            lambda connection: self._ledger.inspect(connection, epc, grade, self.now_us, sealed=sealed)
        )

    def shut(self, rma: str) -> list[str]:
        """The shop closes an RMA."""
        return self._commit(lambda connection: self._ledger.close_rma(connection, rma, self.now_us)[1])

    def wait(self, **span: float) -> list[str]:
        """Time passes, as timedelta names it; what becomes due is told."""
        self.now += timedelta(**span)
        self._buffer.tick(self.now_us)
        return self._commit(lambda connection: self._ledger.sweep(connection, self.now_us))

    def published(self) -> int:
        """Messages in the outbox: their sequence has no gap."""
        with self._database.reading() as connection:
            sequences = [one.sequence for one in outbox.list_events(connection, "gw-1", limit=10_000)]
        assert sequences == list(range(1, len(sequences) + 1))
        return len(sequences)

    def last(self, what: str) -> Event:
        return next(told.event for told in reversed(self.told) if told.what == what)

    def _cross(self, epcs: Sequence[Epc], first: int, second: int) -> list[str]:
        """Near one antenna, then near the other; ten reads a second for eight seconds."""
        rows = []
        for step in range(80):
            antenna, distance = (first, abs(step - 30)) if step % 2 else (second, abs(step - 50))
            at_us = self.now_us + step * SECOND_US // 10
            rows += [_row(epc, antenna, at_us, -45 - distance // 2) for epc in epcs]
        return self._read("door", rows)

    def _read(self, reader: str, rows: list[TagRow]) -> list[str]:
        """The reads come in as they happen; a minute later all is decided."""
        end_us = self.now_us + 60 * SECOND_US
        told: list[str] = []
        for tick_us in range(self.now_us, end_us, TICK_US):
            some = [row for row in rows if tick_us <= (row[3] or 0) < tick_us + TICK_US]
            if some:
                self._buffer.on_reads(reader, some, 0, tick_us + TICK_US)
            self._buffer.tick(tick_us + TICK_US)
            while batch := self._buffer.take(tick_us + TICK_US):
                told += self._commit(
                    lambda connection, batch=batch, now_us=tick_us: self._ledger.record(  # type: ignore[misc]
                        connection, batch, now_us
                    )
                )
        self.now = EPOCH + timedelta(microseconds=end_us)
        return told

    def _commit(self, job: object) -> list[str]:
        with self._database.writing() as connection:
            events = job(connection)  # type: ignore[operator]
        told = [Told(str(event.code or event.status or event.kind), event.rma, event) for event in events]
        self.told += told
        return [one.what for one in told]


def _row(epc: Epc, antenna: int, at_us: int, rssi_dbm: int) -> TagRow:
    return (bytes.fromhex(epc.hex), antenna, rssi_dbm, at_us, at_us, 1, None)


def _rest(one: RmaLine) -> tuple[object, ...]:
    return (
        one.line,
        one.quantity,
        one.gtin,
        one.serials,
        one.epcs,
        one.sku,
        one.reason,
        one.category,
        one.value,
        one.currency,
    )
