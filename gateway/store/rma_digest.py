"""The digest of an RMA: the same words again change nothing."""

import hashlib

from rules.rma import Rma


def digest_of(rma: Rma) -> str:
    """Of all that the sender said, in an order of its own."""
    lines = [
        (
            line.line,
            line.quantity,
            line.gtin,
            sorted(line.serials),
            sorted(line.epcs),
            line.sku,
            line.reason,
            line.category,
            None if line.value is None else str(line.value),
            line.currency,
        )
        for line in rma.lines
    ]
    said = repr((rma.order, rma.customer, rma.opened_us, rma.expires_us, lines))
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()
