"""A file of RMAs in bounded transactions: who decides meanwhile waits for one of them, not for them all."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from gateway.store.database import Database
from gateway.store.ledger import Ledger
from gateway.store.rmas import Upserted
from rules.rma import Rma
from rules.vocabulary import EventKind

BATCH_LINES = 1_000
"""Lines per transaction: a tenth of a second or two."""
PAUSE_SECONDS = 0.03
"""Between two: SQLite lets those who wait look again that soon."""


@dataclass(slots=True)
class Imported:
    done: Upserted = field(default_factory=Upserted)
    received: int = 0
    """Items that had come in before."""


def import_rmas(
    database: Database,
    ledger: Ledger,
    rmas: Iterable[Rma],
    *,
    clock: Callable[[], int],
    advance: Callable[[int], object] = lambda _count: None,
    pause: Callable[[float], object] = time.sleep,
) -> Imported:
    """Bring them in, on this thread. What was committed when it is broken off is there; doing it again does
    the rest. `advance` hears how many RMAs more are in.
    """
    result = Imported()
    for batch in _batches(rmas):
        with database.writing() as connection:
            done, events = ledger.put_rmas(connection, batch, clock())
        result.done += done
        result.received += sum(event.kind is EventKind.RECEIPT for event in events)
        advance(len(batch))
        pause(PAUSE_SECONDS)
    return result


def _batches(rmas: Iterable[Rma]) -> Iterator[list[Rma]]:
    batch: list[Rma] = []
    lines = 0
    for rma in rmas:
        if batch and lines + len(rma.lines) > BATCH_LINES:
            yield batch
            batch, lines = [], 0
        batch.append(rma)
        lines += len(rma.lines)
    if batch:
        yield batch
