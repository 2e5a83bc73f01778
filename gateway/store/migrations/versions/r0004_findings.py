"""What an inspection found besides the grade, and strangers that came in beside the items of an RMA."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "as an inspection found it"
    inspections = sa.Column(
        "inspections",
        sa.Integer(),
        server_default=sa.text("0"),
        nullable=False,
        comment="that found anything new",
    )
    op.add_column("received_items", sa.Column("sealed", sa.Boolean(), nullable=True, comment=comment))
    op.add_column("received_items", sa.Column("complete", sa.Boolean(), nullable=True))
    op.add_column("received_items", inspections)
    op.create_table(
        "strangers",
        sa.Column("event_id", sa.Text(), nullable=False, comment="that it came in and no RMA names it"),
        sa.Column("epc", sa.Text(), nullable=False),
        sa.Column("read_point", sa.Text(), nullable=False),
        sa.Column("seen_us", sa.BigInteger(), nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=False, comment="when all that came with it must be in"),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_strangers")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_strangers_due_us"), "strangers", ["due_us"], unique=False)


def downgrade() -> None:
    op.drop_table("strangers")
    for column in ("inspections", "complete", "sealed"):
        op.drop_column("received_items", column)
