"""What waits for the systems outside."""

from collections.abc import Iterable, Mapping
from typing import Final

from chassis.clock import Clock
from chassis.external_systems.passive_health import Role
from chassis.external_systems.servicer import Backlog, System
from chassis.postgres.columns import among
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from services.payment.domain.receipts import AWAITED
from services.payment.domain.working_days import local_date

# What only the platform can end: money at the bank, a QR code that is over and must be closed, a refund under way.
_AT_PLATFORMS: Final = sql("""
SELECT provider, count(*) AS count, min(since) AS since FROM (
  SELECT a.provider, COALESCE(o.submit_time, a.expire_time) AS since
  FROM orders o JOIN attempts a ON a.order_id = o.order_id AND a.number = o.attempt_number
  WHERE o.state = 'SUBMITTED_TO_BANK' OR (o.state = 'AWAITING_PAYMENT' AND a.expire_time <= :now)
  UNION ALL
  SELECT a.provider, r.create_time
  FROM refunds r JOIN attempts a ON a.order_id = r.order_id AND a.number = r.attempt_number
  WHERE r.due_time IS NOT NULL) AS open
GROUP BY provider
""")
_RECEIPTS: Final = sql(f"""
SELECT count(*) AS count, min(available_date)::timestamp AT TIME ZONE 'Asia/Shanghai' AS since FROM receipts
WHERE {among("state", AWAITED)} AND available_date <= :today
""")


class BacklogRepository:
    """Counts what the payment platforms and the receipt portal have still to answer."""

    def __init__(self, db: Database, providers: Iterable[str], clock: Clock) -> None:
        self._db = db.hot
        self._providers = tuple(providers)
        self._clock = clock

    async def count_backlogs(self) -> Mapping[System, Backlog]:
        """By system."""
        now = self._clock.now()
        open_ones = {row["provider"]: row for row in await self._db.fetch(_AT_PLATFORMS, now=now)}
        receipts = await self._db.fetch_one(_RECEIPTS, today=local_date(now))
        assert receipts is not None
        waiting: dict[System, Backlog] = {(Role.RECEIPT_PORTAL, ""): Backlog(receipts["count"], receipts["since"])}
        for name in self._providers:
            row = open_ones.get(name)
            waiting[Role.PAYMENT_PLATFORM, name] = Backlog(row["count"], row["since"]) if row else Backlog(0, None)
        return waiting
