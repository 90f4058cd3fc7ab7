"""Notifications through HTTP: a burst of signed ones, each for an order of its own, at the gateway (PA-5)."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bench.measurement.interleaving import Go, Plan
from bench.measurement.load_generator import opened
from bench.measurement.medians_and_ratios import Outcome
from bench.seeding.enrollment_seeding import seed_enrollment
from bench.seeding.invented_candidates import Candidate, Programme, WrongAnswer, invent
from bench.seeding.payment_seeding import MERCHANT, Bought, Due, await_payment
from chassis.clock import SystemClock
from chassis.ids import new_id
from sandbox.instants import to_text

PATH: Final = "/v1/payment-notifications/sandbox"
CONNECTIONS: Final = 64
"""A platform sends a burst over as many connections as it likes."""
LOOK_SECONDS: Final = 0.2
LONGEST_SECONDS: Final = 120.0
_CHECKED_OUT: Final = """
INSERT INTO enrollment.checkout (order_id, candidate_id, session_id, state, undertaking_version, selection_ids,
  total_fen, fingerprint, payment_cutoff, create_time)
SELECT $1, $2, $3, 'UNSETTLED', '1', $4, $5, '\\x00', $6, $7
"""
_RESERVED: Final = (
    "UPDATE enrollment.selection SET state = 'RESERVED', order_id = $1 WHERE selection_id = ANY($2::uuid[])"
)
_EFFECTIVE: Final = "SELECT count(*) FROM enrollment.selection WHERE order_id = ANY($1::uuid[]) AND state = 'EFFECTIVE'"
_PAID: Final = "SELECT count(*) FROM payment.orders WHERE order_id = ANY($1::uuid[]) AND state = 'PAID'"


@dataclass(frozen=True, slots=True)
class Notification:
    """One signed notification, ready to be sent."""

    body: bytes
    timestamp: str
    signature: str

    def encode(self, host: str) -> bytes:
        """The bytes on the wire."""
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"X-Sandbox-Timestamp: {self.timestamp}\r\nX-Sandbox-Signature: {self.signature}\r\n"
            f"Content-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


@dataclass(frozen=True, slots=True)
class Told:
    """An order, and the notification that its whole amount has been paid."""

    order: Due
    notification: Notification


@dataclass(frozen=True, slots=True)
class Platform:
    """Where notifications go, and where their effects show. `port`: the gateway's."""

    port: int
    owner_url: str
    programme: Programme
    key: Path

    async def orders(self, count: int) -> Sequence[Told]:
        """Orders of candidates who have checked out, and whose QR codes are shown."""
        now, key = SystemClock().now(), _key(self.key)
        candidates = invent(self.programme, count, now)
        await seed_enrollment(self.owner_url, self.programme, candidates)
        orders = [_order(candidate, self.programme) for candidate in candidates]
        await self._check_out(orders, now)
        await await_payment(self.owner_url, orders, now)
        return [Told(order, _signed(order, key, now)) for order in orders]

    @asynccontextmanager
    async def sending(self, told: Sequence[Told]) -> AsyncIterator["Sending"]:
        """Connections ready to send. Leaving waits until the selections of every order that was told of count.

        Raises WrongAnswer for a notification that was not answered with 200, and for an order that is not paid.
        """
        async with opened(self.port, [one.notification for one in told], CONNECTIONS) as (send, answers):
            sending = Sending(send, lambda: [told[number].order for number in answers], self)
            yield sending
        wrong = [answer for answer in answers.values() if answer.status != 200]
        if wrong:
            raise WrongAnswer(f"a notification was answered with {wrong[0].status}: {wrong[0].body[:200]!r}")
        if (paid := await self._count(_PAID, sending.orders())) != len(answers):
            raise WrongAnswer(f"{len(answers)} notifications were answered, {paid} orders are paid")
        await self.effective(sending.orders())

    async def effective(self, orders: Sequence[Due]) -> None:
        """Waits until the selections of all these orders count (EN-8). Raises WrongAnswer when they do not in time."""
        wanted, started = sum(len(order.items) for order in orders), time.perf_counter()
        while (count := await self._count(_EFFECTIVE, orders)) < wanted:
            if time.perf_counter() - started > LONGEST_SECONDS:
                raise WrongAnswer(f"{count} of {wanted} selections count after {LONGEST_SECONDS:.0f} s")
            await asyncio.sleep(LOOK_SECONDS)

    async def _count(self, statement: str, orders: Sequence[Due]) -> int:
        connection = await asyncpg.connect(self.owner_url)
        try:
            return int(await connection.fetchval(statement, [order.order_id for order in orders]))
        finally:
            await connection.close()

    async def _check_out(self, orders: Sequence[Due], now: datetime) -> None:
        checkouts = [
            (
                order.order_id,
                order.candidate_id,
                order.session_id,
                [item.item_id for item in order.items],
                order.total_fen,
                self.programme.payment_cutoff,
                now,
            )
            for order in orders
        ]
        connection = await asyncpg.connect(self.owner_url)
        try:
            await connection.executemany(_CHECKED_OUT, checkouts)
            await connection.executemany(_RESERVED, [(checkout[0], checkout[3]) for checkout in checkouts])
            await connection.execute("ANALYZE enrollment.checkout, enrollment.selection")
        finally:
            await connection.close()


@dataclass(frozen=True, slots=True)
class Sending:
    """A burst that is ready. `orders`: those that have been told of so far."""

    send: Callable[[float], Awaitable[Outcome]]
    orders: Callable[[], Sequence[Due]]
    platform: Platform

    async def until_effective(self, seconds: float) -> Outcome:
        """Sends, and waits until the selections of every order that was told of count."""
        started = time.perf_counter()
        answered = await self.send(seconds)
        await self.platform.effective(self.orders())
        return Outcome(answered.done, time.perf_counter() - started)


@dataclass(slots=True)
class Notifications:
    """Every order is told of once: until the last notification is answered, its order's payment being committed."""

    title: str
    platform: Platform
    suite: Callable[[], Mapping[str, int]]
    seconds: float = 0.0
    bursts: list[Sequence[Told]] = field(default_factory=list)
    unit: str = "notifications"

    def processes(self) -> Mapping[str, int]:
        """The suite's."""
        return self.suite()

    async def prepare(self, plan: Plan) -> None:
        """Orders to be told of."""
        self.seconds = plan.seconds
        self.bursts = [await self.platform.orders(count) for count in plan.sizes[:2]]

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer."""
        async with self.platform.sending(self.bursts[number]) as burst:
            yield partial(burst.send, self.seconds)


class Effects(Notifications):
    """The same: until the selections of every order that was told of count (EN-8)."""

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer."""
        async with self.platform.sending(self.bursts[number]) as burst:
            yield partial(burst.until_effective, self.seconds)


class Replays(Notifications):
    """The same notifications once more, when everything has followed from them (PA-5)."""

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer."""
        async with self.platform.sending(self.bursts[number]) as burst:
            sent = await burst.send(self.seconds)
        async with self.platform.sending(self.bursts[number][: sent.done]) as again:
            yield partial(again.send, self.seconds)


def _order(candidate: Candidate, programme: Programme) -> Due:
    names = {course.code: course.name for course in programme.courses}
    items = tuple(
        Bought(held.selection_id, held.registration_id, held.course_code, names[held.course_code], held.fee_fen)
        for held in candidate.selections
    )
    return Due(new_id(), candidate.candidate_id, programme.session_id, items)


def _key(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def _signed(order: Due, key: Ed25519PrivateKey, now: datetime) -> Notification:
    content = {
        "event_id": new_id(),
        "merchant": MERCHANT,
        "out_trade_no": order.trade,
        "platform_trade_no": f"B{order.trade}",
        "amount_fen": order.total_fen,
        "state": "SUCCESS",
        "paid_time": to_text(now),
    }
    body, timestamp = json.dumps(content).encode(), str(int(now.timestamp()))
    signature = base64.b64encode(key.sign(f"{timestamp}.notification.".encode() + body)).decode()
    return Notification(body, timestamp, signature)
