"""When the portal is asked about a receipt next (PA-9)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("receipts", sa.Column("due_time", sa.DateTime(timezone=True), nullable=True))
    op.add_column("receipts", sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_index(
        "receipts_due_idx",
        "receipts",
        ["due_time"],
        postgresql_where=sa.text("state IN ('PENDING', 'REQUESTED') AND available_date IS NOT NULL"),
    )
