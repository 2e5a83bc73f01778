"""Coverage-guided fuzzing of all that reads what a peer sends: framing, reports, capabilities, the session.

    pip install atheris
    python -m tests.fuzz.fuzz_llrp TARGET [-max_total_time=60] [CORPUS_DIRECTORY]

TARGET is `framing`, `report`, `capabilities` or `session`; the other arguments are libFuzzer's.
"""

import sys
import tempfile
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["readers", "sllurp"]):
    from readers.llrp.report import ReportDecoder
    from tests.fuzz.llrp_targets import (
        capability_seeds,
        check_capabilities,
        check_report,
        check_stream,
        report_seeds,
        stream_seeds,
    )
    from tests.fuzz.session_target import check_session, session_seeds

_decoder = ReportDecoder()


TARGETS = {
    "framing": (lambda data: check_stream(data, Random(len(data))), stream_seeds),
    "report": (lambda data: check_report(_decoder, data), report_seeds),
    "capabilities": (check_capabilities, capability_seeds),
    "session": (check_session, session_seeds),
}


def main() -> None:
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(__doc__)
    check, seeds = TARGETS[sys.argv.pop(1)]
    with tempfile.TemporaryDirectory() as directory:
        for number, seed in enumerate(seeds()):
            (Path(directory) / f"seed-{number}").write_bytes(seed)
        atheris.Setup([*sys.argv, directory], check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
