"""The relay: takes rows from the outbox to where they belong, until they are acknowledged (F-13).

One relay at a time works for a destination, held by an advisory lock of PostgreSQL, so that several replicas keep the
order without reordering an aggregate. It is woken by whoever wrote a row in this process and looks once a second for
what others left behind. NOTIFY is not used: it takes a database-wide lock at every commit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from google.protobuf.any_pb2 import Any as AnyMessage
from prometheus_client import Counter
from zikao.common.v1 import event_pb2, event_pb2_grpc

from chassis.clock import Clock
from chassis.events.outbox import relay_lock
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import Statements, sql
from chassis.postgres.rows import from_row
from chassis.rpc.client import Peer
from chassis.rpc.message_mapping import message_of

BATCH: Final = 200
POLL_SECONDS: Final = 1.0
FIRST_PAUSE: Final = timedelta(milliseconds=250)
LONGEST_PAUSE: Final = timedelta(seconds=15)
SEND_SECONDS: Final = 10.0
BREATH_SECONDS: Final = 0.05
"""From one delivery to the next, unless it was full: in a burst, what comes meanwhile is delivered together."""

DELIVERED: Final = Counter(
    "zikao_outbox_delivered_total", "Outbox rows acknowledged by their destination.", ["destination"]
)
FAILED: Final = Counter("zikao_outbox_failed_total", "Outbox rows that must be sent again.", ["destination"])

_log = structlog.get_logger("relay")

# A row waits while an earlier row of its aggregate waits; the advisory lock makes the order total while it is held.
_CLAIM: Final = sql("""
SELECT o.seq, o.event_id::text AS event_id, o.aggregate_id, o.type, o.payload, o.trace, o.create_time, o.attempts
FROM outbox o
WHERE o.destination = :destination AND o.available_time <= :now
  AND NOT EXISTS (
    SELECT 1 FROM outbox e
    WHERE e.destination = o.destination AND e.aggregate_id = o.aggregate_id AND e.seq < o.seq
      AND e.available_time > :now)
ORDER BY o.seq
LIMIT :batch
""")
_LOCK: Final = sql("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
_DELETE: Final = sql("DELETE FROM outbox WHERE event_id = ANY(:event_ids::uuid[])")
_POSTPONE: Final = sql("""
UPDATE outbox SET attempts = attempts + 1, available_time = :again WHERE event_id = ANY(:event_ids::uuid[])
""")


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One row on its way."""

    event_id: str
    aggregate_id: str
    type: str
    payload: bytes
    trace: str
    create_time: datetime
    attempts: int


Send = Callable[[Sequence[OutboxRow]], Awaitable[Collection[str]]]
"""Takes rows, oldest first, to their destination and answers with the ids of those that need not come again. Raises to
try all again.
"""


def delivery_to(peer: Peer) -> Send:
    """The sender for a destination that is a service: its `EventReceiver`."""
    stub = event_pb2_grpc.EventReceiverStub(peer)  # type: ignore[no-untyped-call]  # generated

    async def send(rows: Sequence[OutboxRow]) -> Collection[str]:
        request = event_pb2.DeliverRequest(events=[_event(row) for row in rows])
        answer = await stub.Deliver(request, timeout=SEND_SECONDS)
        return frozenset(answer.accepted_event_ids)

    return send


class WakeUp:
    """What whoever writes a row calls, and whoever delivers rows waits for: made before either of them."""

    def __init__(self) -> None:
        self._events: list[asyncio.Event] = []

    def __call__(self) -> None:
        """Says that a row was just written; costs nothing."""
        for event in self._events:
            event.set()

    def event(self) -> asyncio.Event:
        """An event that is set at every call from now on."""
        event = asyncio.Event()
        self._events.append(event)
        return event


class Relay:
    """Delivers the outbox of one service: a job beside its server."""

    def __init__(self, db: Database, destinations: Mapping[str, Send], clock: Clock, wake_up: WakeUp) -> None:
        self._db = db
        self._clock = clock
        self._lanes = [_Lane(name, send, wake_up.event()) for name, send in destinations.items()]

    async def run(self) -> None:
        """Delivers until cancelled."""
        async with asyncio.TaskGroup() as lanes:
            for lane in self._lanes:
                lanes.create_task(self._keep_delivering(lane))

    async def deliver_once(self) -> int:
        """Delivers what is due now, one batch per destination; says how many rows were acknowledged."""
        return sum([(await self._batch(lane)).accepted for lane in self._lanes])

    async def _keep_delivering(self, lane: "_Lane") -> None:
        pause = FIRST_PAUSE
        while True:
            lane.woken.clear()
            try:
                batch = await self._batch(lane)
            except Exception as error:  # the destination or the database is away: nothing is lost, it comes again
                _log.warning("not_delivered", destination=lane.destination, error=type(error).__name__)
                await asyncio.sleep(pause.total_seconds())
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            if batch.claimed < BATCH:
                if batch.claimed:
                    await asyncio.sleep(BREATH_SECONDS)
                # Not `wait_for`: when it is cancelled and woken in the same moment, it forgets that it was cancelled.
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await lane.woken.wait()

    async def _batch(self, lane: "_Lane") -> "_Batch":
        async with self._db.hot_transaction() as statements:
            if not await statements.fetch_value(_LOCK, name=relay_lock(self._db.schema, lane.destination)):
                return _Batch(0, 0)
            found = await statements.fetch(_CLAIM, destination=lane.destination, now=self._clock.now(), batch=BATCH)
            if not found:
                return _Batch(0, 0)
            rows = [from_row(OutboxRow, record) for record in found]
            accepted = set(await lane.send(rows))
            await statements.execute(_DELETE, event_ids=list(accepted))
            await self._postpone(statements, lane, [row for row in rows if row.event_id not in accepted])
            DELIVERED.labels(lane.destination).inc(len(accepted))
            return _Batch(len(rows), len(accepted))

    async def _postpone(self, statements: Statements, lane: "_Lane", rows: Sequence[OutboxRow]) -> None:
        if not rows:
            return
        FAILED.labels(lane.destination).inc(len(rows))
        attempts = min(row.attempts for row in rows)
        again = self._clock.now() + min(FIRST_PAUSE * 2 ** min(attempts, 10), LONGEST_PAUSE)
        await statements.execute(_POSTPONE, event_ids=[row.event_id for row in rows], again=again)


@dataclass(frozen=True, slots=True)
class _Lane:
    destination: str
    send: Send
    woken: asyncio.Event


@dataclass(frozen=True, slots=True)
class _Batch:
    claimed: int
    accepted: int


def _event(row: OutboxRow) -> event_pb2.Event:
    return message_of(
        event_pb2.Event,
        row,
        payload=AnyMessage(type_url=f"type.googleapis.com/{row.type}", value=row.payload),
        trace_parent=row.trace,
    )
