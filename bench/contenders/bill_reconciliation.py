"""Reconciling a day with the platform's bill (PA-10), as payment does it: the adapter reads and verifies the signed
bill, its lines go into PostgreSQL, are compared with as many paid orders, and a statement is drawn up and signed.

It runs in the load generator's process, with the service's own parts on a database of its own; there is no network
between it and the platform.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, cast

from bench.measurement.interleaving import Go, Plan, WrongAnswer
from bench.measurement.medians_and_ratios import Outcome
from bench.seeding.platform_bills import BillingPlatform, PaidDay, seed
from chassis.clock import SHANGHAI, SystemClock
from chassis.config import DatabaseConfig
from chassis.postgres.database import database
from services.payment.adapters.signing import KeySigner
from services.payment.domain.reconciling import Day, Statement, StatementState
from services.payment.repository.books import BookRepository
from services.payment.usecases.reconciling import Reconciliation, ReconcilingLimits
from services.payment.usecases.till import Till

LINES: Final = 60_000
WARM_UP: Final = 2_000
LIMITS: Final = ReconcilingLimits(lines=1000, concurrency=8, lease=timedelta(minutes=2))


@dataclass(frozen=True, slots=True)
class Counter:
    """What of the till a day needs on which everything agrees."""

    clock: SystemClock
    platform: BillingPlatform

    def provider_named(self, name: str) -> object:
        """The platform, whatever it is called."""
        return self.platform.provider()


@dataclass(slots=True)
class Reconciling:
    """A long bill in every turn, each of a day of its own."""

    title: str
    owner_url: str
    keys_dir: Path
    until: AsyncExitStack
    days: list[PaidDay] = field(default_factory=list)
    unit: str = "bill lines"
    _reconciliation: Reconciliation | None = None

    def processes(self) -> Mapping[str, int]:
        """Nothing but the load generator and PostgreSQL runs for it."""
        return {}

    async def prepare(self, plan: Plan) -> None:
        """Puts the paid orders of all turns into the database, and their bills before the platform."""
        now = SystemClock().now()
        self.days = [_day(number, now, LINES if number else WARM_UP) for number in range(plan.rounds + 1)]
        for day in self.days:
            await seed(self.owner_url, day)
        folder = Path(self.until.enter_context(tempfile.TemporaryDirectory()))
        db = await self.until.enter_async_context(database(DatabaseConfig(url=self.owner_url), "payment"))
        platform = await asyncio.to_thread(BillingPlatform, folder, self.days)
        till = cast(Till, Counter(SystemClock(), platform))
        signer = KeySigner.load(self.keys_dir, "payment")
        self._reconciliation = Reconciliation(till, BookRepository(db), signer, LIMITS)

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer when the day is not balanced."""
        paid, reconciliation = self.days[number], self._reconciliation
        assert reconciliation is not None
        day = Day("sandbox", paid.moment.astimezone(SHANGHAI).date())
        drawn: list[Statement] = []

        async def go() -> Outcome:
            loop = asyncio.get_running_loop()
            start = loop.time()
            drawn.append(await reconciliation.reconcile(day))
            return Outcome(paid.count, loop.time() - start)

        yield go
        totals = drawn[0].totals
        if drawn[0].state is not StatementState.BALANCED or totals.bill_line_count != paid.count:
            raise WrongAnswer(f"the statement is {drawn[0].state} after {totals.bill_line_count} lines")


def _day(number: int, now: datetime, count: int) -> PaidDay:
    return PaidDay(f"bench{number}x", count, now - timedelta(days=number + 2))
