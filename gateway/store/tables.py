"""The tables: the same on SQLite and PostgreSQL, times as microseconds since 1970 UTC, money as decimal text.

`rmas`, `rma_lines`, `line_epcs` and `line_serials` are also a way in: another system may write them itself.
It gives every column that has no default, leaves `received`, `ended`, `is_open`, `takes_any`, `digest`,
`due_us`, `overdue_us` and `resolved_us` alone, and repeats `opened_us` on each line; a line is found by its
EPCs, its serials or its GTIN, whichever is given.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)

SCHEMA = "0005"
"""The migration these tables are at, numbered from 0001; an older or newer database is refused."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_BigKey = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column declared INTEGER."""

rmas = Table(
    "rmas",
    metadata,
    Column("rma", Text, primary_key=True),
    Column("opened_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger),
    Column("closed_us", BigInteger),
    Column("order_ref", Text),
    Column("customer", Text),
    Column("expected", Integer, nullable=False, comment="quantity over all lines"),
    Column("received", Integer, nullable=False, server_default=text("0")),
    Column("is_expired", Boolean, nullable=False, server_default=false(), comment="noticed by the sweep"),
    Column("ended", Integer, nullable=False, server_default=text("0"), comment="items back in stock or gone"),
    Column("due_us", BigInteger, comment="when it is overdue; empty once it was, or is resolved"),
    Column("overdue_us", BigInteger),
    Column("resolved_us", BigInteger),
    Column("digest", Text, comment="of what the sender said: the same again changes nothing"),
    Column("updated_us", BigInteger),
    Index(None, "closed_us", "is_expired", "expires_us"),
    Index(None, "due_us"),
    Index(None, "overdue_us", "resolved_us"),
    sqlite_with_rowid=False,
)

rma_lines = Table(
    "rma_lines",
    metadata,
    Column("rma", Text, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("gtin", Text, comment="GTIN-14"),
    Column("quantity", Integer, nullable=False),
    Column("sku", Text),
    Column("reason", Text),
    Column("category", Text),
    Column("value", Text, comment="decimal text"),
    Column("currency", Text),
    Column(
        "opened_us", BigInteger, nullable=False, comment="as on the RMA: the oldest obligation is met first"
    ),
    Column("received", Integer, nullable=False, server_default=text("0")),
    Column("is_open", Boolean, nullable=False, server_default=true(), comment="may still take an item"),
    Column(
        "takes_any",
        Boolean,
        nullable=False,
        server_default=true(),
        comment="of its GTIN, not only those named",
    ),
    ForeignKeyConstraint(["rma"], ["rmas.rma"], ondelete="CASCADE"),
    Index("ix_rma_lines_class", "gtin", "takes_any", "is_open", "opened_us", "rma", "line"),
    sqlite_with_rowid=False,
)

line_epcs = Table(
    "line_epcs",
    metadata,
    Column("rma", Text, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("epc", Text, primary_key=True, comment="upper-case hex"),
    Column("identity", Text, comment="of the item, whatever its encoding: filled by the gateway"),
    ForeignKeyConstraint(["rma", "line"], ["rma_lines.rma", "rma_lines.line"], ondelete="CASCADE"),
    Index(None, "epc"),
    Index(None, "identity"),
    sqlite_with_rowid=False,
)

line_serials = Table(
    "line_serials",
    metadata,
    Column("rma", Text, primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("serial", Text, primary_key=True),
    Column("gtin", Text, nullable=False),
    ForeignKeyConstraint(["rma", "line"], ["rma_lines.rma", "rma_lines.line"], ondelete="CASCADE"),
    Index(None, "gtin", "serial"),
    sqlite_with_rowid=False,
)

received_items = Table(
    "received_items",
    metadata,
    Column("receipt_id", Text, primary_key=True),
    Column("rma", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("identity", Text, nullable=False),
    Column(
        "generation", Integer, nullable=False, comment="receipts of this item on this line before this one"
    ),
    Column("epc", Text, nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("restocked_us", BigInteger),
    Column("gone_us", BigInteger),
    Column("grade", Text),
    Column("sealed", Boolean, comment="as an inspection found it"),
    Column("complete", Boolean),
    Column(
        "inspections", Integer, nullable=False, server_default=text("0"), comment="that found anything new"
    ),
    Column("disposition", Text),
    Column("refund", Text),
    Column("decided_us", BigInteger, comment="of the disposition"),
    Column("doubted_us", BigInteger, comment="its EPC was seen twice at once: no refund"),
    Column("reversed_us", BigInteger),
    ForeignKeyConstraint(["rma", "line"], ["rma_lines.rma", "rma_lines.line"]),
    UniqueConstraint("rma", "line", "identity", "generation"),
    Index(None, "identity"),
    Index(None, "received_us"),
    sqlite_with_rowid=False,
)

actions = Table(
    "actions",
    metadata,
    Column("id", _BigKey, primary_key=True),
    Column("gateway", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("epc", Text, nullable=False),
    Column("action", Text, nullable=False, comment="what was done without a read: inspect, void, match"),
    Column("events", Text, nullable=False, comment="JSON, as of an observation"),
    Column("time_us", BigInteger, nullable=False),
    Index(None, "identity"),
    Index(None, "time_us"),
)

blind_items = Table(
    "blind_items",
    metadata,
    Column("identity", Text, primary_key=True),
    Column("epc", Text, nullable=False),
    Column("gtin", Text),
    Column("serial", Text),
    Column("observation", Text, nullable=False, comment="JSON: where, when and how it came in unknown"),
    Column("seen_us", BigInteger, nullable=False),
    Index(None, "epc"),
    Index(None, "gtin", "serial"),
    Index(None, "seen_us"),
    sqlite_with_rowid=False,
)

tallies = Table(
    "tallies",
    metadata,
    Column("receipt_id", Text, primary_key=True, comment="of a container whose contents are to be counted"),
    Column("rma", Text, nullable=False),
    Column("epc", Text, nullable=False),
    Column("read_point", Text, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("due_us", BigInteger, nullable=False),
    Index(None, "due_us"),
    sqlite_with_rowid=False,
)

strangers = Table(
    "strangers",
    metadata,
    Column("event_id", Text, primary_key=True, comment="that it came in and no RMA names it"),
    Column("epc", Text, nullable=False),
    Column("read_point", Text, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("due_us", BigInteger, nullable=False, comment="when all that came with it must be in"),
    Index(None, "due_us"),
    sqlite_with_rowid=False,
)

visits = Table(
    "visits",
    metadata,
    Column("read_point", Text, primary_key=True),
    Column("identity", Text, primary_key=True),
    Column("direction", Text, nullable=False),
    Column("first_seen_us", BigInteger, nullable=False),
    Column("last_seen_us", BigInteger, nullable=False),
    Index(None, "last_seen_us"),
    sqlite_with_rowid=False,
)

observations = Table(
    "observations",
    metadata,
    Column("id", _BigKey, primary_key=True),
    Column("gateway", Text, nullable=False),
    Column("read_point", Text, nullable=False),
    Column("identity", Text, nullable=False),
    Column("epc", Text, nullable=False),
    Column("verdict", Text, nullable=False, comment="the direction seen"),
    Column("confidence", Float, nullable=False),
    Column("reasons", Text, nullable=False, comment="JSON"),
    Column("first_seen_us", BigInteger, nullable=False),
    Column("last_seen_us", BigInteger, nullable=False),
    Column("reads", Integer, nullable=False),
    Column(
        "events", Text, nullable=False, comment="JSON: kind, id, rma, line, code and detail of what was told"
    ),
    Column("stored_us", BigInteger, nullable=False),
    Column("evidence", Text, comment="JSON: antennas, peak_rssi_dbm, late, load_size, features"),
    Index(None, "identity"),
    Index(None, "stored_us"),
)

approved_tags = Table(
    "approved_tags",
    metadata,
    Column("read_point", Text, primary_key=True),
    Column("epc", Text, primary_key=True, comment="upper-case hex"),
    Column("approved_us", BigInteger, nullable=False),
    Column("approved_by", Text, nullable=False, comment="who says that it is no item here"),
    sqlite_with_rowid=False,
)

outbox = Table(
    "outbox",
    metadata,
    Column("gateway", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False, comment="as published: sent again byte for byte"),
    Column("time_us", BigInteger, nullable=False),
    Column("stored_us", BigInteger, nullable=False),
    Column(
        "state", Text, nullable=False, server_default=text("'pending'"), comment="pending, sent, confirmed"
    ),
    Column("sent_us", BigInteger),
    UniqueConstraint("id"),
    Index(None, "gateway", "state", "sequence"),
    Index(None, "stored_us"),
)

gateways = Table(
    "gateways",
    metadata,
    Column("gateway", Text, primary_key=True),
    Column("last_sequence", BigInteger, nullable=False, server_default=text("0")),
    Column("lease_holder", Text, comment="who publishes this gateway's outbox"),
    Column("lease_until_us", BigInteger),
    sqlite_with_rowid=False,
)

schema_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", Text, primary_key=True),
)
"""Alembic's own; outside the metadata, which describes only what is ours."""
