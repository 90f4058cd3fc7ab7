"""Outbox and relay against a real PostgreSQL: nothing is lost, nothing overtakes (F-13)."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import timedelta

import asyncpg
import pytest
from google.protobuf.message import Message
from google.protobuf.wrappers_pb2 import StringValue
from sqlalchemy import func, insert, select

from chassis.clock import ManualClock
from chassis.events import outbox
from chassis.events.inline_completions import InlineCompletions
from chassis.events.relay import BATCH, OutboxRow, Relay, WakeUp
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from tests.integration.chassis.chassis_tables import OUTBOX, THINGS
from tests.support.wait_until import PATIENCE_SECONDS, wait_until

DEFERRED = 20_000


class Destination:
    """Remembers what it was sent; refuses the aggregates it is told to, and waits at its gate when that is shut."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []
        self.refused: set[str] = set()
        self.away = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.entered = asyncio.Event()
        self.changed = asyncio.Condition()

    async def send(self, rows: Sequence[OutboxRow]) -> Collection[str]:
        self.entered.set()
        await self.gate.wait()
        if self.away:
            raise ConnectionError("nobody there")
        taken = [row for row in rows if row.aggregate_id not in self.refused]
        self.received += [(row.aggregate_id, StringValue.FromString(row.payload).value) for row in taken]
        async with self.changed:
            self.changed.notify_all()
        return [row.event_id for row in taken]

    async def has_received(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self.changed:
            await self.changed.wait_for(lambda: len(self.received) >= count)


@pytest.fixture
def destination() -> Destination:
    return Destination()


@pytest.fixture
def wake_up() -> WakeUp:
    return WakeUp()


@pytest.fixture
def relay(db: Database, destination: Destination, clock: ManualClock, wake_up: WakeUp) -> Relay:
    return Relay(db, {"payment": destination.send}, clock, wake_up)


def say(text: str) -> Message:
    return StringValue(value=text)


async def write(db: Database, clock: ManualClock, aggregate: str, *texts: str) -> None:
    rows = [outbox.row("payment", aggregate, say(text), clock.now()) for text in texts]
    await db.execute(insert(OUTBOX), rows)


async def waiting(db: Database) -> int:
    found = await db.fetch_one(select(func.count()).select_from(OUTBOX))
    assert found is not None
    return int(found[0])


async def test_an_event_is_delivered_and_forgotten(
    db: Database, relay: Relay, destination: Destination, clock: ManualClock
) -> None:
    await write(db, clock, "order-1", "paid")
    assert await relay.deliver_once() == 1
    assert destination.received == [("order-1", "paid")]
    assert await waiting(db) == 0
    assert await relay.deliver_once() == 0


async def test_an_event_exists_exactly_when_its_change_does(
    db: Database, relay: Relay, destination: Destination, clock: ManualClock
) -> None:
    with pytest.raises(RuntimeError):
        async with db.transaction() as transaction:
            await outbox.add(transaction, OUTBOX, "payment", "order-1", say("never"), clock)
            raise RuntimeError
    async with db.transaction() as transaction:
        await transaction.execute(insert(THINGS).values(name="book"))
        await outbox.add(transaction, OUTBOX, "payment", "order-1", say("book"), clock)
    assert await relay.deliver_once() == 1
    assert destination.received == [("order-1", "book")]


async def test_one_statement_writes_the_change_and_its_event(
    db: Database, relay: Relay, destination: Destination, clock: ManualClock
) -> None:
    statement = sql(f"""
        WITH change AS (INSERT INTO things (name) VALUES (:name) ON CONFLICT DO NOTHING RETURNING name)
        {outbox.insert_from("change")}""")
    for _ in range(2):
        row = outbox.row("payment", "order-1", say("book"), clock.now())
        await db.hot.execute(statement, name="book", **outbox.parameters(row))
    await relay.deliver_once()
    assert destination.received == [("order-1", "book")]


async def test_a_relay_killed_between_sending_and_noting_it_sends_again(  # F-13
    db: Database, other_replica: Database, relay: Relay, destination: Destination, clock: ManualClock
) -> None:
    await write(db, clock, "order-1", "paid")
    destination.gate.clear()
    killed = asyncio.create_task(relay.deliver_once())
    await destination.entered.wait()
    killed.cancel()
    await asyncio.wait([killed])
    destination.gate.set()
    assert await waiting(db) == 1
    assert await Relay(other_replica, {"payment": destination.send}, clock, WakeUp()).deliver_once() == 1
    assert destination.received == [("order-1", "paid")]


async def test_a_connection_that_dies_while_sending_loses_nothing(  # F-13
    db: Database, other_replica: Database, relay: Relay, destination: Destination, clock: ManualClock
) -> None:
    await write(db, clock, "order-1", "paid")
    destination.gate.clear()
    sending = asyncio.create_task(relay.deliver_once())
    await destination.entered.wait()
    await other_replica.driver.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        "AND datname = current_database() AND state = 'idle in transaction'"
    )
    destination.gate.set()
    assert await asyncio.wait([sending])
    assert sending.exception() is not None
    assert await waiting(other_replica) == 1
    assert await relay.deliver_once() == 1
    assert destination.received == [("order-1", "paid"), ("order-1", "paid")]


async def test_two_relays_at_once_do_not_reorder_an_aggregate(
    db: Database, other_replica: Database, destination: Destination, clock: ManualClock
) -> None:
    orders = [f"order-{number}" for number in range(5)]
    steps = [f"{number:03}" for number in range(100)]
    wake_ups = [WakeUp(), WakeUp()]
    sides = zip((db, other_replica), wake_ups, strict=True)
    relays = [Relay(side, {"payment": destination.send}, clock, wake_up) for side, wake_up in sides]
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(relay.run()) for relay in relays]
        for number, step in enumerate(steps):
            for order in orders:
                await write(db if number % 2 else other_replica, clock, order, step)
            wake_ups[number % 2]()
        await destination.has_received(len(orders) * len(steps))
        for task in running:
            task.cancel()
    for order in orders:
        assert [text for aggregate, text in destination.received if aggregate == order] == steps


async def test_a_refused_event_holds_back_its_own_aggregate_only(
    db: Database, relay: Relay, destination: Destination, clock: ManualClock
) -> None:
    destination.refused = {"order-1"}
    await write(db, clock, "order-1", "first")
    await relay.deliver_once()
    destination.refused = set()
    await write(db, clock, "order-1", "second")
    await write(db, clock, "order-2", "other")
    await relay.deliver_once()
    assert destination.received == [("order-2", "other")]
    clock.advance(timedelta(seconds=1))
    await relay.deliver_once()
    assert destination.received[1:] == [("order-1", "first"), ("order-1", "second")]


async def test_refusals_are_repeated_ever_more_rarely(
    db: Database, relay: Relay, destination: Destination, clock: ManualClock
) -> None:
    destination.refused = {"order-1"}
    await write(db, clock, "order-1", "paid")
    pauses = []
    for _ in range(12):
        await relay.deliver_once()
        row = await db.fetch_one(select(OUTBOX.c.available_time))
        assert row is not None
        pauses.append(row.available_time - clock.now())
        clock.advance(pauses[-1])
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(milliseconds=250)
    assert pauses[-1] == timedelta(seconds=15)


async def test_what_could_not_be_sent_is_sent_when_the_destination_is_back(
    db: Database, relay: Relay, destination: Destination, clock: ManualClock
) -> None:
    destination.away = True
    await write(db, clock, "order-1", "paid")
    running = asyncio.create_task(relay.run())
    await destination.entered.wait()
    destination.away = False
    await destination.has_received(1)
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()


async def test_a_deferred_row_waits_and_is_not_sent_once_settled(
    db: Database, relay: Relay, destination: Destination, clock: ManualClock
) -> None:
    later = clock.now() + timedelta(seconds=3)
    rows = [
        outbox.row("payment", order, say("create"), clock.now(), available_time=later) for order in ("kept", "settled")
    ]
    await db.execute(insert(OUTBOX), rows)
    assert await relay.deliver_once() == 0
    cleanup = InlineCompletions(db)
    settling = asyncio.create_task(cleanup.run())
    cleanup.remove(rows[1]["event_id"])

    async def one_is_gone() -> bool:
        return await waiting(db) == 1

    await wait_until(one_is_gone)
    settling.cancel()
    clock.advance(timedelta(seconds=3))
    assert await relay.deliver_once() == 1
    assert destination.received == [("kept", "create")]


async def test_a_woken_relay_does_not_wait_for_its_next_look(
    db: Database,
    relay: Relay,
    destination: Destination,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    wake_up: WakeUp,
) -> None:
    monkeypatch.setattr("chassis.events.relay.POLL_SECONDS", 3600.0)
    await write(db, clock, "order-1", "before")
    running = asyncio.create_task(relay.run())
    await destination.has_received(1)
    await write(db, clock, "order-1", "after")
    wake_up()
    await destination.has_received(2)
    running.cancel()
    await asyncio.wait([running])


async def test_destinations_do_not_wait_for_each_other(
    db: Database, destination: Destination, clock: ManualClock
) -> None:
    stuck = Destination()
    stuck.gate.clear()
    relay = Relay(db, {"payment": destination.send, "review": stuck.send}, clock, WakeUp())
    await db.execute(insert(OUTBOX), [outbox.row("review", "case-1", say("open"), clock.now())])
    await write(db, clock, "order-1", "paid")
    running = asyncio.create_task(relay.run())
    await stuck.entered.wait()
    await destination.has_received(1)
    running.cancel()
    await asyncio.wait([running])


async def rows_read(db: Database) -> int:
    """How many rows of the outbox statements have read so far, by scan or by index."""
    await db.driver.execute("SELECT pg_stat_force_next_flush()")
    reads = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'outbox'"
    return int(await db.driver.fetchval(reads))


async def test_a_long_queue_of_deferred_rows_does_not_slow_what_is_due(
    db: Database, relay: Relay, destination: Destination, clock: ManualClock, owner_url: str
) -> None:
    await db.driver.execute(
        f"""{outbox.INSERT_INTO}
        SELECT gen_random_uuid(), 'payment', 'order-' || n, 't', ''::bytea, '', $1::timestamptz, $2::timestamptz
        FROM generate_series(1, {DEFERRED}) n""",
        clock.now(),
        clock.now() + timedelta(seconds=3),
    )
    owner = await asyncpg.connect(owner_url)
    # With these figures, and no fit index, claiming read twenty million rows.
    await owner.execute("ANALYZE chassis.outbox")
    await owner.close()
    due = [outbox.row("payment", f"due-{number}", say("paid"), clock.now()) for number in range(1000)]
    await db.execute(insert(OUTBOX), due)
    before = await rows_read(db)
    assert await relay.deliver_once() == BATCH
    assert await rows_read(db) - before < DEFERRED


@pytest.mark.parametrize("between", range(4))
async def test_a_relay_that_is_woken_and_cancelled_in_the_same_moment_ends(
    db: Database, relay: Relay, destination: Destination, clock: ManualClock, between: int, wake_up: WakeUp
) -> None:
    await write(db, clock, f"order {between}", "paid")
    running = asyncio.create_task(relay.run())
    await destination.has_received(1)
    async with asyncio.timeout(PATIENCE_SECONDS):
        # Once the row is gone, the relay has gone to wait long before the next answer is here.
        while await db.fetch_one(select(OUTBOX.c.event_id).where(OUTBOX.c.aggregate_id == f"order {between}")):
            await asyncio.sleep(0)
        await db.fetch(select(func.count()).select_from(OUTBOX))
    wake_up()
    for _ in range(between):
        await asyncio.sleep(0)
    running.cancel()
    assert await asyncio.wait([running], timeout=PATIENCE_SECONDS) == ({running}, set())
