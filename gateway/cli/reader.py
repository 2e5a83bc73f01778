"""`reader discover`, `probe`, `watch`, `reset`: LLRP readers in the network, and what they are and read."""

import asyncio
from dataclasses import replace

import click

from gateway.cli.options import Invocation, common_options, json_option
from gateway.cli.output import print_json, print_table, progress
from gateway.cli.reader_choice import LLRP_PORT, named, port_option, reader_settings
from gateway.cli.reader_watch import Watch
from gateway.errors import UsageError
from readers.discovery import FoundReader, ReaderProfile, discover, hosts_of, probe, reset

_AT_ONCE = 256
_ROSPEC_STATES = ("disabled", "inactive", "active")


@click.group()
def reader() -> None:
    """Find LLRP readers, ask what they are, watch what they read, give a stuck one back."""


@reader.command(name="discover")
@click.argument("network", metavar="CIDR")
@port_option
@json_option
@common_options
def discover_(*, network: str, port: int | None, as_json: bool) -> None:
    """Find the LLRP readers of a network, such as 10.0.0.0/24; they are greeted and left alone."""
    try:
        hosts = hosts_of(network)
    except ValueError as error:
        raise UsageError(f"{network}: {error}") from error
    found: list[FoundReader] = []
    with progress(f"asking {len(hosts)} addresses", len(hosts)) as advance:
        for start in range(0, len(hosts), _AT_ONCE):
            some = hosts[start : start + _AT_ONCE]
            found += asyncio.run(discover(some, port or LLRP_PORT))
            advance(len(some))
    if as_json:
        for one in found:
            print_json({"host": one.host, "port": one.port, "busy": one.busy, "detail": one.detail})
        return
    rows = [
        (one.host, one.port, "another client has it" if one.busy else "free", one.detail) for one in found
    ]
    print_table(("HOST", "PORT", "STATE", "DETAIL"), rows, empty=f"no LLRP reader answers in {network}")


@reader.command(name="probe")
@click.argument("host")
@port_option
@json_option
@common_options
@click.pass_obj
def probe_(invocation: Invocation, *, host: str, port: int | None, as_json: bool) -> None:
    """Ask a reader for its capabilities, configuration and ROSpecs. HOST may be a configured reader's id."""
    settings = reader_settings(invocation, host, port)
    with named(settings):
        profile = asyncio.run(probe(settings))
    if as_json:
        print_json({**_facts(profile), "config": dict(profile.config)})
        return
    rows = [(name.replace("_", " "), _shown(value)) for name, value in _facts(profile).items()]
    print_table(("WHAT", "IS"), rows, empty="")


@reader.command()
@click.argument("host")
@port_option
@click.option("--seconds", type=click.FloatRange(0.1), help="End by itself after this long.")
@click.option("--rf", is_flag=True, help="Ask for channel, phase and Doppler frequency too, where offered.")
@json_option
@common_options
@click.pass_obj
def watch(
    invocation: Invocation, *, host: str, port: int | None, seconds: float | None, rf: bool, as_json: bool
) -> None:
    """Show what a reader reads, live; Ctrl-C ends. HOST may be a configured reader's id.

    It takes the reader: a gateway that serves it stands by meanwhile.
    """
    settings = replace(reader_settings(invocation, host, port), rf_content=rf)
    watcher = Watch(settings, as_json=as_json)
    asyncio.run(watcher.run(seconds))


@reader.command(name="reset")
@click.argument("host")
@port_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@common_options
@click.pass_obj
def reset_(invocation: Invocation, *, host: str, port: int | None, yes: bool) -> None:
    """Give a stuck reader back: deletes all ROSpecs, other software's too, and restores factory settings."""
    settings = reader_settings(invocation, host, port)
    if not yes:
        click.confirm(
            f"Delete every ROSpec of {settings.host}:{settings.port} and reset its settings?", abort=True
        )
    with named(settings):
        asyncio.run(reset(settings))
    click.echo(f"{settings.host}:{settings.port} has no ROSpecs and factory settings")


def _facts(profile: ReaderProfile) -> dict[str, object]:
    found = profile.capabilities
    powers = [power for _, power in found.powers]
    return {
        "address": profile.address,
        "vendor": profile.vendor,
        "manufacturer": found.manufacturer,
        "model": found.model,
        "firmware": found.firmware,
        "antennas": found.antennas,
        "unplugged_antennas": list(profile.unplugged),
        "gpi_ports": found.gpi_ports,
        "gpo_ports": found.gpo_ports,
        "least_power_dbm": min(powers, default=None),
        "greatest_power_dbm": max(powers, default=None),
        "max_rospecs": found.max_rospecs,
        "rospecs": {str(number): _state_name(state) for number, state in profile.rospecs.items()},
        "faults": list(profile.faults),
    }


def _state_name(state: int) -> str:
    return _ROSPEC_STATES[state] if state < len(_ROSPEC_STATES) else f"state {state}"


def _shown(value: object) -> object:
    match value:
        case dict():
            return ", ".join(f"{key} {item}" for key, item in value.items()) or "none"
        case list():
            return "; ".join(str(item) for item in value) or "none"
    return value
