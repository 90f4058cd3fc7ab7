"""How the systems outside fare, for operators (OP-2)."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "external_systems",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("success_time", sa.DateTime(timezone=True)),
        sa.Column("failure_time", sa.DateTime(timezone=True)),
        sa.Column("failing_since_time", sa.DateTime(timezone=True)),
        sa.Column("failure", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("role", "name", name=op.f("outside_systems_pkey")),
    )
