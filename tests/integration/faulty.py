"""The daemon on a bad day: `python faulty.py FLAG run --config FILE` does what the file FLAG says as long as it is there.

- `read-only`: the disk takes no more writes, neither of the database nor of the journal
- `slow`: each commit and each write of the journal takes seconds
- `poison EPC`: whatever is made of this item raises an error of no known kind
"""

import errno
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy import Connection, event

from gateway.cli import main as cli
from gateway.keeping.journal import Journal
from gateway.store import database, engine
from gateway.store.ledger import Ledger
from rules.observation import Observation

SLOW_SECONDS = 1.5


def spoil(flag: Path) -> None:
    def fault() -> str:
        return flag.read_text() if flag.exists() else ""

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA query_only = {int(fault() == 'read-only')}")
        begin_sqlite(connection)

    def connect(url: Any) -> Any:
        made = connect_engine(url)
        event.listen(made, "commit", lambda _: time.sleep(SLOW_SECONDS * (fault() == "slow")))
        return made

    def touchy(step: Callable[..., None]) -> Callable[..., None]:
        def touch(*arguments: Any) -> None:
            if fault() == "read-only":
                raise OSError(errno.EROFS, os.strerror(errno.EROFS))
            time.sleep(SLOW_SECONDS * (fault() == "slow"))
            step(*arguments)

        return touch

    def record(ledger: Ledger, connection: Connection, batch: Sequence[Observation], now_us: int) -> Any:
        kind, _, epc = fault().partition(" ")
        if kind == "poison" and epc in {observation.epc.hex for observation in batch}:
            raise KeyError(epc)
        return record_all(ledger, connection, batch, now_us)

    begin_sqlite, connect_engine, record_all = engine._begin_sqlite, engine.connect, Ledger.record
    engine._begin_sqlite = begin
    database.connect = connect  # type: ignore[attr-defined]
    for step in ("append", "replace"):
        setattr(Journal, step, touchy(getattr(Journal, step)))
    Ledger.record = record  # type: ignore[method-assign]


if __name__ == "__main__":
    spoil(Path(sys.argv.pop(1)))
    cli.main()
