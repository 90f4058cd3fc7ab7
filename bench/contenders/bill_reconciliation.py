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
from typing import Final

from pydantic import SecretStr

from bench.measurement.interleaving import Go, Plan, WrongAnswer
from bench.measurement.medians_and_ratios import Outcome
from bench.seeding.platform_bills import BillingPlatform, PaidDay, seed
from chassis.clock import SHANGHAI, SystemClock
from chassis.config import DatabaseConfig
from services.payment.config import Config
from services.payment.dependencies import Dependencies
from services.payment.domain.reconciliation import Day, Statement, StatementState
from services.payment.main import payment
from services.payment.usecases.reconciliation import reconcile_day

LINES: Final = 60_000
WARM_UP: Final = 2_000
SANDBOX: Final = "sandbox"


@dataclass(slots=True)
class Reconciling:
    """A long bill in every turn, each of a day of its own."""

    title: str
    owner_url: str
    keys_dir: Path
    until: AsyncExitStack
    days: list[PaidDay] = field(default_factory=list)
    unit: str = "bill lines"
    deps: Dependencies | None = None

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
        platform = await asyncio.to_thread(BillingPlatform, folder, self.days)
        config = Config(
            database=DatabaseConfig(url=self.owner_url), keys_dir=self.keys_dir, field_key=SecretStr("00" * 32)
        )
        service = payment(config, SystemClock(), providers={SANDBOX: platform.provider()})
        self.deps = (await self.until.enter_async_context(service)).dependencies

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer when the day is not balanced."""
        paid, deps = self.days[number], self.deps
        assert deps is not None
        day = Day(SANDBOX, paid.moment.astimezone(SHANGHAI).date())
        drawn: list[Statement] = []

        async def go() -> Outcome:
            loop = asyncio.get_running_loop()
            start = loop.time()
            drawn.append(await reconcile_day(deps, day))
            return Outcome(paid.count, loop.time() - start)

        yield go
        totals = drawn[0].totals
        if drawn[0].state is not StatementState.BALANCED or totals.bill_line_count != paid.count:
            raise WrongAnswer(f"the statement is {drawn[0].state} after {totals.bill_line_count} lines")


def _day(number: int, now: datetime, count: int) -> PaidDay:
    return PaidDay(f"bench{number}x", count, now - timedelta(days=number + 2))
