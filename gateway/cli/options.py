"""Options that stand before or behind any command, and what they have said."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway import logs
from gateway.config.loading import load_settings
from gateway.logs import LogFormat, LogLevel
from gateway.settings import DEFAULT_CONFIG, LogSettings, Settings

Command = TypeVar("Command", bound=Callable[..., Any])

QUIET = LogSettings(level=LogLevel.WARNING)
"""For commands that answer and end."""


def text(value: str) -> str:
    """What the database can be asked for: no bytes that are no UTF-8, no control characters."""
    if not value or not value.isprintable():
        raise click.BadParameter("printable text is expected")
    return value


@dataclass(slots=True)
class Invocation:
    """One command line: what the common options say. Behind the command wins over before it."""

    config: Path = DEFAULT_CONFIG
    log_level: LogLevel | None = None
    log_format: LogFormat | None = None

    def settings(self) -> Settings:
        """The configuration. Raises ConfigError."""
        return load_settings(self.config)

    def start_logging(self, log: LogSettings = QUIET) -> None:
        """Log as the configuration says, unless the command line says otherwise."""
        logs.configure(self.log_level or log.level, self.log_format or log.format, log.modules)


def config_option(*, envvar: str | None = None) -> Callable[[Command], Command]:
    return click.option(
        "--config",
        type=click.Path(path_type=Path, readable=False),
        envvar=envvar,
        expose_value=False,
        callback=_remember,
        help=f"Configuration file, else $RETURNS_GATEWAY_CONFIG, else {DEFAULT_CONFIG}.",
        metavar="FILE",
    )


def log_options(command: Command) -> Command:
    level = click.option(
        "--log-level",
        type=click.Choice(LogLevel, case_sensitive=False),
        expose_value=False,
        callback=_remember,
        help="Least important line to log.",
    )
    form = click.option(
        "--log-format",
        type=click.Choice(LogFormat, case_sensitive=False),
        expose_value=False,
        callback=_remember,
        help="Readable lines or JSON, on stderr.",
    )
    return level(form(command))


def common_options(command: Command) -> Command:
    """--config, --log-level and --log-format behind the command."""
    return config_option()(log_options(command))


def json_option(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="JSON lines instead of a table.")(command)


def _remember(
    context: click.Context, parameter: click.Parameter, value: Path | LogLevel | LogFormat | None
) -> None:
    if value is None or parameter.name is None:
        return
    invocation = context.ensure_object(Invocation)
    setattr(invocation, parameter.name, value)
    invocation.start_logging()
