"""What went wrong, in words on stderr, and its sysexits code (sysexits.h)."""

import traceback

import click

from gateway.cli.options import Invocation
from gateway.errors import ConfigError, GatewayError, InputError
from gateway.logs import LogLevel, redact
from readers.errors import CaptureError, ReaderError
from rules.errors import EpcError, PolicyError, RmaError

USAGE = 64
DATA = 65
UNAVAILABLE = 69
INTERNAL = 70
INPUT_OUTPUT = 74
CONFIG = 78
INTERRUPTED = 130
"""128 + SIGINT, as a shell counts."""
BROKEN_PIPE = 141
"""128 + SIGPIPE: what the reader of our output left us, `head` for one."""

_CODES: tuple[tuple[type[Exception], int], ...] = (
    (click.UsageError, USAGE),
    (click.FileError, INPUT_OUTPUT),
    (CaptureError, DATA),
    (ReaderError, UNAVAILABLE),
    (PolicyError, CONFIG),
    (EpcError, DATA),
    (RmaError, DATA),
    (OSError, INPUT_OUTPUT),
)


def explain(error: Exception, invocation: Invocation) -> int:
    """Tell the user and return the exit code."""
    code = exit_code(error)
    if invocation.log_level is LogLevel.DEBUG:
        tell("".join(traceback.format_exception(error)).rstrip())
    match error:
        case click.UsageError():
            error.show()
        case ConfigError() | InputError() | PolicyError():
            for fault in error.faults:
                tell(fault)
        case OSError() if not isinstance(error, GatewayError):
            tell(f"error: {_words(error)}")
        case _ if code == INTERNAL:
            tell(f"error: {type(error).__name__}: {error}")
            tell("This is a fault of ours: please report what the same command says with --log-level debug.")
        case _:
            tell(f"error: {error}")
    return code


def tell(text: str) -> None:
    """A line for the user, without secrets."""
    click.echo(redact(text), err=True)


def _words(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


def exit_code(error: Exception) -> int:
    if isinstance(error, GatewayError):
        return error.exit_code
    return next((code for kind, code in _CODES if isinstance(error, kind)), INTERNAL)
