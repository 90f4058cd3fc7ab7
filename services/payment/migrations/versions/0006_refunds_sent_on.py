"""A refund that a platform has taken and cannot give back is made again, to a bank account (PA-12)."""

import importlib

from alembic import op

revision = "0006"
down_revision = "0005"

LEGAL_BEFORE = "  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN ("
LEGAL_NOW = """\
  IF (OLD.state, NEW.state) = ('PROCESSING', 'REQUESTED') AND (OLD.to_bank_account OR NOT NEW.to_bank_account) THEN
    RAISE EXCEPTION 'a refund that a platform has taken is made again only to a bank account, and once'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_move_is_legal';
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
    ('PROCESSING', 'REQUESTED'),"""


def upgrade() -> None:
    refunds = importlib.import_module("services.payment.migrations.versions.0002_refunds")
    op.execute(refunds.again(refunds.REFUND_GUARD, (LEGAL_BEFORE, LEGAL_NOW)))
