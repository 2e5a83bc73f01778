"""A scenario as files: its reads as CSV for `returns-gateway replay`, and the truth to judge them by."""

import csv
from pathlib import Path
from typing import Final

from readers.emulator.scenario import Scenario

READ_COLUMNS: Final = ("time", "reader", "antenna", "epc", "rssi")
TRUTH_COLUMNS: Final = ("epc", "kind", "read_point")
_US_PER_SECOND: Final = 1_000_000


def write_reads(scenario: Scenario, path: Path, start_us: int) -> int:
    """All reads in order of time, in epoch seconds from `start_us`; how many there were. Raises OSError."""
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(READ_COLUMNS)
        for read in scenario.reads():
            seconds, rest = divmod(start_us + read.time_us, _US_PER_SECOND)
            writer.writerow(
                (f"{seconds}.{rest:06d}", read.reader, read.antenna, read.epc.hex().upper(), read.rssi_dbm)
            )
            count += 1
    return count


def write_truth(scenario: Scenario, path: Path) -> int:
    """What should be told about each item; how many lines. Raises OSError."""
    truth = scenario.truth()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(TRUTH_COLUMNS)
        writer.writerows((item.epc, item.kind, item.read_point) for item in truth)
    return len(truth)
