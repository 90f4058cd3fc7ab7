"""Refunds: a cancelled session's orders are given back, from the queueing to the last answer of the platform (PA-12).

The suite's own worker does it, without the limit that spares a real platform. What is measured is what payment, its
database and the simulated platform do together.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg
import httpx

from bench.measurement.interleaving import Go, Plan, WrongAnswer
from bench.measurement.medians_and_ratios import Outcome
from bench.seeding.payment_seeding import await_payment, have_been_paid, single
from bench.suites.measured_suite import MeasuredSuite
from chassis.clock import SystemClock
from cli.staff.api_client import Api

UNLIMITED: Final = {"ZIKAO_REFUNDS__PER_SECOND": "1000000", "ZIKAO_REFUNDS__PAUSE": "PT0.2S"}
"""What payment is told: the simulated platform needs no sparing."""
SESSIONS: Final = ("2090-01", "2090-02")
FEE: Final = 6500
LOOK_SECONDS: Final = 0.05
LONGEST_SECONDS: Final = 300.0
_BACK: Final = "SELECT count(*) FROM payment.orders WHERE session_id = $1 AND state = 'REFUNDED'"


@dataclass(slots=True)
class Refunds:
    """Every order of a session is given back once. `account`: an operator's; `sandbox`: the folder of the simulated
    platform.
    """

    title: str
    account: Mapping[str, str]
    sandbox: Path
    suite: MeasuredSuite
    counts: list[int] = field(default_factory=list)
    unit: str = "refunds"

    def processes(self) -> Mapping[str, int]:
        """The suite's."""
        return self.suite.processes()

    async def prepare(self, plan: Plan) -> None:
        """Orders that have been paid, here and at the platform."""
        now = SystemClock().now()
        for session_id, count in zip(SESSIONS, plan.sizes, strict=False):
            orders = single(session_id, count, FEE)
            await await_payment(self.suite.owner_url, orders, now)
            await have_been_paid(self.suite.owner_url, self.sandbox, orders, now)
            self.counts.append(count)

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises WrongAnswer when not every order is refunded in time."""
        session_id, wanted = SESSIONS[number], self.counts[number]
        connection = await asyncpg.connect(self.suite.owner_url)
        try:
            async with httpx.AsyncClient(timeout=60.0, trust_env=False) as http:
                login_name, password = self.account["loginName"], self.account["password"]
                operator = await Api.log_in(http, self.suite.gateway_url, login_name, password)

                async def go() -> Outcome:
                    started = time.perf_counter()
                    await operator.send("POST", "/v1/refund-batches", {"sessionId": session_id, "note": "bench"})
                    await _until_back(connection, session_id, wanted, started)
                    return Outcome(wanted, time.perf_counter() - started)

                yield go
        finally:
            await connection.close()


async def _until_back(connection: "asyncpg.Connection", session_id: str, wanted: int, started: float) -> None:
    while (back := int(await connection.fetchval(_BACK, session_id))) < wanted:
        if time.perf_counter() - started > LONGEST_SECONDS:
            raise WrongAnswer(f"{back} of {wanted} orders were given back in {LONGEST_SECONDS:.0f} s")
        await asyncio.sleep(LOOK_SECONDS)
