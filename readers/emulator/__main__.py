"""The command `llrp-emulator`: LLRP readers without hardware, for any LLRP software."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from time import time_ns
from typing import Final, NoReturn

import click

from readers.emulator.build import EmulatorSettings, build_devices
from readers.emulator.device import Device
from readers.emulator.export import write_reads, write_truth
from readers.emulator.faults import FAULTS
from readers.emulator.field import StaticField
from readers.emulator.injector import parse_fault
from readers.emulator.profiles import PROFILES
from readers.emulator.scenario import Scenario, ScenarioError, load_scenario
from readers.emulator.server import serve

LLRP_PORT: Final = 5084
# sysexits(3)
_EX_USAGE: Final = 64
_EX_DATAERR: Final = 65
_EX_UNAVAILABLE: Final = 69
_EX_IOERR: Final = 74


class _Epilog(click.Command):
    """Keeps the lines of its epilog as they are."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        formatter.write("\n" + _epilog())


def _epilog() -> str:
    width = max(map(len, FAULTS))
    faults = "".join(f"  {fault.name:{width}}  {fault.sentence}\n" for fault in FAULTS.values())
    profiles = "".join(
        f"  {profile.name:{width}}  {profile.antennas} antennas, "
        f"{profile.powers_cdbm[0] / 100:.2f} to {profile.powers_cdbm[-1] / 100:.2f} dBm, "
        f"LLRP {'1.1' if profile.protocol_version > 1 else '1.0.1'}, vendor {profile.manufacturer}\n"
        for profile in PROFILES.values()
    )
    return _USES.format(profiles=profiles, faults=faults)


_USES: Final = """\
Try it with any LLRP software, on this machine or, with --host 0.0.0.0, on the network:
  llrp-emulator --tags 5 &
  returns-gateway reader watch 127.0.0.1                 this product
  llrpkit inventory 127.0.0.1                            llrpkit
  LLRPReaderClient("127.0.0.1", 5084).connect()          sllurp, in Python
  tshark -i lo -d tcp.port==5084,llrp -Y llrp            look at the wire

The reader speaks LLRP as the client asks: antennas, triggers, report content, keepalives. A ROSpec with no
stop trigger reads until it is stopped. One client at a time; ROSpecs, configuration and unsent reports
survive a lost connection, as on a real reader.

The items of --tags are valid SGTIN-96 of company prefix 0614141. Each reader has items of its own:
reader 1 has the serials 1000001, 1000002, ..., reader 2 those from 2000001.
A scenario begins when the first reader begins to read.

Profiles:
{profiles}
Faults, as NAME, NAME:REQUEST (such as no-reply:ENABLE_ROSPEC), NAME*TIMES (healed after so many strikes):
{faults}
Exit codes: 0 stopped, 64 usage, 65 bad scenario, 69 port not available, 74 file not written.
"""


@click.command("llrp-emulator", cls=_Epilog)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=LLRP_PORT,
    show_default=True,
    type=click.IntRange(0, 65_535),
    help="Port of the first reader; the others count up. 0 takes free ports.",
)
@click.option("--readers", default=1, show_default=True, type=click.IntRange(1, 1_000), help="How many.")
@click.option(
    "--tags", default=0, show_default=True, type=click.IntRange(0, 1_000_000), help="Items in each field."
)
@click.option(
    "--rate",
    default=100.0,
    show_default=True,
    type=click.FloatRange(0.001, 1_000_000),
    help="Reads per second of each reader.",
)
@click.option(
    "--profile", default="generic", show_default=True, type=click.Choice(list(PROFILES)), help="Model."
)
@click.option(
    "--scenario",
    type=click.Path(path_type=Path, readable=False),
    help="Who passes which door when; takes the place of --readers, --tags and --rate.",
)
@click.option("--fault", metavar="NAME", help="What is wrong with the readers; the list is below.")
@click.option(
    "--csv",
    "csv_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the scenario's reads to this file instead of serving: time,reader,antenna,epc,rssi.",
)
@click.option(
    "--truth",
    "truth_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --csv: write what should be told of each item: epc,kind,read_point.",
)
def cli(  # noqa: PLR0913 (one per option)
    *,
    host: str,
    port: int,
    readers: int,
    tags: int,
    rate: float,
    profile: str,
    scenario: Path | None,
    fault: str | None,
    csv_path: Path | None,
    truth_path: Path | None,
) -> None:
    """LLRP readers without hardware: tags in their fields, or a scenario of who passes which door when."""
    if scenario is None and (csv_path or truth_path):
        raise click.UsageError("--csv and --truth write a --scenario")
    if truth_path and not csv_path:
        raise click.UsageError("--truth goes with --csv")
    if port and port + readers > 65_536:
        raise click.UsageError(f"there are no {readers} ports from {port} on")
    if fault is not None:
        try:
            parse_fault(fault)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--fault") from error
    played = None if scenario is None else _load(scenario)
    if played is not None and csv_path is not None:
        _write(played, csv_path, truth_path)
        return
    settings = EmulatorSettings(
        readers=readers, tags=tags, reads_per_second=rate, profile=profile, fault=fault, scenario=played
    )
    try:
        asyncio.run(_run(build_devices(settings), host, port))
    except OSError as error:
        _fail(f"cannot listen on {host}, port {port}: {_words(error)}", _EX_UNAVAILABLE)


def main() -> None:
    """The console script: click's usage errors leave with the code of sysexits."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(_EX_USAGE if isinstance(error, click.UsageError) else error.exit_code)
    except click.Abort:
        sys.exit(1)


async def _run(devices: list[Device], host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with serve(devices, host, port) as emulators:
        for device, its_port in zip(devices, emulators.ports, strict=True):
            click.echo(f"{host}:{its_port} {device.profile.name} {_tags(device)}")
        await stopped.wait()


def _tags(device: Device) -> str:
    if not isinstance(device.tags, StaticField):
        return "plays a scenario"
    count = len(device.tags)
    return f"{count} tag{'' if count == 1 else 's'} in the field, {device.tags.reads_per_second:g} reads/s"


def _words(error: OSError) -> str:
    """Without what asyncio adds: it repeats the address."""
    number = error.errno or 0
    return os.strerror(number) if number > 0 else error.strerror or str(error)


def _load(path: Path) -> Scenario:
    try:
        return load_scenario(path)
    except OSError as error:
        _fail(f"{path}: {error.strerror}", _EX_DATAERR)
    except ScenarioError as error:
        _fail(str(error), _EX_DATAERR)


def _write(scenario: Scenario, csv_path: Path, truth_path: Path | None) -> None:
    try:
        click.echo(f"{csv_path}: {write_reads(scenario, csv_path, time_ns() // 1_000)} reads")
        if truth_path is not None:
            click.echo(f"{truth_path}: {write_truth(scenario, truth_path)} items")
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}", _EX_IOERR)


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"llrp-emulator: {message}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
