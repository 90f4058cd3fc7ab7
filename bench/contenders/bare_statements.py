"""The first baseline: the two statements of a checkout, enrollment's and payment's, and nothing else.

The statements and their parameters are those the services send: the repositories themselves are asked, with something
in the driver's place that writes down what it is given.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, cast

import asyncpg

from bench.contenders.http_checkouts import must_be_stored
from bench.measurement.interleaving import Go, Plan
from bench.measurement.load_generator import Work, closed_loop
from bench.measurement.medians_and_ratios import Outcome
from bench.seeding.enrollment_seeding import seed_enrollment
from bench.seeding.invented_candidates import Candidate, Programme, WrongAnswer, checkout_of, invent, sliced
from chassis.clock import SystemClock
from chassis.postgres.database import SHARED_SCHEMA, Database
from services.enrollment.mapping.messages import order_to_create
from services.enrollment.repository import SelectionRepository
from services.payment.domain.order import Terms, opened
from services.payment.domain.timeline import Event, EventKind, Source
from services.payment.mapping import new_order
from services.payment.repository.orders import OrderRepository

PAYMENT_ORDERS: Final = "SELECT count(*) FROM payment.orders WHERE candidate_id = ANY($1::uuid[])"
FIRST_REVISION: Final = 0
"""The catalogue's revision in a database that holds none."""
TERMS: Final = Terms(qr_valid=timedelta(minutes=30), order_open=timedelta(hours=24))


@dataclass(frozen=True, slots=True)
class Call:
    """A statement and its parameters."""

    statement: str
    values: tuple[Any, ...]


class Notebook:
    """Stands where a service's driver pool stands, and keeps what it is asked to run."""

    def __init__(self) -> None:
        self.driver = self
        self.calls: list[Call] = []

    async def fetchval(self, statement: str, *values: Any) -> int:
        """Notes the statement, and says that it did one thing."""
        self.calls.append(Call(statement, values))
        return 1


Pair = tuple[asyncpg.Connection, asyncpg.Connection]
"""A lane's connections: one to enrollment's schema, one to payment's."""


@dataclass(slots=True)
class Raw:
    """The statements of a checkout through asyncpg. `owner_url`: a database with both services' schemas."""

    title: str
    owner_url: str
    programme: Programme
    pairs: Sequence[Pair]
    seconds: float = 0.0
    batches: list[Sequence[Candidate]] = field(default_factory=list)
    unit: str = "checkouts"

    def processes(self) -> Mapping[str, int]:
        """Nothing but the load generator and PostgreSQL runs for it."""
        return {}

    async def prepare(self, plan: Plan) -> None:
        """Puts all candidates of all turns where the statements look for them."""
        everybody = invent(self.programme, sum(plan.sizes), SystemClock().now())
        await seed_enrollment(self.owner_url, self.programme, everybody)
        self.batches, self.seconds = sliced(everybody, plan.sizes), plan.seconds

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer when a statement did not do its work."""
        batch, now = self.batches[number], SystemClock().now()
        calls = [await statements_of(candidate, self.programme, now) for candidate in batch]
        outcomes: list[Outcome] = []

        async def go() -> Outcome:
            outcomes.append(await closed_loop([_lane(calls, *pair) for pair in self.pairs], len(calls), self.seconds))
            return outcomes[0]

        yield go
        await must_be_stored(self.owner_url, PAYMENT_ORDERS, batch, outcomes[0].done)


@asynccontextmanager
async def raw(title: str, owner_url: str, programme: Programme, connections: int) -> AsyncIterator[Raw]:
    """The baseline with its connections open, so that no turn pays for making them."""
    async with AsyncExitStack() as until:
        yield Raw(title, owner_url, programme, [await _pair(owner_url, until) for _ in range(connections)])


async def _pair(owner_url: str, until: AsyncExitStack) -> Pair:
    found = []
    for schema in ("enrollment", "payment"):
        search_path = {"search_path": f"{schema},{SHARED_SCHEMA}"}
        connection = await asyncpg.connect(owner_url, server_settings=search_path)
        until.push_async_callback(connection.close)
        found.append(connection)
    return found[0], found[1]


async def statements_of(candidate: Candidate, programme: Programme, now: datetime) -> tuple[Call, Call]:
    """What enrollment and payment send for the candidate's checkout."""
    notebook = Notebook()
    db = cast(Database, notebook)
    checkout, names = checkout_of(candidate, programme, now), {course.code: course.name for course in programme.courses}
    selections = SelectionRepository(db, wake=lambda: None, settle=lambda _: None)
    await selections.reserve(
        checkout, candidate.selections, names, revision=FIRST_REVISION, later=now + timedelta(seconds=3)
    )
    order = opened(new_order(order_to_create(checkout, candidate.selections, names)), TERMS, now)
    event = Event(EventKind.ORDER_CREATED, Source.SERVICE, order.state.value, amount_fen=order.total_fen)
    await OrderRepository(db).create(order, event)
    reserving, creating = notebook.calls
    return reserving, creating


def _lane(calls: Sequence[tuple[Call, Call]], enrollment: asyncpg.Connection, payment: asyncpg.Connection) -> Work:
    async def check_out(number: int) -> None:
        reserving, creating = calls[number]
        reserved = await enrollment.fetchval(reserving.statement, *reserving.values)
        created = await payment.fetchval(creating.statement, *creating.values)
        if reserved is None or created != 1:
            raise WrongAnswer(f"the statements answered {reserved} and {created}")

    return check_out
