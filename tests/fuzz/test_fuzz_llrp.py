"""Thousands of damaged messages and courses, the same on every run; `fuzz_llrp.py` looks further."""

import gc
import tracemalloc
from random import Random

from readers.llrp.report import ReportDecoder
from tests.fuzz.llrp_targets import (
    capability_seeds,
    check_capabilities,
    check_report,
    check_stream,
    mutate,
    report_seeds,
    stream_seeds,
)
from tests.fuzz.session_target import check_session, session_seeds
from tests.readers.llrp import wire


def test_damaged_reports_are_refused_or_read_as_the_walker_reads_them() -> None:
    random, decoder, seeds = Random(61), ReportDecoder(), report_seeds()
    for _ in range(4000):
        seed = random.choice(seeds)
        check_report(decoder, seed)
        check_report(decoder, mutate(seed, random))


def test_noise_is_refused_or_read_as_the_walker_reads_it() -> None:
    random, decoder = Random(62), ReportDecoder()
    for _ in range(2000):
        check_report(decoder, random.randbytes(random.randint(0, 80)))


def test_damaged_streams_give_the_same_messages_however_they_are_cut() -> None:
    random, seeds = Random(63), report_seeds()
    for seed in stream_seeds():
        check_stream(seed, random)
    for _ in range(1500):
        stream = b"".join(wire.message(61, random.choice(seeds)) for _ in range(random.randint(1, 3)))
        check_stream(mutate(stream, random), random)


def test_decoder_fed_ever_new_shapes_keeps_its_memory() -> None:
    """Without the collector's help: what is forgotten is gone, what is remembered is bounded."""
    random, decoder = Random(64), ReportDecoder()

    def fed(count: int) -> int:
        for _ in range(count):
            parameters = [wire.tlv(1023, random.randbytes(random.randint(0, 400))) for _ in range(3)]
            decoder.rows(wire.tag(wire.epc96(bytes(12)), *parameters) * random.randint(1, 9))
        ours = tracemalloc.Filter(inclusive=True, filename_pattern="*/readers/llrp/*")
        snapshot = tracemalloc.take_snapshot().filter_traces([ours])
        return sum(statistic.size for statistic in snapshot.statistics("filename"))

    gc.disable()
    tracemalloc.start()
    try:
        full = fed(1500)
        later = fed(3000)
    finally:
        tracemalloc.stop()
        gc.enable()
    assert later < 2 * full, (full, later)


def test_damaged_capabilities_are_refused_or_can_be_asked_for() -> None:
    random, seeds = Random(65), capability_seeds()
    for _ in range(700):
        seed = random.choice(seeds)
        check_capabilities(seed)
        check_capabilities(mutate(seed, random))


def test_session_whatever_the_peer_does_keeps_its_promises() -> None:
    random, seeds = Random(66), session_seeds()
    for seed in seeds:
        check_session(seed)
    for _ in range(500):
        check_session(mutate(random.choice(seeds), random))
