"""What a verdict was made from: antennas, strongest read, size and features of the load."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    comment = "JSON: antennas, peak_rssi_dbm, late, load_size, features"
    op.add_column("observations", sa.Column("evidence", sa.Text(), nullable=True, comment=comment))


def downgrade() -> None:
    op.drop_column("observations", "evidence")
