"""Doors and identification: what was decided, how well it was read, what it was."""

from queries import (
    DOORS,
    GATEWAY,
    PER_MINUTE,
    Board,
    curves,
    figure,
    quantiles,
    quotient,
    rate,
    share,
    total,
    within_range,
)

CROSSED = f'{DOORS}, verdict=~"in|out"'
READS_PER_ITEM = quotient("passage_reads", "passages", "read_point", CROSSED)
RECEIPTS = within_range("receipts", DOORS)

BOARD = Board(
    "doors",
    "Returns: doors and identification",
    "What the doors decided, how well they read, and what was identified.",
    {
        "In the time shown": (
            figure(
                "Came in",
                "Items that crossed a door inwards.",
                "short",
                within_range("passages", f'{DOORS}, verdict="in"'),
            ),
            figure(
                "Reads per crossing item",
                "Ten and more are needed; falling means antennas, power or larger loads.",
                "short",
                share(within_range("passage_reads", CROSSED), within_range("passages", CROSSED)),
            ),
            figure(
                "Identified exactly",
                "Share of receipts where the RMA named this very item, by EPC or serial.",
                "percentunit",
                share(within_range("receipts", f'{DOORS}, match=~"epc|serial"'), RECEIPTS),
            ),
            figure(
                "Candidates",
                "Probable receipts below the confidence limit: not booked, somebody should look.",
                "short",
                within_range("events", f'{GATEWAY}, kind=~"candidate|receipt"')
                + " - "
                + within_range("events", f'{GATEWAY}, kind="receipt"'),
            ),
        ),
        "Doors": (
            curves(
                "Passages",
                "What the doors decided, per minute: in, out, driven past, turned back, parked, unclear.",
                PER_MINUTE,
                (
                    rate("passages", "read_point, verdict", DOORS, seconds=60),
                    "{{read_point}} {{verdict}}",
                ),
            ),
            curves(
                "Reads per crossing item",
                "By door: compare doors with each other and with last week.",
                "short",
                (READS_PER_ITEM, "{{read_point}}"),
            ),
            curves(
                "Tags in memory",
                "Tags each read point remembers; bounded by [limits] tracked_tags.",
                "short",
                (total("tracked_tags", "read_point", DOORS), "{{read_point}}"),
            ),
            curves(
                "Parked tags",
                "Tags that stand in a door's field and do not move; each takes reads from what passes.",
                "short",
                (total("parked_tags", "read_point", DOORS), "{{read_point}}"),
            ),
        ),
        "Identification": (
            curves(
                "Receipts by match",
                "How the item was found on its RMA, per minute: by EPC, by serial, or by its class (gtin).",
                PER_MINUTE,
                (rate("receipts", "match", DOORS, seconds=60), "{{match}}"),
            ),
            curves(
                "Exceptions by code",
                "What somebody must look at, per minute; many unknown_item: RMAs come late or not at all.",
                PER_MINUTE,
                (rate("exceptions", "code", seconds=60), "{{code}}"),
            ),
            curves(
                "Time to decide",
                "From the last read of a passage to its event being stored.",
                "s",
                *quantiles("decision_seconds"),
            ),
        ),
    },
    {"read_point": "tracked_tags"},
)
