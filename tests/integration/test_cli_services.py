"""Commands that reach out: readers (the emulator), a real broker and a database, there and not there."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.broker import Broker
from tests.ports import free_port

BIN = Path(sys.executable).parent
TIMEOUT = 60.0
CONFIG = """
[gateway]
site = "dc1"
[database]
url = "sqlite:///{directory}/returns.db"
[mqtt]
port = {broker}
[[reader]]
id = "dock-1-reader"
host = "127.0.0.1"
port = {reader}
[[reader.antenna]]
port = {antenna}
read_point = "bench"
[[read_point]]
id = "bench"
kind = "presence"
biz_step = "receiving"
"""


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(BIN / "returns-gateway"), *(str(argument) for argument in arguments)]
    environment = {key: value for key, value in os.environ.items() if key != "RETURNS_GATEWAY_CONFIG"}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=TIMEOUT, check=False, env=environment
    )


@pytest.fixture(scope="module")
def emulator() -> Iterator[int]:
    """The port of an emulated reader with three tags."""
    command = [str(BIN / "llrp-emulator"), "--port", "0", "--tags", "3", "--profile", "r420"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[0]
        yield int(address.rpartition(":")[2])
        process.terminate()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


def configure(directory: Path, *, reader: int, broker: int, antenna: int = 1) -> Path:
    path = directory / "gateway.toml"
    path.write_text(CONFIG.format(directory=directory, reader=reader, broker=broker, antenna=antenna))
    return path


def test_check_when_everything_answers_then_each_is_told_and_nothing_is_changed(
    tmp_path: Path, emulator: int, broker: Broker
) -> None:
    done = run("check", "--connect", "--config", configure(tmp_path, reader=emulator, broker=broker.port))
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == ["ok", "ok", "ok"]
    assert "Impinj" in done.stdout
    assert not (tmp_path / "returns.db").exists()


def test_check_when_nothing_answers_then_each_says_why_and_the_code_is_69(tmp_path: Path) -> None:
    path = configure(tmp_path, reader=free_port(), broker=free_port())
    path.write_text(path.read_text().replace(f"{tmp_path}/returns.db", f"{tmp_path}/nowhere/returns.db"))
    done = run("check", "--connect", "--config", path)
    assert done.returncode == 69
    verdicts = [line.split()[0] for line in done.stdout.splitlines()[1:] if not line.startswith(" ")]
    assert verdicts == ["fail", "fail", "fail"]
    assert f"there is no directory {tmp_path}/nowhere" in done.stdout


def test_check_when_a_reader_lacks_an_antenna_port_then_it_fails(
    tmp_path: Path, emulator: int, broker: Broker
) -> None:
    path = configure(tmp_path, reader=emulator, broker=broker.port, antenna=7)
    done = run("check", "--connect", "--config", path)
    assert done.returncode == 69
    assert "it has no antenna port 7" in done.stdout


def test_doctor_when_json_then_every_finding_is_an_object(
    tmp_path: Path, emulator: int, broker: Broker
) -> None:
    path = configure(tmp_path, reader=emulator, broker=broker.port)
    done = run("doctor", "--json", "--config", path)
    findings = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [finding["what"].split()[0] for finding in findings] == [
        "configuration",
        "reader",
        "broker",
        "database",
        "clock",
    ]
    assert {finding["verdict"] for finding in findings[:4]} == {"ok"}


def test_reader_discover_when_one_is_there_then_it_is_found(emulator: int) -> None:
    done = run("reader", "discover", "127.0.0.1/32", "--port", str(emulator), "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"host": "127.0.0.1", "port": emulator, "busy": False, "detail": None}


def test_reader_discover_when_none_is_there_then_it_says_so(emulator: int) -> None:
    done = run("reader", "discover", "127.0.0.2/32", "--port", str(free_port()))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "no LLRP reader answers in 127.0.0.2/32\n"


@pytest.mark.parametrize("network", ["10.0.0.0/8", "dock", "10.0.0.1/99"])
def test_reader_discover_when_the_network_is_none_then_the_code_is_64(network: str) -> None:
    assert run("reader", "discover", network).returncode == 64


def test_reader_probe_when_it_answers_then_model_and_antennas_are_told(tmp_path: Path, emulator: int) -> None:
    path = configure(tmp_path, reader=emulator, broker=1)
    done = run("reader", "probe", "dock-1-reader", "--json", "--config", path)
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert (told["vendor"], told["antennas"], told["faults"]) == ("Impinj", 4, [])
    assert run("reader", "probe", "127.0.0.1", "--port", str(emulator)).stdout.count("Impinj") == 1


def test_reader_probe_when_nobody_answers_then_the_code_is_69() -> None:
    port = free_port()
    for address in (("127.0.0.1", "--port", str(port)), (f"127.0.0.1:{port}",)):
        done = run("reader", "probe", *address)
        assert (done.returncode, done.stdout) == (69, "")
        assert done.stderr.startswith(f"error: reader 127.0.0.1:{port}: connection refused")
        assert "Try: reader discover CIDR" in done.stderr


def test_reader_watch_when_tags_are_read_then_json_lines_tell_each_read(emulator: int) -> None:
    done = run("reader", "watch", "127.0.0.1", "--port", str(emulator), "--seconds", "2", "--json")
    assert done.returncode == 0
    reads = [json.loads(line) for line in done.stdout.splitlines()]
    assert len({read["epc"] for read in reads}) == 3
    assert all(abs(read["last_seen_us"] - read["received_us"]) < 2_000_000 for read in reads)


def test_reader_watch_when_interrupted_then_what_was_read_is_summed_up(emulator: int) -> None:
    command = [str(BIN / "returns-gateway"), "reader", "watch", "127.0.0.1", "--port", str(emulator)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "is connected" not in process.stderr.readline():
            pass
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130
    assert len(out.splitlines()) == 4
    assert out.startswith("EPC")


def test_reader_reset_when_confirmed_then_it_has_no_rospecs(emulator: int) -> None:
    done = run("reader", "reset", "127.0.0.1", "--port", str(emulator), "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(run("reader", "probe", "127.0.0.1", "--port", str(emulator), "--json").stdout)
    assert told["rospecs"] == {}


def test_reader_reset_when_not_confirmed_then_nothing_is_done(emulator: int) -> None:
    done = run("reader", "reset", "127.0.0.1", "--port", str(emulator))
    assert done.returncode == 130


def test_capture_record_when_tags_are_read_then_show_tells_both_directions(
    tmp_path: Path, emulator: int
) -> None:
    file = tmp_path / "dock.capture"
    done = run("capture", "record", "127.0.0.1", file, "--port", str(emulator), "--seconds", "1")
    assert (done.returncode, done.stderr) == (0, "")
    shown = [json.loads(line) for line in run("capture", "show", file).stdout.splitlines()]
    assert (
        done.stdout
        == f"{file}: {len(shown)} messages, {sum(len(one.get('tags', [])) for one in shown)} reads\n"
    )
    assert not [one for one in shown if "error" in one]
    assert {one["direction"] for one in shown} == {"from_reader", "to_reader"}
    assert {tag["epc"][:24] for one in shown for tag in one.get("tags", [])} != set()
    assert shown[-1]["name"] == "CLOSE_CONNECTION_RESPONSE"


def test_capture_record_when_nobody_answers_then_the_code_is_69(tmp_path: Path) -> None:
    done = run("capture", "record", "127.0.0.1", tmp_path / "x", "--port", str(free_port()), "--seconds", "1")
    assert (done.returncode, done.stdout) == (69, "")
    assert "connection refused" in done.stderr
