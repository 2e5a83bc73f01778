"""Fleet and readers: is every reader there, does it read, is its clock right."""

from queries import PER_MINUTE, READERS, Board, curves, figure, rate, since, total, value

BOARD = Board(
    "fleet",
    "Returns: fleet and readers",
    "Is every reader there, does it read, and is its clock right.",
    {
        "Now": (
            figure(
                "Readers connected",
                "Readers that inventory for us just now; fewer than configured means a blind door.",
                "short",
                total("reader_connected", labels=READERS),
            ),
            figure(
                "Readers away",
                "Configured readers that are not connected: anything but 0 needs somebody.",
                "short",
                f"count({value('reader_connected', READERS)}) - {total('reader_connected', labels=READERS)}",
            ),
            figure(
                "Reads now",
                "Tag reads per second at all readers together.",
                "rps",
                f"sum(rate({value('tag_reads_total', READERS)}[$__rate_interval]))",
            ),
            figure(
                "Largest clock offset",
                "How wrong the worst reader's clock is; the gateway corrects for it.",
                "s",
                f"max(abs({value('reader_clock_offset_seconds', READERS)}))",
            ),
        ),
        "Reads": (
            curves(
                "Tag reads",
                "Reads per second; a reader that falls to zero has lost its antennas or its field.",
                "rps",
                (rate("tag_reads", "reader", READERS), "{{reader}}"),
            ),
            curves(
                "Reports",
                "RO_ACCESS_REPORT messages per second; many with few reads each cost network and gateway.",
                "rps",
                (rate("tag_reports", "reader", READERS), "{{reader}}"),
            ),
            curves(
                "Time since the last report",
                "Long where goods pass seldom; at a bench or shelf with goods it means silence.",
                "s",
                (since("reader_last_report_timestamp_seconds", "reader", READERS), "{{reader}}"),
            ),
            curves(
                "Reads left out",
                "Reads and messages that went no further, by reason, per minute: filtered EPCs, faults.",
                PER_MINUTE,
                (rate("reads_dropped", "reason", seconds=60), "{{reason}}"),
            ),
        ),
        "Links": (
            curves(
                "Connected",
                "1 while the reader inventories for us; steps down tell when a door was blind.",
                "short",
                (total("reader_connected", "reader", READERS), "{{reader}}"),
            ),
            curves(
                "Reconnects",
                "Connections lost or refused, by reason, per minute; often: a fault of the network.",
                PER_MINUTE,
                (rate("reader_reconnects", "reader, reason", READERS, seconds=60), "{{reader}} {{reason}}"),
            ),
            curves(
                "Clock offset",
                "Host clock minus reader clock; a slope is a clock that drifts, a step one that was set.",
                "s",
                (total("reader_clock_offset_seconds", "reader", READERS), "{{reader}}"),
            ),
        ),
    },
    {"reader": "reader_connected"},
)
