"""Report decoding: tags per second of the fast path, the walker and sllurp, in the same run.

    python -m tests.benchmarks.bench_decode [--rounds 3] [--quick] [--check]

The decoders take turns on the same bytes; a figure is the median of the rounds, in CPU time. Ratios count;
absolute figures are this machine's. --check exits with 1 when a ratio to sllurp is under its bar.
"""

import sys
import time
from collections.abc import Callable, Iterator
from statistics import median

from sllurp.llrp import LLRPMessage

from readers.llrp.framing import Deframer
from readers.llrp.report import ReportDecoder
from readers.llrp.walker import walk_report
from tests.benchmarks.results import Figure, Part, main, told
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


def run(rounds: int, is_quick: bool) -> Iterator[Figure]:
    for kind in list(KINDS)[:1] if is_quick else KINDS:
        for size in SIZES:
            speed = measure(kind, size, rounds)
            told("decode", kind, size, {name: f"{value:,.0f}" for name, value in speed.items()})
            for way in ("fast", "framed", "walker"):
                bar = BARS.get((kind, size)) if way == "fast" else None
                name = f"{kind}, {size} per report: {way}"
                yield Figure(
                    name, speed[way], "tags/CPU s", speed[way] / speed["sllurp"], "sllurp", at_least=bar
                )


NOTES = """\
*fast* is the decoder the daemon uses, *framed* the same with the splitting of the stream before it, *walker* the
reference that looks at every parameter. *vendor* records carry three Impinj parameters, *mixed* reports four
shapes of record. sllurp decodes the same bytes in turn.
"""

if __name__ == "__main__":
    sys.exit(main(Part("decode", "Decoding of reports", NOTES, run)))
