"""Cases are withdrawn when what they are about is gone."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATES = "'COLLECTING', 'WAITING', 'CLAIMED', 'APPROVED', 'REJECTED', 'WITHDRAWN'"


def upgrade() -> None:
    op.drop_constraint(op.f("cases_state_check"), "cases", type_="check")
    op.create_check_constraint(op.f("cases_state_check"), "cases", f"state IN ({STATES})")
