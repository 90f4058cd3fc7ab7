"""A correction of photo or details stands before payment (EN-4)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column(
        "standing", sa.Column("correction_state", sa.Text(), server_default=sa.text("'NONE'"), nullable=False)
    )
