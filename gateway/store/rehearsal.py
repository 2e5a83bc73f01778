"""A decision rehearsed: the first real one after a start finds its statements put together."""

from dataclasses import replace

from sqlalchemy import Connection

from gateway.store import outbox
from gateway.store.ledger import Ledger
from rules.epc import identify_hex
from rules.observation import Evidence, Observation, ReadPoint
from rules.rma import Rma, RmaLine
from rules.vocabulary import BizStep, Direction, ReadPointKind

_NAME = "rehearsal"
_EXPECTED = identify_hex("3034257BF400004000000001")
_UNKNOWN = identify_hex("3034257BF400008000000001")
"""Two items of different GTINs: the RMA awaits the first by its EPC."""
_RMA = Rma(_NAME, (RmaLine(_NAME, 1, 1, _EXPECTED.gtin, epcs=frozenset({_EXPECTED.hex})),), opened_us=1)
_POINT = ReadPoint(_NAME, ReadPointKind.PORTAL, BizStep.RECEIVING)
_EVIDENCE = Evidence(2, (1,), 1, 2, None, Direction.IN)
"""Long ago: nothing that is stored has expired by then."""


def rehearse(connection: Connection, ledger: Ledger) -> None:
    """Decide about an item that is awaited and one that is not, and tell of both; to be rolled back."""
    unheard = replace(ledger, on_told=lambda _events: None)
    unheard.put_rmas(connection, [_RMA], now_us=1)
    unheard.record(connection, [Observation(epc, _POINT, _EVIDENCE, 1.0) for epc in (_EXPECTED, _UNKNOWN)], 1)
    told = outbox.pending(connection, ledger.gateway, limit=1)
    outbox.mark_sent(connection, ledger.gateway, [message.sequence for message in told], now_us=1)
