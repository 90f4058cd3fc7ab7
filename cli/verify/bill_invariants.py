"""Proves that what is paid here is what the platforms' bills say (invariant 3), payment by payment, refund by refund.

Payment reads a bill, whichever platform's, when it reconciles the day (PA-10), and keeps its lines. A day whose bill is
not published yet cannot be proven: its money is counted apart.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cli.staff.api_client import Api, ApiProblem
from cli.verify.check import Check

if TYPE_CHECKING:
    import asyncpg

NOT_PUBLISHED: Final = "BILL_NOT_READY"
NOT_CONNECTED: Final = "NOT_FOUND"
"""The platform is not configured any more: its days are proven by the bills that were read while it was."""
LOOK_SECONDS: Final = 0.5

_DAYS: Final = """
SELECT provider, day::date::text AS day FROM (
  SELECT provider, paid_time AT TIME ZONE 'Asia/Shanghai' AS day FROM payment.attempts WHERE state = 'PAID'
  UNION SELECT a.provider, f.success_time AT TIME ZONE 'Asia/Shanghai' FROM payment.refunds f
    JOIN payment.attempts a ON a.order_id = f.order_id AND a.number = f.attempt_number WHERE f.state = 'SUCCEEDED') d
GROUP BY 1, 2 ORDER BY 1, 2
"""
PREPARE: Final = (
    """
CREATE TEMPORARY TABLE read_days ON COMMIT DROP AS
SELECT provider, date, run_id FROM payment.statements WHERE run_id IS NOT NULL
""",
    """
CREATE TEMPORARY TABLE billed ON COMMIT DROP AS
SELECT d.provider, l.kind, l.out_trade_no, l.out_refund_no, sum(l.amount_fen)::bigint AS fen
FROM read_days d JOIN payment.bill_lines l USING (run_id) GROUP BY 1, 2, 3, 4
""",
    """
CREATE TEMPORARY TABLE payments ON COMMIT DROP AS
SELECT a.provider, a.out_trade_no, a.paid_fen AS fen, d.run_id IS NOT NULL AS provable
FROM payment.attempts a LEFT JOIN read_days d
  ON d.provider = a.provider AND d.date = (a.paid_time AT TIME ZONE 'Asia/Shanghai')::date
WHERE a.state = 'PAID'
""",
    """
CREATE TEMPORARY TABLE refunds ON COMMIT DROP AS
SELECT a.provider, f.refund_id::text AS out_refund_no, f.amount_fen AS fen, f.state, f.to_bank_account,
  f.state = 'SUCCEEDED' AND d.run_id IS NOT NULL AS provable
FROM payment.refunds f JOIN payment.attempts a ON a.order_id = f.order_id AND a.number = f.attempt_number
LEFT JOIN read_days d ON d.provider = a.provider AND d.date = (f.success_time AT TIME ZONE 'Asia/Shanghai')::date
""",
)
"""What the checks speak of, within the transaction of a snapshot."""

RULE: Final = "invariant 3"
CHECKS: Final = (
    Check(
        RULE,
        "every payment is on its platform's bill with its amount",
        "SELECT count(*) FROM payments WHERE provable",
        """SELECT count(*) FROM payments p LEFT JOIN billed b
          ON b.kind = 'PAYMENT' AND b.provider = p.provider AND b.out_trade_no = p.out_trade_no
        WHERE p.provable AND b.fen IS DISTINCT FROM p.fen""",
    ),
    Check(
        RULE,
        "every payment on a bill is here with its amount",
        "SELECT count(*) FROM billed WHERE kind = 'PAYMENT'",
        """SELECT count(*) FROM billed b LEFT JOIN payments p USING (provider, out_trade_no)
        WHERE b.kind = 'PAYMENT' AND b.fen IS DISTINCT FROM p.fen""",
    ),
    Check(
        RULE,
        "every refund to where the money came from is on its platform's bill with its amount",
        "SELECT count(*) FROM refunds WHERE provable AND NOT to_bank_account",
        """SELECT count(*) FROM refunds f LEFT JOIN billed b
          ON b.kind = 'REFUND' AND b.provider = f.provider AND b.out_refund_no = f.out_refund_no
        WHERE f.provable AND NOT f.to_bank_account AND b.fen IS DISTINCT FROM f.fen""",
    ),
    Check(
        RULE,
        "every refund on a bill is here with its amount, done or with the platform",
        "SELECT count(*) FROM billed WHERE kind = 'REFUND'",
        """SELECT count(*) FROM billed b LEFT JOIN refunds f
          ON f.provider = b.provider AND f.out_refund_no = b.out_refund_no AND f.state IN ('PROCESSING', 'SUCCEEDED')
        WHERE b.kind = 'REFUND' AND b.fen IS DISTINCT FROM f.fen""",
    ),
)

_SUMS: Final = """
SELECT provider,
  (SELECT count(*) FROM read_days d WHERE d.provider = p.provider) AS days,
  (SELECT coalesce(sum(fen), 0)::bigint FROM billed b WHERE b.provider = p.provider AND b.kind = 'PAYMENT') AS paid,
  (SELECT coalesce(sum(fen), 0)::bigint FROM billed b WHERE b.provider = p.provider AND b.kind = 'REFUND') AS refunded,
  (SELECT coalesce(sum(fen), 0)::bigint FROM payments m WHERE m.provider = p.provider AND NOT m.provable) AS waiting
FROM (SELECT provider FROM payments UNION SELECT provider FROM read_days) p ORDER BY provider
"""


@dataclass(frozen=True, slots=True)
class BillTotals:
    """What one platform's bills say; amounts in fen. `waiting`: paid on days whose bill is not published yet."""

    provider: str
    days: int
    paid: int
    refunded: int
    waiting: int


async def read_afresh(connection: "asyncpg.Connection", api: Api) -> None:
    """Has payment read the bill of every day on which money moved, from whichever platform it moved through.

    Raises ApiProblem where a platform does not answer.
    """
    for row in await connection.fetch(_DAYS):
        try:
            await _reconcile(api, row["provider"], row["day"])
        except ApiProblem as problem:
            if problem.reason not in (NOT_PUBLISHED, NOT_CONNECTED):
                raise


async def _reconcile(api: Api, provider: str, day: str) -> None:
    path = f"/v1/statements/{provider}/{day}"
    statement: Mapping[str, Any] = await api.send("POST", f"{path}:reconcile", {})
    while statement["state"] == "RUNNING":
        await asyncio.sleep(LOOK_SECONDS)
        statement = await api.get(path)


async def sums(connection: "asyncpg.Connection") -> Sequence[BillTotals]:
    """What the bills amount to, platform by platform; after PREPARE, within the snapshot."""
    return [BillTotals(**row) for row in await connection.fetch(_SUMS)]
