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
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.measurement.interleaving import Go, Plan, WrongAnswer
from bench.measurement.load_generator import opened
from bench.measurement.medians_and_ratios import Outcome
from bench.seeding.suite_candidates import SuiteCandidates
from bench.seeding.walked_candidates import WalkedCandidate
from chassis.clock import SystemClock
from chassis.ids import new_id
from sandbox.storage.timestamps import to_text

MERCHANT: Final = "zikao"
PLATFORM_KEY: Final = "platform"
PATH: Final = "/v1/payment-notifications/sandbox"
CONNECTIONS: Final = 64
"""A platform sends a burst over as many connections as it likes."""
LOOK_SECONDS: Final = 0.2
LONGEST_SECONDS: Final = 120.0


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
    """Somebody whose QR code is shown, and the notification that the whole amount has been paid."""

    payer: WalkedCandidate
    notification: Notification


@dataclass(frozen=True, slots=True)
class NotifyingPlatform:
    """The payment platform as a suite meets it, and a look at what follows in the suite's tables."""

    candidates: SuiteCandidates

    async def orders(self, count: int) -> Sequence[Told]:
        """Copies of a candidate whose QR code is shown."""
        await self.candidates.prepare()
        assert self.candidates.walked is not None
        payers = await self.candidates.copies(self.candidates.walked.before_payment, count)
        now, key = SystemClock().now(), self.candidates.suite.private_keys()[PLATFORM_KEY]
        return [Told(payer, _signed(payer, key, now)) for payer in payers]

    @asynccontextmanager
    async def sending(self, told: Sequence[Told]) -> AsyncIterator["Sending"]:
        """Connections ready to send. Leaving waits until the selections of every order that was told of count.

        Raises WrongAnswer for a notification that was not answered with 200, and for an order that is not paid.
        """
        port = self.candidates.suite.gateway_port
        async with opened(port, [one.notification for one in told], CONNECTIONS) as (send, answers):
            sending = Sending(send, lambda: [told[number].payer for number in answers], self)
            yield sending
        wrong = [answer for answer in answers.values() if answer.status != 200]
        if wrong:
            raise WrongAnswer(f"a notification was answered with {wrong[0].status}: {wrong[0].body[:200]!r}")
        if (paid := await self._paid(sending.payers())) != len(answers):
            raise WrongAnswer(f"{len(answers)} notifications were answered, {paid} orders are paid")
        await self.effective(sending.payers())

    async def effective(self, payers: Sequence[WalkedCandidate]) -> None:
        """Waits until the selections of all these orders count (EN-8). Raises WrongAnswer when they do not in time."""
        wanted, started = [draft.selection_id for payer in payers for draft in payer.drafts], time.perf_counter()
        while (count := await self._effective(wanted)) < len(wanted):
            if time.perf_counter() - started > LONGEST_SECONDS:
                raise WrongAnswer(f"{count} of {len(wanted)} selections count after {LONGEST_SECONDS:.0f} s")
            await asyncio.sleep(LOOK_SECONDS)

    async def _paid(self, payers: Sequence[WalkedCandidate]) -> int:
        assert self.candidates.tables is not None
        ids = [payer.order.order_id for payer in payers if payer.order]
        return await self.candidates.tables.orders.count(self.candidates.suite.owner_url, keys=ids, state="PAID")

    async def _effective(self, ids: Sequence[str]) -> int:
        assert self.candidates.tables is not None
        url = self.candidates.suite.owner_url
        return await self.candidates.tables.selections.count(url, keys=ids, state="EFFECTIVE")


@dataclass(frozen=True, slots=True)
class Sending:
    """A burst that is ready. `payers`: those of whose orders was told so far."""

    send: Callable[[float], Awaitable[Outcome]]
    payers: Callable[[], Sequence[WalkedCandidate]]
    platform: NotifyingPlatform

    async def until_effective(self, seconds: float) -> Outcome:
        """Sends, and waits until the selections of every order that was told of count."""
        started = time.perf_counter()
        answered = await self.send(seconds)
        await self.platform.effective(self.payers())
        return Outcome(answered.done, time.perf_counter() - started)


@dataclass(slots=True)
class Notifications:
    """Every order is told of once: until the last notification is answered, its order's payment being committed."""

    title: str
    platform: NotifyingPlatform
    seconds: float = 0.0
    bursts: list[Sequence[Told]] = field(default_factory=list)
    unit: str = "notifications"

    def processes(self) -> Mapping[str, int]:
        """The suite's."""
        return self.platform.candidates.suite.processes()

    async def prepare(self, plan: Plan) -> None:
        """Orders to be told of."""
        self.seconds = plan.seconds
        self.bursts = [await self.platform.orders(count) for count in plan.sizes]

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


def _signed(payer: WalkedCandidate, key: Ed25519PrivateKey, now: datetime) -> Notification:
    assert payer.order is not None
    content = {
        "event_id": new_id(),
        "merchant": MERCHANT,
        "out_trade_no": payer.order.trade,
        "platform_trade_no": payer.order.platform_trade,
        "amount_fen": payer.order.total_fen,
        "state": "SUCCESS",
        "paid_time": to_text(now),
    }
    body, timestamp = json.dumps(content).encode(), str(int(now.timestamp()))
    signature = base64.b64encode(key.sign(f"{timestamp}.notification.".encode() + body)).decode()
    return Notification(body, timestamp, signature)
