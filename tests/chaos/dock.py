"""A dock door through which loads are brought in one after the other, by an emulated reader."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import time

from readers.emulator.scenario import Scenario, load_scenario
from tests.chaos.site import BIN, UNKNOWN_EVERY

LOAD_ITEMS = 12
LOAD_SECONDS = 10.0
"""From one load to the next; each is in the field for eight of them."""
ITEMS_PER_SECOND = LOAD_ITEMS / LOAD_SECONDS
FIRST_SECONDS = 5.0
AFTER_SECONDS = 600.0
HEAD = """
seed = {seed}
duration_seconds = {seconds}
[[door]]
id = "dock"
reader = "bench-reader"
"""
LOAD = """
[[load]]
door = "dock"
move = "in"
start_seconds = {start}
items = {items}
name = "load-{number}"
"""


@dataclass(frozen=True)
class Dock:
    """As a bench is, but that an item comes by only once."""

    directory: Path
    port: int
    wanted: int
    seed: int
    per_second: float = ITEMS_PER_SECOND

    @cached_property
    def scenario(self) -> Scenario:
        loads = max(1, round(self.wanted / LOAD_ITEMS))
        text = HEAD.format(seed=self.seed, seconds=FIRST_SECONDS + loads * LOAD_SECONDS + AFTER_SECONDS)
        for number in range(loads):
            start = FIRST_SECONDS + number * LOAD_SECONDS
            text += LOAD.format(start=start, items=LOAD_ITEMS, number=number)
        self._file.write_text(text)
        return load_scenario(self._file)

    @property
    def count(self) -> int:
        return len(self.epcs)

    @property
    def epcs(self) -> list[str]:
        return [epc.hex().upper() for load in self.scenario.epcs for epc in load]

    @property
    def strangers(self) -> list[str]:
        """Items of no RMA."""
        return self.epcs[UNKNOWN_EVERY - 1 :: UNKNOWN_EVERY]

    @property
    def expected(self) -> list[str]:
        """Items of an RMA."""
        strangers = set(self.strangers)
        return [epc for epc in self.epcs if epc not in strangers]

    def laid_down(self) -> dict[str, float]:
        """EPC → about when it was first in the field, in seconds since 1970."""
        began = float((self.directory / "began").read_text())
        return {
            epc.hex().upper(): began + load.start_seconds
            for load, epcs in zip(self.scenario.loads, self.scenario.epcs, strict=True)
            for epc in epcs
        }

    @contextmanager
    def running(self) -> Iterator[None]:
        assert self.scenario.loads
        command = [BIN / "llrp-emulator", "--port", str(self.port), "--scenario", str(self._file)]
        (self.directory / "began").write_text(str(time()))
        with (self.directory / "dock").open("wb") as told:
            process = subprocess.Popen(command, stdout=told, stderr=told)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=60)

    @property
    def _file(self) -> Path:
        return self.directory / "scenario.toml"
