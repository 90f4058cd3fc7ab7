"""Proves on a live system that money and what it pays for agree (invariants 2 and 3).

One snapshot of the whole database, and the platform's own bills. An order about which an event is still on its way
between two services is left out and counted: it will agree when the event arrives. Money that moves while the bills are
being read makes them disagree with the snapshot; then both are read again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import asyncpg

    from cli.api import Api

PROVIDER: Final = "sandbox"
TRIES: Final = 5

_ON_THEIR_WAY: Final = """
CREATE TEMPORARY TABLE on_their_way ON COMMIT DROP AS
SELECT DISTINCT aggregate_id::uuid AS order_id FROM payment.outbox
UNION SELECT DISTINCT aggregate_id::uuid FROM enrollment.outbox WHERE destination LIKE 'payment.%'
  AND destination <> 'payment.CreateRefundBatch'
"""
_SETTLED: Final = "NOT EXISTS (SELECT FROM on_their_way w WHERE w.order_id = {order})"
_EFFECTIVE: Final = """
SELECT count(*) FROM enrollment.selection s
WHERE s.selection_id = i.item_id AND s.order_id = i.order_id AND s.state = 'EFFECTIVE'"""


@dataclass(frozen=True, slots=True)
class Check:
    """What is checked: how many there are, and how many break it. `rule` names what it proves."""

    rule: str
    says: str
    checked: str
    broken: str


CHECKS: Final = (
    Check(
        "invariant 2",
        "every effective theory selection has exactly one paid item",
        "SELECT count(*) FROM enrollment.selection WHERE state = 'EFFECTIVE' AND course_kind = 'THEORY'",
        f"""SELECT count(*) FROM enrollment.selection s
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
  (SELECT coalesce(sum(paid_fen), 0) FROM payment.attempts WHERE state = 'PAID' AND provider = $1)::bigint AS payments,
  (SELECT coalesce(sum(f.amount_fen), 0) FROM payment.refunds f JOIN payment.attempts a
     ON a.order_id = f.order_id AND a.number = f.attempt_number
   WHERE f.state = 'SUCCEEDED' AND a.provider = $1)::bigint AS refunds,
  (SELECT coalesce(sum(total_fen - refunded_fen), 0) FROM payment.orders
   WHERE state IN ('PAID', 'REFUNDING', 'REFUNDED'))::bigint AS orders,
  (SELECT coalesce(sum(a.paid_fen - (SELECT coalesce(sum(f.amount_fen), 0) FROM payment.refunds f
     WHERE f.order_id = a.order_id AND f.attempt_number = a.number AND f.state = 'SUCCEEDED')), 0)
   FROM payment.attempts a WHERE a.state = 'PAID' AND a.purpose <> 'FEE')::bigint AS surplus
"""
_DAYS: Final = """
SELECT DISTINCT day::date::text AS day FROM (
  SELECT paid_time AT TIME ZONE 'Asia/Shanghai' AS day FROM payment.attempts WHERE state = 'PAID' AND provider = $1
  UNION ALL SELECT success_time AT TIME ZONE 'Asia/Shanghai' FROM payment.refunds WHERE state = 'SUCCEEDED') d
ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Books:
    """What was found: each check with how many were looked at and how many break it; the sums and the bills in fen."""

    checked: Mapping[Check, int]
    broken: Mapping[Check, int]
    on_their_way: int
    sums: Mapping[str, int]
    days: tuple[str, ...]
    bill_paid: int
    bill_refunded: int

    @property
    def trouble(self) -> str:
        """The first thing that is not as it should be, as a sentence; empty when everything agrees."""
        for check, count in self.broken.items():
            if count:
                return f"{check.rule}: not true of {count}: {check.says}."
        if self.sums["payments"] - self.sums["refunds"] != self.sums["orders"] + self.sums["surplus"]:
            return "Invariant 3: payments less refunds are not what orders and surplus money amount to."
        if (self.bill_paid, self.bill_refunded) != (self.sums["payments"], self.sums["refunds"]):
            return (
                f"Invariant 3: the platform's bills say {self.bill_paid} fen paid and {self.bill_refunded} fen "
                f"refunded; the books say {self.sums['payments']} and {self.sums['refunds']}."
            )
        return ""

    def rows(self) -> list[tuple[str, str]]:
        """What was checked, for people."""
        rows = [(f"{check.rule}: {check.says}", f"{count:,}") for check, count in self.checked.items()]
        rows.append(("orders left out: an event about them is on its way", f"{self.on_their_way:,}"))
        names = {
            "payments": "payments",
            "refunds": "refunds",
            "orders": "paid orders, less what went back",
            "surplus": "surplus not back yet",
        }
        rows += [(f"invariant 3: {name}", _yuan(self.sums[key])) for key, name in names.items()]
        rows.append((f"invariant 3: paid by the platform's bills of {len(self.days)} days", _yuan(self.bill_paid)))
        rows.append(("invariant 3: refunded by the same bills", _yuan(self.bill_refunded)))
        return rows


async def verify(database_url: str, api: "Api", provider: str = PROVIDER) -> Books:
    """Checks everything. `database_url` is the owner's, who sees every schema. Raises ApiProblem."""
    import asyncpg

    connection = await asyncpg.connect(database_url)
    try:
        for _ in range(TRIES):
            days = [row["day"] for row in await connection.fetch(_DAYS, provider)]
            found = await _books(connection, provider, [await _bill(api, provider, day) for day in days])
            if not found.trouble:
                break
        return found
    finally:
        await connection.close()


async def _books(connection: "asyncpg.Connection", provider: str, bills: list[dict[str, Any]]) -> Books:
    async with connection.transaction(isolation="repeatable_read"):
        await connection.execute(_ON_THEIR_WAY)
        [sums] = await connection.fetch(_SUMS, provider)
        return Books(
            checked={check: await connection.fetchval(check.checked) for check in CHECKS},
            broken={check: await connection.fetchval(check.broken) for check in CHECKS},
            on_their_way=await connection.fetchval("SELECT count(*) FROM on_their_way"),
            sums=dict(sums),
            days=tuple(bill["date"] for bill in bills),
            bill_paid=sum(int(bill["billPaidFen"]) for bill in bills),
            bill_refunded=sum(int(bill["billRefundedFen"]) for bill in bills),
        )


async def _bill(api: "Api", provider: str, day: str) -> dict[str, Any]:
    """The platform's bill of a day, as reconciliation has just read it."""
    import asyncio

    path = f"/v1/statements/{provider}/{day}"
    statement = await api.send("POST", f"{path}:reconcile", {})
    while statement["state"] == "RUNNING":
        await asyncio.sleep(0.5)
        statement = await api.get(path)
    return statement


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.2f}"
