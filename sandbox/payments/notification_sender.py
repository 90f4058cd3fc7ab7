"""Tells merchants that an order has been paid, until they acknowledge it (PA-5).

Each notification that is owed is a task of its own, so that one deaf receiver delays nobody else; connections are
bounded. What is owed stands in the store, so a new process takes up where the last one ended.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import httpx

from chassis.clock import Clock
from chassis.ids import new_id
from chassis.telemetry.logs import get_logger
from sandbox.faults.active_faults import ActiveFaults
from sandbox.faults.fault_table import HINDRANCES, Fault, FaultKind, FaultTarget
from sandbox.payments import notification_deliveries
from sandbox.payments.notification_deliveries import Delivery
from sandbox.payments.signatures import NOTIFICATION, PlatformKey
from sandbox.storage.store import Store

_log = get_logger(__name__)

CONNECTIONS: Final = 32
ANSWER_SECONDS: Final = 10.0
OUTAGE_PAUSE: Final = timedelta(seconds=0.5)


class NotificationSender:
    """Sends what is owed."""

    def __init__(
        self, store: Store, faults: ActiveFaults, key: PlatformKey, clock: Clock, clients: Iterable[httpx.AsyncClient]
    ) -> None:
        """`clients`: clients of one connection each, as many as may be in use at once."""
        self._store = store
        self._faults = faults
        self._key = key
        self._forger = PlatformKey.generate()
        self._clock = clock
        # The client used last is taken first, so that few connections are kept open.
        self._clients: asyncio.LifoQueue[httpx.AsyncClient] = asyncio.LifoQueue()
        for client in clients:
            self._clients.put_nowait(client)
        self._sendings: set[asyncio.Task[None]] = set()

    def send(self, owed: Iterable[Delivery]) -> None:
        """Takes deliveries along; each is sent at its time."""
        for delivery in owed:
            sending = asyncio.create_task(self._persevere(delivery))
            self._sendings.add(sending)
            sending.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Leaves what has not been acknowledged to the next process."""
        for sending in self._sendings:
            sending.cancel()
        await asyncio.gather(*self._sendings, return_exceptions=True)

    def _ended(self, sending: "asyncio.Task[None]") -> None:
        self._sendings.discard(sending)
        if not sending.cancelled() and (error := sending.exception()) is not None:
            _log.error("notification_abandoned", exc_info=error)

    async def _persevere(self, delivery: Delivery) -> None:
        while delivery.next_time is not None:
            await self._sleep_until(delivery.next_time)
            fault = await self._faults.strike(FaultTarget.NOTIFICATION, delivery.out_trade_no, HINDRANCES)
            if fault is not None:
                await asyncio.sleep(_hindered_seconds(fault))
                if fault.kind is FaultKind.OUTAGE:
                    continue
            status = await self._attempt(delivery)
            delivery = delivery.attempted(status, self._clock.now())
            await self._store.do(partial(notification_deliveries.save, delivery=delivery))

    async def _sleep_until(self, instant: datetime) -> None:
        seconds = (instant - self._clock.now()).total_seconds()
        if seconds > 0:
            await asyncio.sleep(seconds)

    async def _attempt(self, delivery: Delivery) -> int | None:
        client = await self._clients.get()
        try:
            if delivery.decoy is not None and not delivery.attempts:
                await self._post(client, delivery.url, *self._decoy(delivery, delivery.decoy))
            status = await self._post(client, delivery.url, self._key, delivery.body)
        finally:
            self._clients.put_nowait(client)
        if status is None or status >= 300:
            _log.warning("notification_unheard", attempts=delivery.attempts + 1, status=status)
        return status

    def _decoy(self, delivery: Delivery, kind: FaultKind) -> tuple[PlatformKey, bytes]:
        content = json.loads(delivery.body) | {"event_id": new_id()}
        if kind is FaultKind.FORGED:
            return self._forger, json.dumps(content).encode()
        content["amount_fen"] += 1
        return self._key, json.dumps(content).encode()

    async def _post(self, client: httpx.AsyncClient, url: str, key: PlatformKey, body: bytes) -> int | None:
        """The receiver's status; none when it does not answer in time."""
        headers = {"content-type": "application/json", **key.headers(self._clock.now(), NOTIFICATION, body)}
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return (await client.post(url, content=body, headers=headers)).status_code
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError):
            return None


def _hindered_seconds(fault: Fault) -> float:
    return OUTAGE_PAUSE.total_seconds() if fault.kind is FaultKind.OUTAGE else fault.seconds


@asynccontextmanager
async def open_sender(
    store: Store, faults: ActiveFaults, key: PlatformKey, clock: Clock
) -> AsyncIterator[NotificationSender]:
    """The sender for the length of a block, with what earlier processes left to send."""
    async with AsyncExitStack() as stack:
        trusted = ssl.create_default_context()
        clients = [await stack.enter_async_context(_client(trusted)) for _ in range(CONNECTIONS)]
        sender = NotificationSender(store, faults, key, clock, clients)
        sender.send(await store.do(notification_deliveries.pending))
        try:
            yield sender
        finally:
            await sender.stop()


def _client(trusted: ssl.SSLContext) -> httpx.AsyncClient:
    """A client of one connection: a pool costs the more for each request the more connections it has."""
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
    return httpx.AsyncClient(timeout=None, limits=limits, trust_env=False, verify=trusted)  # noqa: S113  # see _post
