"""Coverage-guided fuzzing of framing and report decoding.

    pip install atheris
    python -m tests.fuzz.fuzz_report -max_total_time=60 [CORPUS_DIRECTORY]

Arguments are libFuzzer's. The first byte of an input says what the rest is: a report body or a stream.
"""

import sys
import tempfile
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["readers"]):
    from readers.llrp.report import ReportDecoder

from tests.fuzz.llrp_targets import check_report, check_stream, report_seeds
from tests.readers.llrp import wire

_decoder = ReportDecoder()


def check_input(data: bytes) -> None:
    if data[:1] < b"\x80":
        check_report(_decoder, data[1:])
    else:
        check_stream(data[1:], Random(len(data)))


def write_seeds(directory: Path) -> None:
    for number, body in enumerate(report_seeds()):
        (directory / f"report-{number}").write_bytes(b"\0" + body)
        (directory / f"stream-{number}").write_bytes(b"\x80" + wire.message(61, body) + wire.message(62))


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        write_seeds(Path(directory))
        atheris.Setup([*sys.argv, directory], check_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
