"""Plays the stories: once and told, or many times and measured."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cli.journey import stories
from cli.journey.cast import assemble
from cli.journey.choices import choose, open_session
from cli.journey.http import Caller, Deviation
from cli.journey.meter import Meter
from cli.journey.outside import Outside
from cli.journey.people import invent
from cli.journey.scenarios import SCENARIOS
from cli.journey.stories import Stage, Tell
from cli.suite.home import Home
from cli.suite.processes import Ports, ports_from, usual_ports
from cli.suite.supervisor import answers
from cli.suite.up import Suite

CALL_SECONDS = 20.0
OWN_SUITE_PORTS = 17_400


@dataclass(frozen=True, slots=True)
class Target:
    """Which suite the journey is played against: the one at `base_url`, else the one at home on its usual ports, else
    one of our own.
    """

    home: Home
    base_url: str | None
    sandbox_url: str | None


async def play(target: Target, console: Console, *, scenarios: Sequence[str], count: int, concurrency: int) -> None:
    """Plays told scenarios, or `count` measured journeys. Raises Deviation where anything is not as the rules say."""
    async with (
        suite_at(target, console) as (gateway_url, sandbox_url),
        httpx.AsyncClient(timeout=CALL_SECONDS, limits=connections_for(concurrency)) as http,
    ):
        meter = Meter()
        if count == 1:
            await _told(
                target, http, console, await set_stage(http, meter, gateway_url, sandbox_url, _to(console)), scenarios
            )
        else:
            await _measured(http, console, meter, gateway_url, sandbox_url, count, concurrency)


async def _told(
    target: Target, http: httpx.AsyncClient, console: Console, stage: Stage, scenarios: Sequence[str]
) -> None:
    console.print(f"[bold]{stage.session['displayNameZh']}[/bold] at {stage.visitor.base_url}")
    cast = await assemble(target.home, http, stage)
    for name in scenarios:
        console.print(f"\n[bold]{name}[/bold]: {SCENARIOS[name].shows}")
        await SCENARIOS[name].play(cast)
    console.print("\nThe whole journey went as the rules say.")


def _to(console: Console) -> Tell:
    def tell(sentence: str) -> None:
        mark = "\n" if sentence.startswith("[bold]") else "  [green]✓[/green] "
        console.print(f"{mark}{sentence}", highlight=False, soft_wrap=True)

    return tell


async def _measured(
    http: httpx.AsyncClient,
    console: Console,
    meter: Meter,
    gateway_url: str,
    sandbox_url: str,
    count: int,
    concurrency: int,
) -> None:
    stage = await set_stage(http, meter, gateway_url, sandbox_url, stories.silent)
    columns = (TextColumn("journeys"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("journeys", total=count)
        played = await play_many(stage, count, concurrency, lambda: progress.advance(task))
    console.print(meter.table())
    console.print(
        f"{played.done} of {count} journeys in {played.seconds:.1f} s: {played.done / played.seconds:.2f} per second, "
        f"{concurrency} at once"
    )
    played.must_be_whole()


@dataclass(frozen=True, slots=True)
class Played:
    """How many journeys went as the rules say, in how many seconds, and how the others failed."""

    done: int
    seconds: float
    failures: Sequence[BaseException]

    def must_be_whole(self) -> None:
        """Raises Deviation when a journey deviated."""
        if self.failures:
            count = self.done + len(self.failures)
            raise Deviation(f"{len(self.failures)} of {count} journeys deviated; the first: {self.failures[0]}")


async def play_many(stage: Stage, count: int, concurrency: int, advance: Callable[[], None]) -> Played:
    """Plays the new candidate's story `count` times, `concurrency` at once; `advance` is told of each that succeeds."""
    places, started = asyncio.Semaphore(concurrency), time.perf_counter()

    async def one() -> None:
        async with places:
            await stories.new_candidate(stage, invent(random.SystemRandom()))
        advance()

    outcomes = await asyncio.gather(*(one() for _ in range(count)), return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    return Played(count - len(failures), time.perf_counter() - started, failures)


async def set_stage(http: httpx.AsyncClient, meter: Meter, gateway_url: str, sandbox_url: str, tell: Tell) -> Stage:
    """The stage of a running suite: the session that is open and the courses to choose. Raises Deviation."""
    visitor = Caller(http, meter, gateway_url)
    session = await open_session(visitor)
    choices = await choose(visitor, session["sessionId"])
    return Stage(visitor, Outside(Caller(http, meter, sandbox_url)), session, choices, tell)


@asynccontextmanager
async def suite_at(target: Target, console: Console) -> AsyncIterator[tuple[str, str]]:
    """The addresses of the target's gateway and sandbox, for the length of a block."""
    usual = usual_ports()
    if target.base_url is not None:
        yield target.base_url.rstrip("/"), (target.sandbox_url or _url(usual, "sandbox")).rstrip("/")
        return
    async with httpx.AsyncClient(timeout=2.0) as http:
        runs = await answers(http, usual.of("gateway").ready_url)
    if runs:
        yield _url(usual, "gateway"), _url(usual, "sandbox")
        return
    console.print("No suite is running here; starting one for this journey.")
    own = ports_from(OWN_SUITE_PORTS)
    async with Suite(target.home, own, console).running():
        yield _url(own, "gateway"), _url(own, "sandbox")


def _url(ports: Ports, name: str) -> str:
    return f"http://127.0.0.1:{ports.of(name).port}"


def connections_for(concurrency: int) -> httpx.Limits:
    """Enough kept-alive connections for so many journeys at once."""
    return httpx.Limits(max_connections=concurrency * 2, max_keepalive_connections=concurrency * 2)
