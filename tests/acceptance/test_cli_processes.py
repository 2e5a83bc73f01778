"""The installed command as a process: exit codes, and what goes to which stream."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("returns-gateway")
ROOT = Path(__file__).parents[2]
SGTIN = "3034257BF7194E4000001A85"
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "RETURNS_GATEWAY_CONFIG"}
RMAS = """rma,line,gtin,serial,epc,quantity
RMA-1,1,80614141123458,6789,,1
"""

pytestmark = pytest.mark.skipif(
    not PROGRAM.exists(), reason="returns-gateway is not installed beside this python"
)


def run(
    *arguments: str | Path, stdin: str | None = None, config: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environment = ENVIRONMENT | ({"RETURNS_GATEWAY_CONFIG": str(config)} if config else {})
    command = [str(PROGRAM), *(str(argument) for argument in arguments)]
    return subprocess.run(
        command, input=stdin, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The example configuration with a database of this test."""
    text = (ROOT / "deploy" / "gateway.toml").read_text(encoding="utf-8")
    path = tmp_path / "gateway.toml"
    path.write_text(text.replace("/var/lib/returns-gateway", str(tmp_path)), encoding="utf-8")
    return path


def test_check_when_the_example_is_judged_then_it_is_without_fault(config: Path) -> None:
    done = run("check", config=config)
    assert (done.returncode, done.stderr) == (0, "")
    assert "without fault" in done.stdout


def test_check_when_several_keys_are_wrong_then_each_is_named_and_the_code_is_78(config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace("port = 1883", "port = 0").replace('site = "dc1"', 'sight = "dc1"'), encoding="utf-8"
    )
    done = run("check", config=config)
    assert (done.returncode, done.stdout) == (78, "")
    assert done.stderr.splitlines() == [
        f'{config}: gateway.sight: unknown key; did you mean "site"?',
        f"{config}: gateway.site: is required",
        f"{config}: mqtt.port: 0 is out of range, expected 1 to 65535",
    ]


def test_check_when_a_named_file_is_missing_then_the_code_is_78(config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('#file = "rules.toml"', 'file = "no-rules.toml"'), encoding="utf-8")
    done = run("check", config=config)
    assert done.returncode == 78
    assert done.stderr == f"{config}: rules.file: {config.parent}/no-rules.toml: there is no such file\n"


def test_usage_when_the_command_does_not_exist_then_the_code_is_64() -> None:
    done = run("rma", "imprt")
    assert (done.returncode, done.stdout) == (64, "")
    assert "Did you mean 'import'" in done.stderr


def test_faults_when_who_reads_them_has_gone_then_the_code_says_so_and_no_traceback_follows() -> None:
    command = f"yes xyz | head -20000 | {PROGRAM} epc decode - 2>&1 | head -1; echo ${{PIPESTATUS[2]}}"
    done = subprocess.run(
        ["bash", "-c", command], env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "stdin:1: epc: 'xyz' is no EPC in hex digits\n141\n"
    assert done.stderr == ""


def test_epc_decode_when_piped_then_json_lines_come_out() -> None:
    done = run("epc", "decode", "-", "--json", stdin=f"{SGTIN}\nFF\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["scheme"] for line in done.stdout.splitlines()] == ["SGTIN-96", "raw"]


def test_output_when_its_reader_goes_away_then_nothing_is_complained() -> None:
    command = f"yes {SGTIN} | head -20000 | {PROGRAM} epc decode - --json | head -1; echo ${{PIPESTATUS[2]}}"
    done = subprocess.run(
        ["bash", "-c", command], env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=True
    )
    first, code = done.stdout.splitlines()
    assert json.loads(first)["epc"] == SGTIN
    assert code == "141"
    assert done.stderr == ""


def test_rma_import_when_sent_again_then_nothing_changes(config: Path, tmp_path: Path) -> None:
    (tmp_path / "rmas.csv").write_text(RMAS)
    first = run("rma", "import", tmp_path / "rmas.csv", config=config)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == "1 new, 0 changed, 0 as before; 1 lines\n"
    assert (
        run("rma", "import", "-", stdin=RMAS, config=config).stdout
        == "0 new, 0 changed, 1 as before; 1 lines\n"
    )


def test_rma_import_when_a_row_is_faulty_then_the_code_is_65_and_nothing_is_imported(
    config: Path, tmp_path: Path
) -> None:
    faulty = tmp_path / "rmas.csv"
    faulty.write_text(RMAS + "RMA-2,1,80614141123458,,,many\n")
    done = run("rma", "import", faulty, config=config)
    assert (done.returncode, done.stdout) == (65, "")
    assert done.stderr.startswith("rmas.csv:3: quantity: 'many'")
    assert run("rma", "import", "-", stdin=RMAS, config=config).stdout.startswith("1 new")


def test_database_when_its_directory_is_missing_then_the_code_is_74(config: Path, tmp_path: Path) -> None:
    text = config.read_text(encoding="utf-8")
    config.write_text(
        text.replace(f"sqlite:///{tmp_path}", f"sqlite:///{tmp_path}/nowhere"), encoding="utf-8"
    )
    done = run("event", "list", config=config)
    assert done.returncode == 74
    assert "does not exist: create it" in done.stderr


def test_database_when_the_server_is_away_then_the_code_is_69(config: Path, tmp_path: Path) -> None:
    text = config.read_text(encoding="utf-8")
    url = f"sqlite:///{tmp_path}/returns.db"
    config.write_text(text.replace(url, "postgresql+psycopg://gw@127.0.0.1:1/returns"), encoding="utf-8")
    done = run("event", "list", config=config)
    assert (done.returncode, done.stdout) == (69, "")
    assert "127.0.0.1:1" in done.stderr


def test_capture_show_when_the_file_is_missing_then_the_code_is_74(tmp_path: Path) -> None:
    done = run("capture", "show", tmp_path / "none.bin")
    assert (done.returncode, done.stdout) == (74, "")
    assert "none.bin" in done.stderr


def test_output_when_stdout_is_closed_or_full_then_it_ends_in_words() -> None:
    closed = subprocess.run(
        ["bash", "-c", f"{PROGRAM} epc decode 30 --json >&-"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (closed.returncode, closed.stderr) == (0, "")
    full = subprocess.run(
        ["bash", "-c", f"{PROGRAM} epc decode 30 --json >/dev/full"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (full.returncode, full.stderr) == (74, "error: No space left on device\n")


def test_completion_when_the_shell_asks_then_commands_are_offered() -> None:
    asked = {
        "_RETURNS_GATEWAY_COMPLETE": "bash_complete",
        "COMP_WORDS": "returns-gateway rma ",
        "COMP_CWORD": "2",
    }
    done = subprocess.run(
        [str(PROGRAM)], env=ENVIRONMENT | asked, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0
    assert done.stdout.split() == ["plain,close", "plain,import", "plain,list", "plain,show"]
