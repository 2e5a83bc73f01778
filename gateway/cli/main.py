"""The command line: nouns then verbs, each imported when it is asked for; every error ends here, in words."""

import gc
import os
import sys
from importlib import import_module

import click

from gateway.cli.errors import BROKEN_PIPE, INTERRUPTED, explain
from gateway.cli.options import Invocation, config_option, log_options

PROGRAM = "returns-gateway"
COMPLETION = "_RETURNS_GATEWAY_COMPLETE"
"""Set by the shell: `eval "$(_RETURNS_GATEWAY_COMPLETE=bash_source returns-gateway)"`."""

COLLECT_AFTER = (50_000, 20, 100)
"""Objects made between two looks for cycles: to look among imports, which stay, costs a third of a command's
start, and among tags in the field the daemon's time.
"""

COMMANDS = {
    "run": "Run the gateway in the foreground.",
    "demo": "See it work: two emulated dock doors, RMAs and a live page.",
    "check": "Judge the configuration and the rules: every fault at once.",
    "doctor": "Try readers, broker, database and clock; say what is wrong and what to do.",
    "reader": "Find LLRP readers; probe, watch and reset one.",
    "rma": "Bring RMAs in; list, show and close them.",
    "item": "One item: its story, an inspection, a receipt taken back.",
    "door": "Commission a dock door from a recording; the tags that belong to it.",
    "event": "What was published; send it again.",
    "epc": "Read EPCs.",
    "capture": "Raw LLRP traffic to a file, and as JSON lines.",
    "replay": "Run recorded reads through the same code; nothing is published.",
    "report": "Figures of a period: table, CSV or a page with plots.",
    "rules": "Judge and try disposition rules.",
    "db": "Upgrade and back up the database.",
}
"""Each is a module of its own in this package."""


class LazyGroup(click.Group):
    """Its commands are placeholders with their help until one is asked for by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the library's signature
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name in self.commands:
            self.commands[name] = getattr(import_module(f"gateway.cli.{name}"), name)
        return super().resolve_command(ctx, args)


@click.group(
    name=PROGRAM,
    cls=LazyGroup,
    commands={name: click.Command(name, help=text) for name, text in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@config_option(envvar="RETURNS_GATEWAY_CONFIG")
@log_options
@click.version_option(package_name=PROGRAM, prog_name=PROGRAM, message="%(prog)s %(version)s")
@click.pass_obj
def program(invocation: Invocation) -> None:
    """RFID gateway for returned goods: reads tags at the door, finds the RMA, tells your systems by MQTT."""
    invocation.start_logging()


def run(arguments: list[str]) -> int:
    """Carry out a command line and return its exit code; what goes wrong is told on stderr."""
    invocation = Invocation()
    try:
        with program.make_context(PROGRAM, arguments, obj=invocation) as context:
            program.invoke(context)
            if sys.stdout is not None:  # closed by whoever started us
                sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        _close_stdout()
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - the last one to see it: nothing may reach the user as a traceback
        return _explained(error, invocation)
    return 0


def _explained(error: Exception, invocation: Invocation) -> int:
    try:
        return explain(error, invocation)
    except BrokenPipeError:
        return BROKEN_PIPE


def _close_stdout() -> None:
    """Whoever read us has gone; the interpreter's last flush must not complain about it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    if COMPLETION in os.environ:
        program.main(prog_name=PROGRAM)  # the shell asks for completions; click answers and exits
    gc.set_threshold(*COLLECT_AFTER)
    code = run(sys.argv[1:])
    gc.freeze()
    sys.exit(code)
