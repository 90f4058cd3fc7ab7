"""The wish to cancel is kept, so that whoever later finds the trade closed knows why (PA-3)."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("orders", sa.Column("cancel_time", sa.DateTime(timezone=True), nullable=True))
