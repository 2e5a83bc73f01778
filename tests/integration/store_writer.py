"""A process that records for ever, to be killed: `python store_writer.py URL GATEWAY SEED`; a line per commit."""

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gateway.store import outbox
from gateway.store.database import Database
from gateway.store.ledger import Ledger
from rules.policy import DEFAULT_POLICY
from tests.gateway.store.samples import SECOND_US, START_US, left, seen

ITEMS = 600
"""Few enough that gateways see the same ones, and that items which went out come again."""


def main(url: str, gateway: str, seed: str) -> None:
    database = Database(url)
    database.open()
    ledger = Ledger("dc1", gateway, "returns/v1", DEFAULT_POLICY)
    chance = random.Random(seed + gateway)
    now_us = START_US + int(seed) * 3600 * SECOND_US
    while True:
        now_us += 60 * SECOND_US
        items = chance.sample(range(1, ITEMS), chance.choice((1, 3, 40)))
        batch = [seen(item, now_us) if chance.random() < 0.8 else left(item, now_us) for item in items]
        with database.writing() as connection:
            ledger.record(connection, batch, now_us)
            pending = [message.sequence for message in outbox.pending(connection, gateway, 0, 20)]
            outbox.mark_sent(connection, gateway, pending[: chance.randint(0, 20)], now_us)
        print(outbox_size(database, gateway), flush=True)


def outbox_size(database: Database, gateway: str) -> int:
    with database.reading() as connection:
        return outbox.last_sequence(connection, gateway)


if __name__ == "__main__":
    main(*sys.argv[1:])
