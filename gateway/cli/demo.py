"""`demo`: the main job to look at, in one command, with nothing to configure and nothing left behind."""

import asyncio
import json
import signal
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from gateway.cli import demo_stage
from gateway.cli.demo_broker import broker
from gateway.cli.options import Invocation, common_options
from gateway.cli.store import opened
from gateway.daemon import Daemon, now_us
from gateway.mqtt.client import MqttClient
from gateway.settings import MqttSettings, Settings
from gateway.store.ledger import ledger_of
from readers.emulator.scenario import Scenario
from readers.emulator.server import serve
from rules.events import Event
from rules.policy import DEFAULT_POLICY
from rules.vocabulary import EventKind

KINDS = (EventKind.RECEIPT, EventKind.RESTOCK, EventKind.REVERSAL, EventKind.CANDIDATE, EventKind.EXCEPTION)
COLOURS = {
    EventKind.RECEIPT: "green",
    EventKind.RESTOCK: "cyan",
    EventKind.EXCEPTION: "red",
    EventKind.REVERSAL: "yellow",
    EventKind.CANDIDATE: "yellow",
}
MAX_MESSAGES = 100


@click.command()
@click.option(
    "--seconds", type=click.FloatRange(1), help="End by itself after this long; else Ctrl-C ends it."
)
@common_options
@click.pass_obj
def demo(invocation: Invocation, *, seconds: float | None) -> None:
    """See it work: two emulated dock doors, RMAs, a broker if one is found, and a live page."""
    invocation.start_logging()
    with tempfile.TemporaryDirectory(prefix="returns-gateway-demo-") as name, broker(Path(name)) as port:
        if port is None:
            click.echo("No MQTT broker found: events wait in the outbox (apt-get install mosquitto).")
        asyncio.run(_Demo(Path(name), port, seconds).run())


class _Demo:
    """One performance. Without a broker, events are shown as they are stored."""

    def __init__(self, state: Path, port: int | None, seconds: float | None) -> None:
        self._state = state
        self._port = port
        self._seconds = seconds
        self._told: Counter[str] = Counter()

    async def run(self) -> None:
        scene = demo_stage.scenario(self._seconds)
        async with serve(demo_stage.devices(scene)) as emulators:
            settings = demo_stage.settings(self._state, emulators.ports, self._port or 1)
            self._import(scene, settings)
            porter = demo_stage.Porter(emulators)
            listeners = [porter.heard] if self._port else [porter.heard, self._show_stored]
            daemon = Daemon(settings, DEFAULT_POLICY, listeners=listeners)
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, daemon.stop)
            if self._seconds is not None:
                loop.call_later(self._seconds, daemon.stop)
            watcher = asyncio.create_task(self._watch(settings.mqtt)) if self._port else None
            await daemon.run(lambda: self._introduce(daemon))
            if watcher is not None:
                watcher.cancel()
                with suppress(asyncio.CancelledError):
                    await watcher
            self._sum_up(daemon, scene)

    def _import(self, scene: Scenario, settings: Settings) -> None:
        ledger = ledger_of(settings, DEFAULT_POLICY)
        with opened(settings) as database, database.writing() as connection:
            ledger.put_rmas(connection, demo_stage.rmas(scene, now_us()), now_us())

    def _introduce(self, daemon: Daemon) -> None:
        click.echo(
            "Two dock doors and a shelf are emulated over LLRP; goods come, leave, pass by and stand around."
        )
        click.echo(f"  live page   {daemon.page}")
        click.echo(f"  inspection  {daemon.page}inspect  (token: {demo_stage.TOKEN})")
        click.echo(f"  at a door   {daemon.page}door/{demo_stage.DOORS[0]}")
        click.echo(f"  Prometheus  {daemon.page}metrics")
        if self._port:
            topic = "returns/v1/demo/#"
            click.echo(f"  MQTT        mosquitto_sub -V 5 -h 127.0.0.1 -p {self._port} -t '{topic}' -v")
        click.echo(f"{'time':8}  {'event':9}  {'where':7}  {'RMA':9}  {'line':6}  item")

    async def _watch(self, mqtt: MqttSettings) -> None:
        """A subscriber like a WMS: what it shows has been through the broker."""
        async with MqttClient(mqtt, client_id="demo-wms") as client:
            for kind in KINDS:
                await client.subscribe(f"{mqtt.base_topic}/demo/+/{kind}")
            while True:
                for message in await client.receive(MAX_MESSAGES):
                    event = json.loads(message.payload)
                    kind = EventKind(event["type"].split(".")[1])
                    self._show(kind, event["time"][11:19], event["data"])
                    client.done(message)

    def _show_stored(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.kind in KINDS:
                told = {name: getattr(event, name) for name in ("read_point", "rma", "received", "expected")}
                told |= {"code": event.code, "epc_uri": event.epc_uri}
                self._show(event.kind, "", told)

    def _show(self, kind: EventKind, time: str, told: dict[str, object]) -> None:
        self._told[kind] += 1
        line = f"{told['received']}/{told['expected']}" if told["expected"] is not None else ""
        words = f"{told['epc_uri']}" + (f"  ({told['code']})" if kind is EventKind.EXCEPTION else "")
        click.echo(
            f"{time:8}  {click.style(f'{kind:9}', fg=COLOURS[kind])}  {told['read_point'] or '':7}  "
            f"{told['rma'] or '':9}  {line:6}  {words}"
        )

    def _sum_up(self, daemon: Daemon, scene: Scenario) -> None:
        stats = daemon.stats
        click.echo()
        click.echo(f"{sum(stats.tag_reads.values())} tag reads at {len(scene.readers) + 2} readers became")
        for kind in KINDS:
            if self._told[kind] or kind is EventKind.RECEIPT:
                click.echo(f"  {self._told[kind]:4}  {kind}")
        verdicts: Counter[str] = Counter()
        for (_, verdict), count in stats.passages.items():
            verdicts[verdict] += count
        words = ", ".join(
            f"{count} {verdict.replace('_', ' ')}" for verdict, count in sorted(verdicts.items())
        )
        click.echo(f"The doors decided: {words or 'nothing yet'}. Only what came in was booked.")
        if self._port:
            click.echo(f"All {stats.published} events were acknowledged by the broker.")
