"""Proves on a live system that money and what it pays for agree (invariants 2 and 3).

One snapshot of the whole database, and the bills of every platform that money moved through, as payment reads them
(`bill_invariants`). An order about which an event is still on its way between two services is left out and counted: it
will agree when the event arrives. Money that moves while the bills are being read makes them disagree with the
snapshot; then both are read again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cli.staff.api_client import Api
from cli.terminal.formatting import yuan
from cli.verify import bill_invariants
from cli.verify.bill_invariants import BillTotals
from cli.verify.check import Check, CheckResults, connected

if TYPE_CHECKING:
    import asyncpg

TRIES: Final = 5

_ON_THEIR_WAY: Final = """
CREATE TEMPORARY TABLE on_their_way ON COMMIT DROP AS
SELECT DISTINCT aggregate_id::uuid AS order_id FROM payment.outbox
UNION SELECT DISTINCT aggregate_id::uuid FROM enrollment.outbox WHERE destination LIKE 'payment.%'
  AND destination <> 'payment.CreateRefundBatch'
"""
_SETTLED: Final = "NOT EXISTS (SELECT FROM on_their_way w WHERE w.order_id = {order})"
_EFFECTIVE: Final = """
SELECT count(*) FROM enrollment.selections s
WHERE s.selection_id = i.item_id AND s.order_id = i.order_id AND s.state = 'EFFECTIVE'"""


CHECKS: Final = (
    Check(
        "invariant 2",
        "every effective theory selection has exactly one paid item",
        "SELECT count(*) FROM enrollment.selections WHERE state = 'EFFECTIVE' AND course_kind = 'THEORY'",
        f"""SELECT count(*) FROM enrollment.selections s
        WHERE s.state = 'EFFECTIVE' AND s.course_kind = 'THEORY' AND {_SETTLED.format(order="s.order_id")}
          AND 1 <> (SELECT count(*) FROM payment.order_items i
                    WHERE i.item_id = s.selection_id AND i.paid AND NOT i.refunded)""",
    ),
    Check(
        "invariant 2",
        "every paid item has exactly one effective selection or a refund",
        "SELECT count(*) FROM payment.order_items WHERE paid",
        f"""SELECT count(*) FROM payment.order_items i
        WHERE i.paid AND i.refund_id IS NULL AND {_SETTLED.format(order="i.order_id")} AND 1 <> ({_EFFECTIVE})""",
    ),
    Check(
        "invariant 2",
        "no refunded item has an effective selection",
        "SELECT count(*) FROM payment.order_items WHERE refunded",
        f"""SELECT count(*) FROM payment.order_items i
        WHERE i.refunded AND {_SETTLED.format(order="i.order_id")} AND 0 <> ({_EFFECTIVE})""",
    ),
    Check(
        "invariant 3",
        "every paid order has one payment of its whole amount",
        "SELECT count(*) FROM payment.orders WHERE state IN ('PAID', 'REFUNDING', 'REFUNDED')",
        """SELECT count(*) FROM payment.orders o WHERE o.state IN ('PAID', 'REFUNDING', 'REFUNDED') AND 1 <> (
          SELECT count(*) FROM payment.attempts a
          WHERE a.order_id = o.order_id AND a.state = 'PAID' AND a.purpose = 'FEE' AND a.paid_fen = o.total_fen)""",
    ),
    Check(
        "PA-6",
        "no order that ended unpaid keeps money that is not going back",
        "SELECT count(*) FROM payment.orders WHERE state IN ('EXPIRED', 'CANCELLED', 'FAILED')",
        f"""SELECT count(*) FROM payment.orders o JOIN payment.attempts a USING (order_id)
        WHERE o.state IN ('EXPIRED', 'CANCELLED', 'FAILED') AND a.state = 'PAID'
          AND {_SETTLED.format(order="o.order_id")} AND NOT EXISTS (
            SELECT FROM payment.refunds f WHERE f.order_id = a.order_id AND f.attempt_number = a.number)
          AND NOT EXISTS (SELECT FROM payment.exceptions e
                          WHERE e.order_id = o.order_id AND e.kind = 'LATE_MONEY' AND e.state = 'OPEN')""",
    ),
    Check(
        "PA-12",
        "no payment has given back more than came, and no order other than its refunds say",
        "SELECT count(*) FROM payment.refunds",
        """SELECT count(*) FROM payment.orders o WHERE o.refunded_fen <> (
          SELECT coalesce(sum(f.amount_fen), 0) FROM payment.refunds f
          WHERE f.order_id = o.order_id AND f.state = 'SUCCEEDED' AND f.item_ids <> '{}')
        OR EXISTS (SELECT FROM payment.attempts a WHERE a.order_id = o.order_id AND a.paid_fen < (
          SELECT coalesce(sum(f.amount_fen), 0) FROM payment.refunds f
          WHERE f.order_id = a.order_id AND f.attempt_number = a.number))""",
    ),
)

_SUMS: Final = """
SELECT
  (SELECT coalesce(sum(paid_fen), 0) FROM payment.attempts WHERE state = 'PAID')::bigint AS payments,
  (SELECT coalesce(sum(amount_fen), 0) FROM payment.refunds WHERE state = 'SUCCEEDED')::bigint AS refunds,
  (SELECT coalesce(sum(total_fen - refunded_fen), 0) FROM payment.orders
   WHERE state IN ('PAID', 'REFUNDING', 'REFUNDED'))::bigint AS orders,
  (SELECT coalesce(sum(a.paid_fen - (SELECT coalesce(sum(f.amount_fen), 0) FROM payment.refunds f
     WHERE f.order_id = a.order_id AND f.attempt_number = a.number AND f.state = 'SUCCEEDED')), 0)
   FROM payment.attempts a WHERE a.state = 'PAID' AND a.purpose <> 'FEE')::bigint AS surplus
"""


_NAMES: Final = {
    "payments": "payments",
    "refunds": "refunds",
    "orders": "paid orders, less what went back",
    "surplus": "surplus not back yet",
}


@dataclass(frozen=True, slots=True)
class MoneyResults:
    """What was found, how many orders were left out, and the sums and the bills in fen."""

    checks: CheckResults
    on_their_way: int
    sums: Mapping[str, int]
    bills: Sequence[BillTotals]

    @property
    def trouble(self) -> str:
        """The first thing that is not as it should be, as a sentence; empty when everything agrees."""
        if self.checks.trouble:
            return self.checks.trouble
        if self.sums["payments"] - self.sums["refunds"] != self.sums["orders"] + self.sums["surplus"]:
            return "Invariant 3: payments less refunds are not what orders and surplus money amount to."
        return ""

    def rows(self) -> list[tuple[str, str]]:
        """What was checked, for people."""
        rows = self.checks.rows()
        rows.append(("orders left out: an event about them is on its way", f"{self.on_their_way:,}"))
        rows += [(f"invariant 3: {name}", yuan(self.sums[key])) for key, name in _NAMES.items()]
        for one in self.bills:
            rows.append((f"{one.provider}: paid by its bills of {one.days} days", yuan(one.paid)))
            rows.append((f"{one.provider}: refunded by the same bills", yuan(one.refunded)))
            rows.append((f"{one.provider}: paid, not on a published bill yet", yuan(one.waiting)))
        return rows


async def verify(database_url: str, api: Api) -> MoneyResults:
    """Checks everything. `database_url` is the owner's, who sees every schema. Raises ApiProblem."""
    async with connected(database_url) as connection:
        for _ in range(TRIES):
            await bill_invariants.read_afresh(connection, api)
            results = await found(connection)
            if not results.trouble:
                break
        return results


async def found(connection: "asyncpg.Connection") -> MoneyResults:
    """The same on a connection that is open already, by the bills that payment has read."""
    async with connection.transaction(isolation="repeatable_read"):
        for statement in (_ON_THEIR_WAY, *bill_invariants.PREPARE):
            await connection.execute(statement)
        [totals] = await connection.fetch(_SUMS)
        return MoneyResults(
            checks=await CheckResults.of(connection, (*CHECKS, *bill_invariants.CHECKS)),
            on_their_way=await connection.fetchval("SELECT count(*) FROM on_their_way"),
            sums=dict(totals),
            bills=await bill_invariants.sums(connection),
        )
