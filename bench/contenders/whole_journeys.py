"""Whole journeys, from the account to the receipt, as `zikao journey --count` plays them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from bench.measurement.interleaving import Go, Plan
from bench.measurement.medians_and_ratios import Outcome
from bench.suites.measured_suite import MeasuredSuite
from cli.journey.clients.latency_meter import Meter
from cli.journey.runs.load_run import connections_for, play_many
from cli.journey.runs.target_suite import CALL_SECONDS
from cli.journey.steps.journey_context import read_context, silent


@dataclass(slots=True)
class Journeys:
    """New candidates, each playing the whole story against the suite."""

    title: str
    suite: MeasuredSuite
    count: int = 0
    concurrency: int = 1
    unit: str = "journeys"

    def processes(self) -> Mapping[str, int]:
        """The suite's."""
        return self.suite.processes()

    async def prepare(self, plan: Plan) -> None:
        """Nothing but to remember how many."""
        self.count, self.concurrency = plan.journeys, plan.concurrency

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        """Raises Deviation when a journey does not go as the rules say."""
        count, limits = self.count if number else self.concurrency, connections_for(self.concurrency)
        async with httpx.AsyncClient(timeout=CALL_SECONDS, limits=limits) as http:
            stage = await read_context(http, Meter(), self.suite.gateway_url, self.suite.sandbox_url, silent)

            async def go() -> Outcome:
                played = await play_many(stage, count, self.concurrency, lambda: None)
                played.must_be_whole()
                return Outcome(played.done, played.seconds)

            yield go
