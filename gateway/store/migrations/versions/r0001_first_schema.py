"""The first schema: RMAs, what came in on them, what was seen, and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rmas()
    _rma_lines()
    _line_epcs()
    _line_serials()
    _received_items()
    _visits()
    _observations()
    _outbox()
    _gateways()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


TABLES = (
    "gateways",
    "outbox",
    "observations",
    "visits",
    "received_items",
    "line_serials",
    "line_epcs",
    "rma_lines",
    "rmas",
)


def _gateways() -> None:
    op.create_table(
        "gateways",
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_holder", sa.Text(), nullable=True, comment="who publishes this gateway's outbox"),
        sa.Column("lease_until_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("gateway", name=op.f("pk_gateways")),
        sqlite_with_rowid=False,
    )


def _observations() -> None:
    op.create_table(
        "observations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("read_point", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("epc", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False, comment="the direction seen"),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("first_seen_us", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_us", sa.BigInteger(), nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column(
            "events",
            sa.Text(),
            nullable=False,
            comment="JSON: kind, id, rma, line, code and detail of what was told",
        ),
        sa.Column("stored_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observations")),
    )
    op.create_index(op.f("ix_observations_identity"), "observations", ["identity"], unique=False)
    op.create_index(op.f("ix_observations_stored_us"), "observations", ["stored_us"], unique=False)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column(
            "payload", sa.LargeBinary(), nullable=False, comment="as published: sent again byte for byte"
        ),
        sa.Column("time_us", sa.BigInteger(), nullable=False),
        sa.Column("stored_us", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Text(),
            server_default=sa.text("'pending'"),
            nullable=False,
            comment="pending, sent, confirmed",
        ),
        sa.Column("sent_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("gateway", "sequence", name=op.f("pk_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
    )
    op.create_index(
        op.f("ix_outbox_gateway_state_sequence"), "outbox", ["gateway", "state", "sequence"], unique=False
    )
    op.create_index(op.f("ix_outbox_stored_us"), "outbox", ["stored_us"], unique=False)


def _rmas() -> None:
    op.create_table(
        "rmas",
        sa.Column("rma", sa.Text(), nullable=False),
        sa.Column("opened_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=True),
        sa.Column("closed_us", sa.BigInteger(), nullable=True),
        sa.Column("order_ref", sa.Text(), nullable=True),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=False, comment="quantity over all lines"),
        sa.Column("received", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "is_expired",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="noticed by the sweep",
        ),
        sa.Column(
            "digest",
            sa.Text(),
            nullable=True,
            comment="of what the sender said: the same again changes nothing",
        ),
        sa.Column("updated_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("rma", name=op.f("pk_rmas")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_rmas_closed_us_is_expired_expires_us"),
        "rmas",
        ["closed_us", "is_expired", "expires_us"],
        unique=False,
    )


def _visits() -> None:
    op.create_table(
        "visits",
        sa.Column("read_point", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("first_seen_us", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("read_point", "identity", name=op.f("pk_visits")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_visits_last_seen_us"), "visits", ["last_seen_us"], unique=False)


def _rma_lines() -> None:
    op.create_table(
        "rma_lines",
        sa.Column("rma", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("gtin", sa.Text(), nullable=True, comment="GTIN-14"),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("value", sa.Text(), nullable=True, comment="decimal text"),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column(
            "opened_us",
            sa.BigInteger(),
            nullable=False,
            comment="as on the RMA: the oldest obligation is met first",
        ),
        sa.Column("received", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "is_open",
            sa.Boolean(),
            server_default=sa.true(),
            nullable=False,
            comment="may still take an item",
        ),
        sa.Column(
            "takes_any",
            sa.Boolean(),
            server_default=sa.true(),
            nullable=False,
            comment="of its GTIN, not only those named",
        ),
        sa.ForeignKeyConstraint(["rma"], ["rmas.rma"], name=op.f("fk_rma_lines_rmas"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("rma", "line", name=op.f("pk_rma_lines")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_rma_lines_class",
        "rma_lines",
        ["gtin", "takes_any", "is_open", "opened_us", "rma", "line"],
        unique=False,
    )


def _line_epcs() -> None:
    op.create_table(
        "line_epcs",
        sa.Column("rma", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epc", sa.Text(), nullable=False, comment="upper-case hex"),
        sa.Column(
            "identity",
            sa.Text(),
            nullable=True,
            comment="of the item, whatever its encoding: filled by the gateway",
        ),
        sa.ForeignKeyConstraint(
            ["rma", "line"],
            ["rma_lines.rma", "rma_lines.line"],
            name=op.f("fk_line_epcs_rma_lines"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("rma", "line", "epc", name=op.f("pk_line_epcs")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_line_epcs_epc"), "line_epcs", ["epc"], unique=False)
    op.create_index(op.f("ix_line_epcs_identity"), "line_epcs", ["identity"], unique=False)


def _line_serials() -> None:
    op.create_table(
        "line_serials",
        sa.Column("rma", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rma", "line"],
            ["rma_lines.rma", "rma_lines.line"],
            name=op.f("fk_line_serials_rma_lines"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("rma", "line", "serial", name=op.f("pk_line_serials")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_line_serials_gtin_serial"), "line_serials", ["gtin", "serial"], unique=False)


def _received_items() -> None:
    op.create_table(
        "received_items",
        sa.Column("receipt_id", sa.Text(), nullable=False),
        sa.Column("rma", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column(
            "generation",
            sa.Integer(),
            nullable=False,
            comment="receipts of this item on this line before this one",
        ),
        sa.Column("epc", sa.Text(), nullable=False),
        sa.Column("received_us", sa.BigInteger(), nullable=False),
        sa.Column("restocked_us", sa.BigInteger(), nullable=True),
        sa.Column("gone_us", sa.BigInteger(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("refund", sa.Text(), nullable=True),
        sa.Column("reversed_us", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["rma", "line"], ["rma_lines.rma", "rma_lines.line"], name=op.f("fk_received_items_rma_lines")
        ),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_received_items")),
        sa.UniqueConstraint(
            "rma",
            "line",
            "identity",
            "generation",
            name=op.f("uq_received_items_rma_line_identity_generation"),
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_received_items_identity"), "received_items", ["identity"], unique=False)
