"""Tags that belong to a read point and are never booked there."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approved_tags",
        sa.Column("read_point", sa.Text(), nullable=False),
        sa.Column("epc", sa.Text(), nullable=False, comment="upper-case hex"),
        sa.Column("approved_us", sa.BigInteger(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False, comment="who says that it is no item here"),
        sa.PrimaryKeyConstraint("read_point", "epc", name=op.f("pk_approved_tags")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("approved_tags")
