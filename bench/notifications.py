"""Notifications through HTTP: a burst of signed ones, each for an order of its own, at the gateway (PA-5)."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bench.candidates import Candidate, Programme, WrongAnswer, invent
from bench.contest import Go, Plan
from bench.figures import Outcome
from bench.load import opened
from bench.money import MERCHANT, Bought, Due, await_payment
from bench.seeding import seed_enrollment
from chassis.clock import SystemClock
from chassis.ids import new_id
from sandbox.instants import to_text

PATH: Final = "/v1/payment-notifications/sandbox"
_CHECKED_OUT: Final = """
INSERT INTO enrollment.checkout (order_id, candidate_id, session_id, state, undertaking_version, selection_ids,
  total_fen, fingerprint, payment_cutoff, create_time)
SELECT $1, $2, $3, 'UNSETTLED', '1', $4, $5, '\\x00', $6, $7
"""
_RESERVED: Final = (
    "UPDATE enrollment.selection SET state = 'RESERVED', order_id = $1 WHERE selection_id = ANY($2::uuid[])"
)
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


@dataclass(slots=True)
class Notifications:
    """Every order is told once that it is paid."""

    title: str
    port: int
    suite: Callable[[], Mapping[str, int]]
    owner_url: str
    programme: Programme
    platform_key: Path
    connections: int = 0
    seconds: float = 0.0
    batches: list[Sequence[Due]] = field(default_factory=list)
    unit: str = "notifications"

    def processes(self) -> Mapping[str, int]:
        """The suite's."""
        return self.suite()

    async def prepare(self, plan: Plan) -> None:
        """Candidates who have checked out, and whose QR codes are shown."""
        self.connections, self.seconds = plan.connections, plan.seconds
        now = SystemClock().now()
        for count in plan.sizes[:2]:
            candidates = invent(self.programme, count, now)
            await seed_enrollment(self.owner_url, self.programme, candidates)
            orders = [_order(candidate, self.programme) for candidate in candidates]
            await self._check_out(orders, now)
            await await_payment(self.owner_url, orders, now)
            self.batches.append(orders)

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer for a notification that was not answered with 200, or an order that is not paid."""
        orders, key = self.batches[number], _key(self.platform_key)
        signed = [_signed(order, key, SystemClock().now()) for order in orders]
        async with opened(self.port, signed, self.connections) as (send, answers):

            async def go() -> Outcome:
                return await send(self.seconds)

            yield go
        wrong = [answer for answer in answers.values() if answer.status != 200]
        if wrong:
            raise WrongAnswer(f"a notification was answered with {wrong[0].status}: {wrong[0].body[:200]!r}")
        connection = await asyncpg.connect(self.owner_url)
        try:
            paid = await connection.fetchval(_PAID, [orders[sent].order_id for sent in answers])
        finally:
            await connection.close()
        if paid != len(answers):
            raise WrongAnswer(f"{len(answers)} notifications were answered, {paid} orders are paid")

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
        finally:
            await connection.close()


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
