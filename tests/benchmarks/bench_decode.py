"""Report decoding: tags per second of the fast path, the walker and sllurp, in the same run.

    python -m tests.benchmarks.bench_decode [--rounds 5] [--check]

The decoders take turns on the same bytes; a figure is the median of the rounds, in CPU time. "framed" is the fast
path with the splitting of the stream before it. Ratios count; absolute figures are this machine's. --check exits
with 1 when a ratio to sllurp is under its bar.
"""

import argparse
import sys
import time
from collections.abc import Callable
from statistics import median

from sllurp.llrp import LLRPMessage

from readers.llrp.framing import Deframer
from readers.llrp.report import ReportDecoder
from readers.llrp.walker import walk_report
from tests.readers.llrp import wire

SIZES = (1, 5, 50, 500)
ROUND_SECONDS = 0.1
BARS = {("standard", 1): 8, ("standard", 50): 50, ("vendor", 50): 50, ("mixed", 50): 10}
"""Least ratio to sllurp, by kind of record and tags per report."""


def _epc(index: int) -> bytes:
    return wire.epc96(index.to_bytes(12, "big"))


def _vendor(index: int) -> bytes:
    extra = [wire.impinj(56, index), wire.impinj(57, -index), wire.impinj(68, index)]
    return wire.tag(_epc(index), *wire.full_fields(index), *extra)


def _without_pc(index: int) -> bytes:
    return wire.tag(_epc(index), *wire.full_fields(index)[:-1])


def _epc_128(index: int) -> bytes:
    return wire.tag(wire.epc_data(index.to_bytes(16, "big")), *wire.full_fields(index))


def _mixed(index: int) -> bytes:
    return (wire.full_tag, _epc_128, _vendor, _without_pc)[index * 7 % 4](index)


KINDS: dict[str, Callable[[int], bytes]] = {
    "standard": wire.full_tag,
    "vendor": _vendor,
    "without PC": _without_pc,
    "mixed": _mixed,
}


def seconds_per_call(call: Callable[[], object]) -> float:
    calls, spent = 0, 0.0
    while spent < ROUND_SECONDS:
        started = time.process_time()
        for _ in range(10):
            call()
        spent += time.process_time() - started
        calls += 10
    return spent / calls


def measure(kind: str, size: int, rounds: int) -> dict[str, float]:
    """Tags per second of each decoder."""
    body = b"".join(map(KINDS[kind], range(size)))
    message = wire.message(61, body)
    decoder, deframer, framed = ReportDecoder(rospec_id=1), Deframer(), ReportDecoder(rospec_id=1)
    decoders: dict[str, Callable[[], object]] = {
        "sllurp": lambda: LLRPMessage(msgbytes=message),
        "walker": lambda: walk_report(body),
        "fast": lambda: decoder.rows(body),
        "framed": lambda: [framed.rows(frame.body) for frame in deframer.feed(message)],
    }
    assert len(decoder.rows(body)) == size
    spent: dict[str, list[float]] = {name: [] for name in decoders}
    for _ in range(rounds):
        for name, call in decoders.items():
            spent[name].append(seconds_per_call(call))
    return {name: size / median(times) for name, times in spent.items()}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--check", action="store_true")
    options = arguments.parse_args()
    print(
        f"{'records':<11} {'tags':>4} {'fast/sllurp':>12} {'framed/sllurp':>14} {'fast/walker':>12}   tags/s: fast, framed, walker, sllurp"
    )
    missed = []
    for kind in KINDS:
        for size in SIZES:
            speed = measure(kind, size, options.rounds)
            ratio = speed["fast"] / speed["sllurp"]
            bar = BARS.get((kind, size))
            if bar is not None and ratio < bar:
                missed.append(f"{kind}, {size} tags: {ratio:.1f} is under {bar}")
            print(
                f"{kind:<11} {size:>4} {ratio:>11.1f}x {speed['framed'] / speed['sllurp']:>13.1f}x"
                f" {speed['fast'] / speed['walker']:>11.1f}x   "
                + ", ".join(f"{speed[name]:,.0f}" for name in ("fast", "framed", "walker", "sllurp"))
            )
    for line in missed:
        print("missed:", line)
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
