"""The statement that compares a bill with what is here (PA-10): every difference of a day, found where the rows are,
however many lines the bill has.

`:begins` and `:ends` are the span that the bill covers, `:today` is a day in Asia/Shanghai.
"""

from typing import Final

from chassis.postgres.columns import among
from chassis.postgres.driver_statements import sql
from services.payment.domain.operator_queue import SYSTEM, Resolution
from services.payment.domain.orders import LIVE
from services.payment.domain.reconciliation import HEALED, Action

_BILL: Final = """
SELECT kind, out_trade_no, out_refund_no, sum(amount_fen)::bigint AS fen
FROM bill_lines WHERE run_id = :run_id GROUP BY kind, out_trade_no, out_refund_no
"""
# One line twice adds up to twice the amount, so a repeated line is found as an amount that differs.
_PAID_ON_BILL: Final = f"""
SELECT CASE
    WHEN a.order_id IS NULL THEN 'UNKNOWN_TRADE'
    WHEN a.state <> 'PAID' AND {among("o.state", LIVE)} THEN 'PAID_NOT_SETTLED'
    WHEN a.state <> 'PAID' THEN 'PAID_BUT_ENDED'
    WHEN a.paid_fen <> b.fen THEN 'AMOUNT_DIFFERS'
  END AS kind, b.out_trade_no, '' AS out_refund_no, a.order_id,
  CASE WHEN a.state = 'PAID' THEN a.paid_fen ELSE coalesce(o.total_fen, 0) END AS order_fen, b.fen AS bill_fen
FROM bill b
LEFT JOIN attempts a ON a.provider = :provider AND a.out_trade_no = b.out_trade_no
LEFT JOIN orders o ON o.order_id = a.order_id
WHERE b.kind = 'PAYMENT'
"""
_PAID_HERE_ONLY: Final = """
SELECT 'NOT_ON_BILL', a.out_trade_no, '', a.order_id, a.paid_fen, 0
FROM attempts a
WHERE a.provider = :provider AND a.state = 'PAID' AND a.paid_time >= :begins AND a.paid_time < :ends
  AND NOT EXISTS (SELECT FROM bill b WHERE b.kind = 'PAYMENT' AND b.out_trade_no = a.out_trade_no)
"""
_REFUNDED_ON_BILL: Final = """
SELECT CASE WHEN r.state IS DISTINCT FROM 'SUCCEEDED' OR r.amount_fen <> b.fen THEN 'REFUND_DIFFERS' END,
  b.out_trade_no, b.out_refund_no, r.order_id, coalesce(r.amount_fen, 0), b.fen
FROM bill b LEFT JOIN refunds r ON r.refund_id = CASE WHEN pg_input_is_valid(b.out_refund_no, 'uuid')
  THEN b.out_refund_no::uuid END
WHERE b.kind = 'REFUND'
"""
# Our clock says when a refund was back, the platform's on which bill it is: near midnight that may be the day before.
_REFUNDED_HERE_ONLY: Final = """
SELECT 'REFUND_DIFFERS', a.out_trade_no, r.refund_id::text, r.order_id, r.amount_fen, 0
FROM refunds r JOIN attempts a ON a.order_id = r.order_id AND a.number = r.attempt_number
WHERE a.provider = :provider AND r.state = 'SUCCEEDED' AND NOT r.to_bank_account
  AND r.success_time >= :begins AND r.success_time < :ends
  AND NOT EXISTS (
    SELECT FROM bill_lines b WHERE b.kind = 'REFUND' AND b.out_refund_no = r.refund_id::text
      AND (b.run_id = :run_id OR b.run_id IN (
        SELECT s.run_id FROM statements s WHERE s.provider = :provider AND s.date < :date)))
"""
_WITHOUT_RECEIPT: Final = """
SELECT 'RECEIPT_MISSING', a.out_trade_no, '', a.order_id, e.amount_fen, 0
FROM attempts a JOIN receipts e ON e.order_id = a.order_id
WHERE a.provider = :provider AND a.purpose = 'FEE' AND a.paid_time >= :begins AND a.paid_time < :ends
  AND e.state IN ('PENDING', 'REQUESTED') AND e.available_date < :today
"""

COMPARE: Final = sql(f"""
WITH bill AS MATERIALIZED ({_BILL}),
found AS (
  {_PAID_ON_BILL} UNION ALL {_PAID_HERE_ONLY} UNION ALL {_REFUNDED_ON_BILL} UNION ALL {_REFUNDED_HERE_ONLY}
  UNION ALL {_WITHOUT_RECEIPT})
INSERT INTO differences AS d (provider, date, kind, out_trade_no, out_refund_no, order_id, order_fen, bill_fen,
                              seen_id, create_time)
SELECT :provider, :date, f.kind, f.out_trade_no, f.out_refund_no, f.order_id, f.order_fen, f.bill_fen, :comparison_id,
  :now
FROM found f WHERE f.kind IS NOT NULL
ON CONFLICT (provider, date, out_trade_no, out_refund_no, kind) DO UPDATE
  SET order_id = excluded.order_id, order_fen = excluded.order_fen, bill_fen = excluded.bill_fen,
    seen_id = excluded.seen_id, healed = false
""")

_AGREED: Final = Action.AGREED.value
_HEALED: Final = Resolution.HEALED.value
_DONE: Final = " ".join(f"WHEN '{kind.value}' THEN '{done.value}'" for kind, done in HEALED.items())

# What the comparison has not seen is gone.
HEAL: Final = sql(f"""
WITH gone AS (
  SELECT out_trade_no, out_refund_no, kind, exception_id FROM differences
  WHERE provider = :provider AND date = :date AND NOT healed AND seen_id <> :comparison_id FOR UPDATE),
healed AS (
  UPDATE differences d SET healed = true, exception_id = NULL, action = CASE d.kind {_DONE} ELSE '{_AGREED}' END
  FROM gone g WHERE d.provider = :provider AND d.date = :date
    AND (d.out_trade_no, d.out_refund_no, d.kind) = (g.out_trade_no, g.out_refund_no, g.kind))
UPDATE exceptions e SET state = 'RESOLVED', resolved_by = '{SYSTEM}', resolution_note = '{_HEALED}',
  resolve_time = :now, version = version + 1
FROM gone WHERE e.exception_id = gone.exception_id AND e.state = 'OPEN'
""")

TOTALS: Final = sql("""
WITH bill AS MATERIALIZED (
  SELECT kind, out_trade_no, out_refund_no, amount_fen FROM bill_lines WHERE run_id = :run_id),
money AS (
  SELECT a.order_id, a.purpose, a.paid_fen FROM attempts a
  WHERE a.provider = :provider AND a.state = 'PAID' AND (
    a.paid_time >= :begins AND a.paid_time < :ends
    OR a.out_trade_no IN (SELECT b.out_trade_no FROM bill b WHERE b.kind = 'PAYMENT'))),
back AS (
  SELECT r.refund_id, r.amount_fen FROM refunds r
  WHERE r.state = 'SUCCEEDED' AND r.refund_id::text IN (SELECT b.out_refund_no FROM bill b WHERE b.kind = 'REFUND')
  UNION
  SELECT d.out_refund_no::uuid, d.order_fen FROM differences d
  WHERE d.provider = :provider AND d.date = :date AND d.kind = 'REFUND_DIFFERS' AND d.bill_fen = 0 AND NOT d.healed),
paper AS (
  SELECT e.state, e.amount_fen FROM money m JOIN receipts e ON e.order_id = m.order_id WHERE m.purpose = 'FEE')
SELECT
  (SELECT count(*) FROM bill) AS bill_line_count,
  (SELECT count(*) FROM bill WHERE kind = 'PAYMENT') AS bill_paid_count,
  (SELECT coalesce(sum(amount_fen), 0)::bigint FROM bill WHERE kind = 'PAYMENT') AS bill_paid_fen,
  (SELECT coalesce(sum(amount_fen), 0)::bigint FROM bill WHERE kind = 'REFUND') AS bill_refunded_fen,
  (SELECT count(*) FROM money WHERE purpose = 'FEE') AS order_count,
  (SELECT coalesce(sum(paid_fen), 0)::bigint FROM money WHERE purpose = 'FEE') AS order_paid_fen,
  (SELECT count(*) FROM money WHERE purpose <> 'FEE') AS surplus_count,
  (SELECT coalesce(sum(paid_fen), 0)::bigint FROM money WHERE purpose <> 'FEE') AS surplus_fen,
  (SELECT coalesce(sum(amount_fen), 0)::bigint FROM back) AS order_refunded_fen,
  (SELECT count(*) FROM paper WHERE state = 'ISSUED') AS receipt_count,
  (SELECT coalesce(sum(amount_fen), 0)::bigint FROM paper WHERE state = 'ISSUED') AS receipt_fen,
  (SELECT count(*) FROM paper WHERE state IN ('PENDING', 'REQUESTED')) AS awaited_count,
  (SELECT coalesce(sum(amount_fen), 0)::bigint FROM paper WHERE state IN ('PENDING', 'REQUESTED')) AS awaited_fen,
  (SELECT count(*) FROM paper WHERE state = 'VOID') AS void_count,
  (SELECT coalesce(sum(amount_fen), 0)::bigint FROM paper WHERE state = 'VOID') AS void_fen,
  (SELECT count(*) FROM differences WHERE provider = :provider AND date = :date) AS difference_count,
  (SELECT count(*) FROM differences WHERE provider = :provider AND date = :date AND healed) AS healed_count
""")
