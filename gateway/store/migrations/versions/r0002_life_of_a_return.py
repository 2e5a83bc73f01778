"""The life of a return: its end and service level, what people did, blind items, contents of containers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rmas()
    _received_items()
    _actions()
    _blind_items()
    _tallies()


def downgrade() -> None:
    for table in ("tallies", "blind_items", "actions"):
        op.drop_table(table)
    op.drop_index(op.f("ix_received_items_received_us"), table_name="received_items")
    op.drop_column("received_items", "doubted_us")
    op.drop_column("received_items", "decided_us")
    op.drop_index(op.f("ix_rmas_overdue_us_resolved_us"), table_name="rmas")
    op.drop_index(op.f("ix_rmas_due_us"), table_name="rmas")
    for column in ("resolved_us", "overdue_us", "due_us", "ended"):
        op.drop_column("rmas", column)


def _rmas() -> None:
    ended = sa.Column(
        "ended",
        sa.Integer(),
        server_default=sa.text("0"),
        nullable=False,
        comment="items back in stock or gone",
    )
    due = sa.Column(
        "due_us",
        sa.BigInteger(),
        nullable=True,
        comment="when it is overdue; empty once it was, or is resolved",
    )
    op.add_column("rmas", ended)
    op.add_column("rmas", due)
    op.add_column("rmas", sa.Column("overdue_us", sa.BigInteger(), nullable=True))
    op.add_column("rmas", sa.Column("resolved_us", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_rmas_due_us"), "rmas", ["due_us"], unique=False)
    columns = ["overdue_us", "resolved_us"]
    op.create_index(op.f("ix_rmas_overdue_us_resolved_us"), "rmas", columns, unique=False)


def _received_items() -> None:
    decided = sa.Column("decided_us", sa.BigInteger(), nullable=True, comment="of the disposition")
    doubted = sa.Column(
        "doubted_us",
        sa.BigInteger(),
        nullable=True,
        comment="its EPC was seen twice at once: no refund",
    )
    op.add_column("received_items", decided)
    op.add_column("received_items", doubted)
    op.create_index(op.f("ix_received_items_received_us"), "received_items", ["received_us"], unique=False)


def _actions() -> None:
    op.create_table(
        "actions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("epc", sa.Text(), nullable=False),
        sa.Column(
            "action", sa.Text(), nullable=False, comment="what was done without a read: inspect, void, match"
        ),
        sa.Column("events", sa.Text(), nullable=False, comment="JSON, as of an observation"),
        sa.Column("time_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
    )
    op.create_index(op.f("ix_actions_identity"), "actions", ["identity"], unique=False)
    op.create_index(op.f("ix_actions_time_us"), "actions", ["time_us"], unique=False)


def _blind_items() -> None:
    op.create_table(
        "blind_items",
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("epc", sa.Text(), nullable=False),
        sa.Column("gtin", sa.Text(), nullable=True),
        sa.Column("serial", sa.Text(), nullable=True),
        sa.Column(
            "observation",
            sa.Text(),
            nullable=False,
            comment="JSON: where, when and how it came in unknown",
        ),
        sa.Column("seen_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("identity", name=op.f("pk_blind_items")),
        sqlite_with_rowid=False,
    )
    for columns in (["epc"], ["gtin", "serial"], ["seen_us"]):
        name = op.f(f"ix_blind_items_{'_'.join(columns)}")
        op.create_index(name, "blind_items", columns, unique=False)


def _tallies() -> None:
    op.create_table(
        "tallies",
        sa.Column(
            "receipt_id",
            sa.Text(),
            nullable=False,
            comment="of a container whose contents are to be counted",
        ),
        sa.Column("rma", sa.Text(), nullable=False),
        sa.Column("epc", sa.Text(), nullable=False),
        sa.Column("read_point", sa.Text(), nullable=False),
        sa.Column("seen_us", sa.BigInteger(), nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_tallies")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_tallies_due_us"), "tallies", ["due_us"], unique=False)
