"""One run: PostgreSQL, the suites and contenders that are wanted, their turns, the results."""

import tempfile
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.contenders.session_refunds import UNLIMITED
from bench.measurement.interleaving import GENERATOR, PROCESSES, Contender, Plan, Record, compete, prepare
from bench.measurement.machine_description import describe
from bench.measurement.medians_and_ratios import Comparison, comparisons, ratios
from bench.measurement.report import Results, Section
from bench.parts import (
    AT_THE_END,
    BY_THEMSELVES,
    FEW_LIVE,
    MAKERS,
    MANY_LIVE,
    MONOLITHS,
    STATEMENTS,
    SUITE,
    WITHOUT_SUITE,
    Entrant,
    Part,
    Setting,
    alone,
    of_any_commit,
    overloaded,
)
from bench.suites.commit_checkout import check_out
from bench.suites.commit_suite import commit_suite
from bench.suites.measured_suite import MeasuredSuite
from bench.suites.throwaway_postgres import ThrowawayPostgres, throwaway_postgres
from chassis.clock import SystemClock
from cli.suite.local_suite import Suite
from cli.suite.supervisor import Supervisor

NOW: Final = "now"

Say = Callable[[str], None]


async def run(plan: Plan, parts: Sequence[Part], console: Console) -> Results:
    """Starts what is needed, lets the parts take turns and stops everything. Whoever fails is named in the results.

    Raises what a suite raises when it cannot start.
    """
    record = Record()
    async with throwaway_postgres() as place, AsyncExitStack() as until:
        machine = await describe(place.server.url(database="postgres"), SystemClock().now())
        told = {"payment": UNLIMITED} if Part.REFUNDS in parts else {}
        suite, entrant = Suite(place.home, place.ports, console, database_url=place.suite_url, told=told), None
        suite.say("PostgreSQL runs, for the suite and the baselines alike")
        if set(parts) - WITHOUT_SUITE:
            entrant = Entrant.of(await until.enter_async_context(_running(suite, place)))
        setting = Setting(place, until, entrant)
        turns = [part for part in parts if part not in AT_THE_END | BY_THEMSELVES]
        contenders = await _prepared(setting, turns, plan, record, suite)
        last = await _prepared(setting, [part for part in parts if part in AT_THE_END], plan, record, suite)
        await place.checkpoint()
        await compete(contenders, plan, place.postgres, record, suite.say)
        for contender in last:
            await compete([contender], replace(plan, rounds=1), place.postgres, record, suite.say)
        scenarios = [part for part in parts if part in BY_THEMSELVES]
        measures = [(part, partial(alone, part, setting, plan, suite.say)) for part in scenarios]
        sections = await _sections(measures, record)
    figures = record.figures()
    shares = ratios(figures, SUITE, [*MONOLITHS.values(), STATEMENTS], GENERATOR)
    shares += ratios(figures, MANY_LIVE, [FEW_LIVE], GENERATOR)
    return Results(machine, plan, figures, shares, sections=sections, failures=_sentences(record))


async def compare(plan: Plan, parts: Sequence[Part], commit: str, console: Console) -> Results:
    """Lets the suites of this commit and of another take turns at the same parts, each on a database of its own.

    Raises what a suite raises when it cannot start, and CommandFailed where the other commit cannot be run.
    """
    record = Record()
    with tempfile.TemporaryDirectory(prefix="zikao-bench-commit-") as folder:
        checkout = await check_out(commit, Path(folder), console.print)
        async with throwaway_postgres() as place:
            machine = await describe(place.server.url(database="postgres"), SystemClock().now())
            suite = Suite(place.home, place.ports, console, database_url=place.suite_url)
            async with _running(suite, place) as ours, commit_suite(checkout, place, suite.say) as theirs:
                entrants = Entrant.of(ours), Entrant.of(theirs)
                pairs = _pairs([part for part in parts if part not in BY_THEMSELVES], *entrants)
                contenders = [contender for _, *pair in pairs for contender in pair]
                await prepare(contenders, plan, record, suite.say)
                await place.checkpoint()
                await compete(contenders, plan, place.postgres, record, suite.say)
                wanted = [(Part.OVERLOAD, partial(overloaded, entrants, place, plan, suite.say))]
                sections = await _sections(wanted if Part.OVERLOAD in parts else [], record)
    return Results(
        machine,
        plan,
        record.figures(),
        comparisons=list(_compared(pairs, record)),
        sections=sections,
        against=checkout.commit,
        failures=_sentences(record),
    )


@asynccontextmanager
async def _running(suite: Suite, place: ThrowawayPostgres) -> AsyncIterator[MeasuredSuite]:
    async with suite.running() as supervisor:
        gateway, sandbox = place.ports.of("gateway").port, place.ports.of("sandbox").port
        yield MeasuredSuite(NOW, gateway, sandbox, place.suite_url, place.home.root, lambda: _pids(supervisor))


def _pids(supervisor: Supervisor) -> dict[str, int]:
    return {one.name: one.child.pid for one in supervisor.supervised if one.child}


async def _prepared(
    setting: Setting, parts: Iterable[Part], plan: Plan, record: Record, suite: Suite
) -> list[Contender]:
    contenders: list[Contender] = []
    for part in parts:
        try:
            contenders += await MAKERS[part](setting)
        except Exception as failed:
            record.failures[part.value] = failed
    await prepare(contenders, plan, record, suite.say)
    return contenders


async def _sections(wanted: Iterable[tuple[Part, Callable[[], Awaitable[Section]]]], record: Record) -> list[Section]:
    """What the scenarios show, one after the other; notes who fails."""
    found = []
    for part, measure in wanted:
        try:
            found.append(await measure())
        except Exception as failed:
            record.failures[part.value] = failed
    return found


def _pairs(parts: Iterable[Part], ours: Entrant, theirs: Entrant) -> list[tuple[str, Contender, Contender]]:
    """What is measured, by this commit's suite and by the other's."""
    found = []
    for part in parts:
        others = of_any_commit(part, theirs)
        found += [(what, contender, others[what]) for what, contender in of_any_commit(part, ours).items()]
    return found


def _compared(pairs: Iterable[tuple[str, Contender, Contender]], record: Record) -> Iterable[Comparison]:
    servers = [name for name in PROCESSES if name != GENERATOR]
    for what, ours, theirs in pairs:
        now, then = record.rounds.get(ours.title, []), record.rounds.get(theirs.title, [])
        yield from comparisons(what, ours.unit, now, then, servers)


def _sentences(record: Record) -> list[str]:
    return [f"{title}: {_sentence(failed)}" for title, failed in record.failures.items()]


def _sentence(failed: Exception) -> str:
    """What went wrong, of what kind it was, and where, since nobody sees a traceback."""
    *_, where = traceback.extract_tb(failed.__traceback__)
    return f"{failed} ({type(failed).__name__} in {Path(where.filename).name}, line {where.lineno})"
