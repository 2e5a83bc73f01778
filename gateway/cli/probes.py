"""Trying what a configuration names: readers, broker, database, clock; what is wrong and what to do."""

import asyncio
import ctypes
import shutil
from collections.abc import Sequence

from gateway.cli.findings import Finding, Verdict
from gateway.config.files import database_url
from gateway.errors import GatewayError
from gateway.mqtt.client import MqttClient
from gateway.settings import DatabaseSettings, MqttSettings, Settings
from gateway.store.database import Database
from gateway.store.engine import parse_url, sqlite_file
from gateway.store.schema import UPGRADE_COMMAND, stored_schema
from gateway.store.tables import SCHEMA
from readers.discovery import probe
from readers.errors import (
    ConnectError,
    DeadlineError,
    ProtocolError,
    ReaderBusyError,
    ReaderError,
    RefusedError,
)
from readers.settings import ReaderSettings

MIN_FREE_BYTES = 500_000_000
TIME_ERROR = 5
"""adjtimex(2): the clock is not synchronized."""
ADJTIMEX_BYTES = 512
"""More than struct timex has anywhere."""


_READER_ADVICE: Sequence[tuple[type[ReaderError], str]] = (
    (ConnectError, "is it switched on, is LLRP enabled, are host and port right? Try: reader discover CIDR"),
    (DeadlineError, "something else may listen there, or it hangs: restart the reader"),
    (ProtocolError, "something else than an LLRP reader listens there: check host and port"),
    (ReaderBusyError, "it serves one client at a time: stop the other, a running gateway for one"),
    (RefusedError, "give it back with: returns-gateway reader reset HOST"),
)


def reader_advice(error: ReaderError) -> str | None:
    """What to do about it."""
    return next((text for kind, text in _READER_ADVICE if isinstance(error, kind)), None)


async def probe_services(settings: Settings) -> list[Finding]:
    """Readers, broker and database, all at once."""
    return await asyncio.gather(
        *(probe_reader(reader) for reader in settings.readers),
        probe_broker(settings.mqtt),
        asyncio.to_thread(probe_database, settings.database),
    )


async def probe_reader(settings: ReaderSettings) -> Finding:
    what = f"reader {settings.id} at {settings.host}:{settings.port}"
    try:
        profile = await probe(settings)
    except ReaderBusyError:
        return Finding(what, Verdict.OK, "answers; another client has it, which may be the running gateway")
    except ReaderError as error:
        return Finding(what, Verdict.FAIL, str(error), reader_advice(error))
    found = profile.capabilities
    words = f"{profile.vendor} model {found.model}, firmware {found.firmware}"
    missing = [port for port in settings.antennas if found.antennas and port > found.antennas]
    if missing:
        ports = ", ".join(str(port) for port in missing)
        advice = f"it has {found.antennas} antenna ports: correct reader.antenna.port"
        return Finding(what, Verdict.FAIL, f"{words}; it has no antenna port {ports}", advice)
    unplugged = [str(port) for port in settings.antennas if port in profile.unplugged]
    if unplugged:
        advice = "check plug and cable; antennas without a direct-current path cannot be told"
        return Finding(
            what, Verdict.WARNING, f"{words}; it finds no antenna at port {', '.join(unplugged)}", advice
        )
    if profile.faults:
        return Finding(what, Verdict.WARNING, f"{words}; {'; '.join(profile.faults)}")
    return Finding(what, Verdict.OK, words)


async def probe_broker(settings: MqttSettings) -> Finding:
    what = "broker"
    try:
        async with MqttClient(settings):
            return Finding(what, Verdict.OK, f"{settings.host}:{settings.port} accepts us")
    except GatewayError as error:
        return Finding(what, Verdict.FAIL, str(error))


def probe_database(settings: DatabaseSettings) -> Finding:
    """Changes nothing: an empty database gets its schema when the gateway first runs."""
    url = parse_url(settings.url)
    file = sqlite_file(url)
    what = f"database {file or url.host or 'in memory'}"
    if file is not None and not file.exists():
        if file.parent.is_dir():
            return Finding(what, Verdict.OK, "will be made on first use")
        advice = f"install -d -m 0700 {file.parent}, or set [database] url"
        return Finding(what, Verdict.FAIL, f"there is no directory {file.parent}", advice)
    try:
        schema = _schema(settings)
    except GatewayError as error:
        return Finding(what, Verdict.FAIL, str(error))
    if schema not in {None, SCHEMA}:
        return Finding(
            what, Verdict.FAIL, f"has schema {schema}, this version needs {SCHEMA}", UPGRADE_COMMAND
        )
    if file is not None and (free := shutil.disk_usage(file.parent).free) < MIN_FREE_BYTES:
        return Finding(what, Verdict.WARNING, f"only {free // 1_000_000} MB are free on its disk")
    return Finding(what, Verdict.OK, "answers")


def _schema(settings: DatabaseSettings) -> str | None:
    database = Database(database_url(settings))
    try:
        with database.reading() as connection:
            return stored_schema(connection)
    finally:
        database.close()


def probe_clock() -> Finding:
    """Whether the kernel believes its clock: events carry the host's time."""
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(ADJTIMEX_BYTES))
    if state == TIME_ERROR:
        advice = "install a time service: apt-get install systemd-timesyncd (or chrony)"
        return Finding("clock", Verdict.WARNING, "not synchronized with a time source", advice)
    return Finding("clock", Verdict.OK, "synchronized")
