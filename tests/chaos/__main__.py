"""`python -m tests.chaos`: the long form. Exit code 0 when nothing was lost, doubled, changed or skipped."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.chaos.storm import Plan, storm
from tests.integration.postgres import serve


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--daemon-kills", type=int, default=50)
    parser.add_argument("--broker-kills", type=int, default=20)
    parser.add_argument("--consumer-crashes", type=int, default=10)
    parser.add_argument("--database-cuts", type=int, default=20, help="PostgreSQL only")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--no-ack", action="store_true", help="the consumer asks again for what is missing")
    parser.add_argument("--door", action="store_true", help="loads through a dock door instead of a bench")
    given = parser.parse_args()
    plan = Plan(
        given.seed,
        given.daemon_kills,
        given.broker_kills,
        given.consumer_crashes,
        require_ack=not given.no_ack,
        at_door=given.door,
    )
    directory = Path(tempfile.mkdtemp(prefix="returns-chaos-"))
    print(f"{plan}, about {plan.seconds:.0f} s, {plan.items} items, in {directory}", flush=True)
    with _database(given.database) as url:
        verdict = asyncio.run(
            storm(
                replace(plan, database=url, database_cuts=given.database_cuts if url else 0),
                directory,
                lambda line: print(line, flush=True),
            )
        )
    print(verdict)
    if not verdict.passed:
        print(f"FAILED; everything is left in {directory}")
        return 1
    shutil.rmtree(directory)
    return 0


@contextmanager
def _database(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        yield ""
        return
    with serve() as server:
        yield server.empty()


if __name__ == "__main__":
    sys.exit(main())
