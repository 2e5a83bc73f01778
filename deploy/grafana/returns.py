"""Figures of the business: what came back, what was sold again, what waits too long."""

from queries import DOORS, PER_MINUTE, Board, curves, figure, rate, share, total, within_range

RECEIPTS = within_range("receipts", DOORS)

BOARD = Board(
    "returns",
    "Returns: figures of the business",
    "What came back, what was sold again, and what waits too long. Sums over weeks: returns-gateway report.",
    {
        "Now": (
            figure("Open RMAs", "RMAs that still expect items.", "short", total("open_rmas")),
            figure("Open lines", "RMA lines that still expect items.", "short", total("open_rma_lines")),
            figure(
                "Overdue within a day",
                "RMAs whose service level ends within a day: their items came in and have no end yet.",
                "short",
                total("rma_at_risk"),
            ),
            figure(
                "Overdue", "RMAs past their service level and not resolved.", "short", total("rma_overdue")
            ),
        ),
        "In the time shown": (
            figure("Receipts", "Items of open RMAs that came in.", "short", RECEIPTS),
            figure("Restocks", "Items back in sellable stock.", "short", within_range("restocks", DOORS)),
            figure(
                "Restocked of received",
                "Restocks by receipts: below 1 the bench is behind, or goods are not sold again.",
                "percentunit",
                share(within_range("restocks", DOORS), RECEIPTS),
            ),
            figure(
                "Exceptions per receipt",
                "How much work besides the rule comes with each receipt.",
                "percentunit",
                share(within_range("exceptions"), RECEIPTS),
            ),
        ),
        "Flow": (
            curves(
                "Receipts",
                "Items of open RMAs that came in, by read point, per minute.",
                PER_MINUTE,
                (rate("receipts", "read_point", DOORS, seconds=60), "{{read_point}}"),
            ),
            curves(
                "Restocks",
                "Items back in sellable stock, by read point, per minute.",
                PER_MINUTE,
                (rate("restocks", "read_point", DOORS, seconds=60), "{{read_point}}"),
            ),
            curves(
                "Events by kind",
                "All that was told, per minute; a reversal takes a receipt back.",
                PER_MINUTE,
                (rate("events", "kind", seconds=60), "{{kind}}"),
            ),
            curves(
                "Exceptions by code",
                "What somebody must look at, per minute.",
                PER_MINUTE,
                (rate("exceptions", "code", seconds=60), "{{code}}"),
            ),
        ),
        "What waits": (
            curves(
                "Open lines",
                "Lines that still expect items: rises when RMAs are sent, falls when goods come.",
                "short",
                (total("open_rma_lines", "instance"), "{{instance}}"),
            ),
            curves(
                "Service level",
                "RMAs that are overdue, and those that will be within a day.",
                "short",
                (total("rma_overdue"), "overdue"),
                (total("rma_at_risk"), "within a day"),
            ),
        ),
    },
    {"read_point": "tracked_tags"},
)
