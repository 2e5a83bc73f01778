"""The command line as a whole: help, options before and behind, and every error with its words and code."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from gateway.cli import main
from gateway.cli.errors import exit_code
from gateway.errors import ConfigError, InputError, SchemaError, StorageError, UnavailableError, UsageError
from readers.errors import CaptureError, ConnectError, ReaderBusyError
from rules.errors import EpcError, PolicyError
from tests.gateway.cli.conftest import Cli


def test_help_when_asked_then_every_command_is_named_without_being_imported() -> None:
    program = "import sys; from gateway.cli.main import run; run(['--help']); print(sorted(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert all(f"\n  {name} " in shown for name in main.COMMANDS)
    assert not {"sqlalchemy", "aiohttp", "aiomqtt", "rich", "asyncio"} & set(shown.split("'"))


@pytest.mark.parametrize("name", list(main.COMMANDS))
def test_help_when_asked_of_a_command_then_it_is_explained(name: str, cli: Cli) -> None:
    ran = cli(name, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: returns-gateway {name}")


@pytest.mark.parametrize("name", list(main.COMMANDS))
def test_help_when_a_command_explains_itself_then_the_list_says_something_too(name: str) -> None:
    assert main.program.commands[name].get_short_help_str(200)


def test_version_when_asked_then_program_and_version_are_told(cli: Cli) -> None:
    ran = cli("--version")
    assert ran.code == 0
    assert ran.out.startswith("returns-gateway ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("epx",), "No such command 'epx'. Did you mean 'epc'?"),
        (("epc", "decod"), "No such command 'decod'."),
        (("epc", "decode"), "Missing argument 'HEX...'"),
        (("--conf",), "No such option '--conf'"),
        (("--log-level", "loud", "check"), "'loud' is not one of"),
        ((), "Usage: returns-gateway"),
    ],
)
def test_usage_when_it_is_wrong_then_help_is_offered_on_stderr(
    arguments: tuple[str, ...], words: str, cli: Cli
) -> None:
    ran = cli(*arguments)
    assert ran.code == 64
    assert ran.out == ""
    assert words in ran.err


def test_config_when_named_before_or_behind_the_command_then_it_is_the_same(config: Path, cli: Cli) -> None:
    assert cli("--config", config, "check").out == cli("check", "--config", config).out != ""


def test_config_when_named_behind_the_command_then_it_wins_over_the_environment(
    config: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETURNS_GATEWAY_CONFIG", "/nowhere/gateway.toml")
    assert cli("check", "--config", config).code == 0
    assert "/nowhere/gateway.toml" in cli("check").err


def test_config_when_there_is_none_then_the_fault_says_which_and_what_to_do(cli: Cli, tmp_path: Path) -> None:
    ran = cli("check", "--config", tmp_path / "no.toml")
    assert ran.code == 78
    assert ran.err == f"{tmp_path}/no.toml: there is no such file; name yours with --config FILE\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 64),
        (click.UsageError("x"), 64),
        (InputError(("x",)), 65),
        (EpcError("x"), 65),
        (CaptureError("x"), 65),
        (UnavailableError("x"), 69),
        (SchemaError("x"), 69),
        (ConnectError("x"), 69),
        (ReaderBusyError("x"), 69),
        (ZeroDivisionError("x"), 70),
        (StorageError("x"), 74),
        (FileNotFoundError(2, "x", "y"), 74),
        (ConfigError(("x",)), 78),
        (PolicyError(("x",)), 78),
    ],
)
def test_exit_code_when_an_error_ends_a_command_then_it_is_sysexits(error: Exception, code: int) -> None:
    assert exit_code(error) == code


def failing(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes every command end with this error."""

    def fail(_self: object, _context: click.Context) -> None:
        raise error

    monkeypatch.setattr(main.LazyGroup, "invoke", fail)


def test_run_when_an_error_is_unexpected_then_one_line_names_it_and_what_to_do(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(ZeroDivisionError("by zero"), monkeypatch)
    ran = cli("check")
    assert ran.code == 70
    assert ran.err == (
        "error: ZeroDivisionError: by zero\n"
        "This is a fault of ours: please report what the same command says with --log-level debug.\n"
    )


def test_run_when_debugging_then_the_traceback_is_shown(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(ZeroDivisionError("by zero"), monkeypatch)
    ran = cli("--log-level", "debug", "check")
    assert ran.code == 70
    assert ran.err.startswith("Traceback (most recent call last):\n")


def test_run_when_an_error_holds_a_password_then_it_is_not_told(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(UnavailableError("postgresql+psycopg://gw:hush@db/returns: refused"), monkeypatch)
    assert cli("check").err == "error: postgresql+psycopg://gw:***@db/returns: refused\n"


def test_run_when_a_file_cannot_be_read_then_file_and_reason_are_told(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(PermissionError(13, "Permission denied", "/etc/shadow"), monkeypatch)
    ran = cli("check")
    assert (ran.code, ran.err) == (74, "error: /etc/shadow: Permission denied\n")


def test_run_when_interrupted_then_it_ends_as_a_shell_expects(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(KeyboardInterrupt(), monkeypatch)
    ran = cli("check")
    assert (ran.code, ran.out, ran.err) == (130, "", "")
