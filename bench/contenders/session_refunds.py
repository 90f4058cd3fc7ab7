"""Refunds: a cancelled session's orders are given back, from the queueing to the last answer of the platform (PA-12).

A worker of the benchmark's own works without the limit that spares a real platform; the suite's worker, with its limit,
helps. What is measured is what payment, its database and the simulated platform do together.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg
from pydantic import SecretStr

from bench.measurement.interleaving import Go, Plan, WrongAnswer
from bench.measurement.medians_and_ratios import Outcome
from bench.seeding.payment_seeding import Due, await_payment, have_been_paid, single
from bench.suites.measured_suite import MeasuredSuite
from chassis.clock import SystemClock
from chassis.config import DatabaseConfig
from cli.suite.home import Home
from services.payment.config import Config, RefundsConfig
from services.payment.main import payment
from services.payment.usecases.batches import create_batch

SESSIONS: Final = ("2090-01", "2090-02")
FEE: Final = 6500
UNLIMITED: Final = 1_000_000.0
LOOK_SECONDS: Final = 0.05
LONGEST_SECONDS: Final = 300.0
_BACK: Final = "SELECT count(*) FROM payment.orders WHERE session_id = $1 AND state = 'REFUNDED'"


@dataclass(slots=True)
class Refunds:
    """Every order of a session is given back once."""

    title: str
    home: Home
    suite: MeasuredSuite
    connections: int = 0
    batches: list[Sequence[Due]] = field(default_factory=list)
    unit: str = "refunds"

    def processes(self) -> Mapping[str, int]:
        """The suite's."""
        return self.suite.processes()

    async def prepare(self, plan: Plan) -> None:
        """Orders that have been paid, here and at the platform."""
        self.connections = plan.connections
        now = SystemClock().now()
        for session_id, count in zip(SESSIONS, plan.sizes, strict=False):
            orders = single(session_id, count, FEE)
            await await_payment(self.suite.owner_url, orders, now)
            await have_been_paid(self.suite.owner_url, Path(self.home.sandbox), orders, now)
            self.batches.append(orders)

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer when an order is not refunded in the end."""
        wanted, session_id = len(self.batches[number]), SESSIONS[number]
        connection = await asyncpg.connect(self.suite.owner_url)
        try:
            async with payment(self._config(), SystemClock()) as worker:

                async def go() -> Outcome:
                    started = time.perf_counter()
                    working = asyncio.create_task(worker.refunder.run())
                    await create_batch(worker.till, session_id, "bench")
                    back = await _until_back(connection, session_id, wanted, started)
                    working.cancel()
                    await asyncio.wait([working])
                    return Outcome(back, time.perf_counter() - started)

                yield go
            if (back := await connection.fetchval(_BACK, session_id)) != wanted:
                raise WrongAnswer(f"{back} of {wanted} orders were given back")
        finally:
            await connection.close()

    def _config(self) -> Config:
        return Config(
            database=DatabaseConfig(url=self.suite.owner_url),
            keys_dir=self.home.keys,
            sandbox_url=self.suite.sandbox_url,
            field_key=SecretStr(self.home.secret("payment-field")),
            refunds=RefundsConfig(per_second=UNLIMITED, concurrency=self.connections, pause_seconds=LOOK_SECONDS),
        )


async def _until_back(connection: "asyncpg.Connection", session_id: str, wanted: int, started: float) -> int:
    while (back := int(await connection.fetchval(_BACK, session_id))) < wanted:
        if time.perf_counter() - started > LONGEST_SECONDS:
            raise WrongAnswer(f"{back} of {wanted} orders were given back in {LONGEST_SECONDS:.0f} s")
        await asyncio.sleep(LOOK_SECONDS)
    return back
