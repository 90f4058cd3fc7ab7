"""Thousands of unsettled orders (PA-4): each is looked at, and the platform is not hammered."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from services.payment.domain.platform_messages import Trade, TradeState
from services.payment.domain.work_limits import WorkLimits
from services.payment.errors import ProviderUnavailable
from services.payment.jobs.leased_worker import DueWork
from services.payment.jobs.unsettled_polling import unsettled_polling
from tests.support.wait_until import PATIENCE_SECONDS

ORDERS = 2000
LIMITS = WorkLimits(
    batch=100, concurrency=16, per_second=1000, lease=timedelta(minutes=1), pause=timedelta(milliseconds=10)
)

UNSETTLED = """
WITH made AS (SELECT gen_random_uuid() AS order_id, n FROM generate_series(1, $1::int) n),
o AS (
  INSERT INTO payment.orders (order_id, candidate_id, session_id, total_fen, state, undertaking_version, fingerprint,
    attempt_number, create_time, open_until, payment_cutoff_time, due_time)
  SELECT order_id, gen_random_uuid(), '2026-10', 7000, 'AWAITING_PAYMENT', '3', '', 1, $2, $3, $3, $2 FROM made),
i AS (
  INSERT INTO payment.order_items (order_id, item_id, position, candidate_id, session_id, registration_id, course_code,
    course_name, fee_fen)
  SELECT order_id, gen_random_uuid(), 1, gen_random_uuid(), '2026-10', gen_random_uuid(), '00538', '文学史', 7000
  FROM made)
INSERT INTO payment.attempts (order_id, number, provider, out_trade_no, state, create_time, expire_time)
SELECT order_id, 1, 'busy', $4 || n, 'OPEN', $2, $3 FROM made
"""


class BusyPlatform:
    """A platform that counts its questions, takes a moment for each, and can be away."""

    name = "busy"

    def __init__(self) -> None:
        self.asked: dict[str, int] = {}
        self.times: list[float] = []
        self.away = False
        self.most_at_once = 0
        self._at_once = 0

    async def query(self, out_trade_no: str) -> Trade:
        self.asked[out_trade_no] = self.asked.get(out_trade_no, 0) + 1
        self.times.append(asyncio.get_running_loop().time())
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await asyncio.sleep(0.002)  # how long the platform takes, not what the test waits for
        finally:
            self._at_once -= 1
        if self.away:
            raise ProviderUnavailable()
        return Trade(out_trade_no, TradeState.NOT_PAID)

    def most_within(self, seconds: float) -> int:
        """The most questions in any stretch of time."""
        most, first = 0, 0
        for last, time in enumerate(self.times):
            while time - self.times[first] > seconds:
                first += 1
            most = max(most, last - first + 1)
        return most


@pytest.fixture
async def unsettled(payment, db, owner_url) -> str:
    """So many orders that are due, and what their trade numbers begin with."""
    await db.driver.execute("UPDATE orders SET due_time = due_time + interval '1 year' WHERE due_time IS NOT NULL")
    prefix = uuid.uuid4().hex[:16]
    now = payment.clock.now()
    connection = await asyncpg.connect(owner_url)
    async with connection.transaction():
        for table in ("orders", "attempts"):
            await connection.execute(f"ALTER TABLE payment.{table} DISABLE TRIGGER USER")
        await connection.execute(UNSETTLED, ORDERS, now, now + timedelta(minutes=30), prefix)
        for table in ("orders", "attempts"):
            await connection.execute(f"ALTER TABLE payment.{table} ENABLE TRIGGER USER")
    await connection.close()
    return prefix


def polling(payment, platform: BusyPlatform) -> DueWork:
    config = payment.config.model_copy(update={"sweep": LIMITS})
    providers = {**payment.deps.providers, platform.name: platform}
    return unsettled_polling(replace(payment.deps, config=config, providers=providers))


async def polled(one: DueWork) -> None:
    while await one.once():
        pass


async def test_each_of_thousands_is_asked_about_once_with_bounded_concurrency_and_rate(payment, unsettled):
    platform = BusyPlatform()
    await polled(polling(payment, platform))
    assert len(platform.asked) == ORDERS
    assert set(platform.asked.values()) == {1}
    assert platform.most_at_once <= LIMITS.concurrency
    assert platform.most_within(0.5) <= LIMITS.per_second * 0.5 + LIMITS.concurrency


async def test_replicas_share_them(payment, unsettled):
    platforms = BusyPlatform(), BusyPlatform()
    await asyncio.gather(*(polled(polling(payment, platform)) for platform in platforms))
    assert sum(len(platform.asked) for platform in platforms) == ORDERS
    assert not set(platforms[0].asked) & set(platforms[1].asked)


async def test_a_platform_that_is_away_is_asked_ever_less_and_each_order_waits(payment, unsettled, db):  # F-18
    platform = BusyPlatform()
    platform.away = True
    one = polling(payment, platform)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await one.once()
    assert len(platform.times) == LIMITS.batch
    usual = LIMITS.batch / LIMITS.per_second
    assert platform.times[-1] - platform.times[0] > 10 * usual
    waits = await db.driver.fetch(
        "SELECT DISTINCT due_time - $1 AS wait FROM orders WHERE asks = 1 AND due_time < $1 + interval '1 hour'"
        " AND order_id IN (SELECT order_id FROM attempts WHERE out_trade_no LIKE $2)",
        payment.clock.now(),
        f"{unsettled}%",
    )
    assert [row["wait"] for row in waits] == [timedelta(seconds=10)]
