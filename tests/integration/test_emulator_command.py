"""`llrp-emulator` as a process: its first lines, its ports, its end."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from llrpkit.reader import Reader

from readers.emulator.scenario import load_scenario

HOST = "127.0.0.1"
PATIENCE_SECONDS = 60 * float(os.environ.get("TEST_TIMEOUT_FACTOR", "1"))
SCENARIO = """
seed = 5
duration_seconds = 8.0
[[door]]
id = "dock-1"
reader = "dock-1-reader"
[[door]]
id = "dock-2"
reader = "dock-2-reader"
[[load]]
door = "dock-1"
move = "in"
items = 4
start_seconds = 0.0
"""


@contextmanager
def command(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "readers.emulator", *map(str, arguments)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def first_lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(count)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command_when_interrupted_then_stops_with_exit_code_0(number: signal.Signals) -> None:
    with command("--port", 0, "--readers", 3, "--tags", 2, "--rate", 50, "--profile", "r420") as process:
        lines = first_lines(process, 3)
        assert all(re.fullmatch(rf"{HOST}:\d+ r420 2 tags in the field, 50 reads/s", line) for line in lines)
        process.send_signal(number)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, err) == (0, "")


def test_command_when_the_port_is_taken_then_exits_69_and_says_which() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with command("--port", port) as process:
            _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 69
    assert err == f"llrp-emulator: cannot listen on {HOST}, port {port}: Address already in use\n"


async def test_command_when_a_scenario_is_played_then_each_reader_sees_its_door(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(SCENARIO, encoding="utf-8")
    scenario = load_scenario(path)
    expected = {read.epc for read in scenario.reads("dock-1-reader") if read.time_us < 5_000_000}
    with command("--port", 0, "--scenario", path) as process:
        lines = first_lines(process, 2)
        assert all(line.endswith("plays a scenario") for line in lines)
        port = int(lines[0].split()[0].rpartition(":")[2])
        async with asyncio.timeout(PATIENCE_SECONDS), Reader(HOST, port) as reader:
            seen = {tag.epc async for tag in reader.inventory(duration=6.0)}
    assert expected
    assert expected <= seen <= {epc for epcs in scenario.epcs for epc in epcs}
