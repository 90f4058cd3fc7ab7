"""What was seen, and what was done about a difference, as codes with facts: people read both in their own language."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

# Actions were sentences before; which one is known by the kind of the difference and whether it healed.
_ACTIONS = """
UPDATE differences SET action = CASE
  WHEN healed THEN CASE kind WHEN 'PAID_NOT_SETTLED' THEN 'SETTLED_BY_ASKING'
    WHEN 'PAID_BUT_ENDED' THEN 'LATE_MONEY_RECORDED' ELSE 'AGREED' END
  ELSE CASE kind WHEN 'PAID_NOT_SETTLED' THEN 'ASK_WHY_NOT_CONFIRMED' WHEN 'PAID_BUT_ENDED' THEN 'SETTLE_LATE_MONEY'
    WHEN 'UNKNOWN_TRADE' THEN 'FIND_PAYER' WHEN 'NOT_ON_BILL' THEN 'ASK_FOR_LINE'
    WHEN 'AMOUNT_DIFFERS' THEN 'COMPARE_AMOUNTS' WHEN 'REFUND_DIFFERS' THEN 'COMPARE_REFUND'
    ELSE 'ASK_FOR_RECEIPT' END
  END
WHERE action <> ''
"""
_RESOLUTIONS = """
UPDATE exceptions SET resolved_by = 'zikao', resolution_note = CASE resolution_note
  WHEN 'the money is back' THEN 'MONEY_IS_BACK' WHEN 'attached or given back' THEN 'LATE_MONEY_DECIDED'
  ELSE 'HEALED' END
WHERE state = 'RESOLVED' AND resolved_by IN ('rule', 'zikao')
"""


def upgrade() -> None:
    op.add_column("exceptions", sa.Column("facts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False))
    op.execute(_ACTIONS)
    op.execute(_RESOLUTIONS)
