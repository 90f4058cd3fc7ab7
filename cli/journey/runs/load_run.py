"""Plays the new candidate's story many times at once, and measures it: a load generator."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx
from rich.console import Console
from rich.progress import TimeRemainingColumn

from cli.demo.invented_people import invent
from cli.journey.clients.http_client import Deviation
from cli.journey.clients.latency_meter import Meter
from cli.journey.runs.target_suite import CALL_SECONDS, TargetSuite, suite_at
from cli.journey.steps import candidate_stories
from cli.journey.steps.journey_context import JourneyContext, read_context, silent
from cli.terminal.formatting import progress_bar


async def generate_load(target: TargetSuite, console: Console, count: int, concurrency: int) -> None:
    """Plays `count` measured journeys, `concurrency` at once. Raises Deviation where one is not as the rules say."""
    async with (
        suite_at(target, console) as (gateway_url, sandbox_url),
        httpx.AsyncClient(timeout=CALL_SECONDS, limits=connections_for(concurrency)) as http,
    ):
        meter = Meter()
        stage = await read_context(http, meter, gateway_url, sandbox_url, silent)
        with progress_bar(console, TimeRemainingColumn()) as progress:
            task = progress.add_task("journeys", total=count)
            played = await play_many(stage, count, concurrency, lambda: progress.advance(task))
    console.print(meter.table())
    console.print(
        f"{played.done} of {count} journeys in {played.seconds:.1f} s: {played.done / played.seconds:.2f} per second, "
        f"{concurrency} at once"
    )
    played.must_be_whole()


@dataclass(frozen=True, slots=True)
class LoadResult:
    """How many journeys went as the rules say, in how many seconds, and how the others failed."""

    done: int
    seconds: float
    failures: Sequence[BaseException]

    def must_be_whole(self) -> None:
        """Raises Deviation when a journey deviated."""
        if self.failures:
            count = self.done + len(self.failures)
            raise Deviation(f"{len(self.failures)} of {count} journeys deviated; the first: {self.failures[0]}")


async def play_many(stage: JourneyContext, count: int, concurrency: int, advance: Callable[[], None]) -> LoadResult:
    """Plays the new candidate's story `count` times, `concurrency` at once; `advance` is told of each that succeeds."""
    places, started = asyncio.Semaphore(concurrency), time.perf_counter()

    async def one() -> None:
        async with places:
            await candidate_stories.new_candidate(stage, invent(random.SystemRandom()))
        advance()

    outcomes = await asyncio.gather(*(one() for _ in range(count)), return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    return LoadResult(count - len(failures), time.perf_counter() - started, failures)


def connections_for(concurrency: int) -> httpx.Limits:
    """Enough kept-alive connections for so many journeys at once."""
    return httpx.Limits(max_connections=concurrency * 2, max_keepalive_connections=concurrency * 2)
