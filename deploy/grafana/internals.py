"""Gateway internals: delivery, database and load of the daemon itself."""

from queries import JOB, PER_MINUTE, Board, curves, figure, quantiles, rate, total, value

BOARD = Board(
    "internals",
    "Returns: gateway internals",
    "Delivery, database and load of the daemon itself.",
    {
        "Now": (
            figure(
                "Broker",
                "1 while every broker takes our messages.",
                "short",
                f"min({value('mqtt_connected')})",
            ),
            figure(
                "Waiting in outbox",
                "Events stored and not yet taken by the broker; more than a few means the broker is away.",
                "short",
                total("outbox_pending"),
            ),
            figure(
                "Database faults",
                "Gateways whose database takes no decisions just now.",
                "short",
                total("storage_faulty"),
            ),
            figure(
                "Free disk",
                "Least free space where a SQLite database lies; nothing is shown for PostgreSQL.",
                "bytes",
                f"min({value('disk_free_bytes')})",
            ),
        ),
        "Delivery": (
            curves(
                "Outbox",
                "Events that wait for the broker.",
                "short",
                (total("outbox_pending", "instance"), "{{instance}}"),
            ),
            curves(
                "Oldest in outbox",
                "How long the first of them has waited: what a consumer is behind.",
                "s",
                (f"max by (instance) ({value('outbox_oldest_seconds')})", "{{instance}}"),
            ),
            curves(
                "Published",
                "Events the broker took, and publishes it refused, per minute.",
                PER_MINUTE,
                (rate("published", "instance", seconds=60), "{{instance}} taken"),
                (rate("publish_refused", "instance", seconds=60), "{{instance}} refused"),
            ),
            curves(
                "Time to publish",
                "From an event being stored to the broker's acknowledgement.",
                "s",
                *quantiles("publish_seconds"),
            ),
            curves(
                "Commands",
                "Commands answered, by verb and outcome, per minute.",
                PER_MINUTE,
                (rate("commands", "verb, status", seconds=60), "{{verb}} {{status}}"),
            ),
        ),
        "Load": (
            curves(
                "Time to decide",
                "From the last read of a passage to its event being stored.",
                "s",
                *quantiles("decision_seconds"),
            ),
            curves(
                "Loop lag",
                "How late the daemon's own timer is: the machine's or the disk's load.",
                "s",
                *quantiles("event_loop_lag_seconds"),
            ),
            curves(
                "Processor",
                "Share of one core the daemon uses; one is all it can use for reads.",
                "percentunit",
                (f"rate(process_cpu_seconds_total{{{JOB}}}[$__rate_interval])", "{{instance}}"),
            ),
            curves(
                "Memory",
                "Resident memory of the daemon; it is bounded by [limits].",
                "bytes",
                (f"process_resident_memory_bytes{{{JOB}}}", "{{instance}}"),
            ),
            curves(
                "Open files",
                "Sockets and files the daemon holds: one per reader, page and connection.",
                "short",
                (f"process_open_fds{{{JOB}}}", "{{instance}}"),
            ),
            curves(
                "Version",
                "Which version runs where.",
                "short",
                (total("build_info", "instance, version"), "{{instance}} {{version}}"),
            ),
        ),
    },
)
