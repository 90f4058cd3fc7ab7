"""A chaos run: plan, play under trouble, calm, settle, prove, report."""

import asyncio
import random
import time
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import httpx
from rich.console import Console
from rich.progress import TextColumn

from chassis.clock import SHANGHAI, SystemClock
from cli.demo.invented_people import invent
from cli.journey.chaos.chaos_candidate import BriefSession, ChaosCandidate
from cli.journey.chaos.outcomes import CandidateOutcome, settle
from cli.journey.chaos.run_plan import PlannedJourney, RunPlan
from cli.journey.chaos.run_report import RunReport, proved
from cli.journey.chaos.troublemaker import Troublemaker
from cli.journey.clients.http_client import Caller, Deviation
from cli.journey.clients.latency_meter import Meter
from cli.journey.runs.load_run import connections_for
from cli.journey.runs.target_suite import CALL_SECONDS, TargetSuite, suite_at
from cli.journey.steps import candidate_stories
from cli.journey.steps.journey_context import read_context, silent
from cli.journey.steps.own_sessions import OwnSession
from cli.journey.steps.participants import Participants, assemble
from cli.staff.api_client import ApiProblem
from cli.suite.home import HomeUnusable
from cli.suite.running_suite import RunningSuite
from cli.terminal.formatting import progress_bar
from cli.verify.all_invariants import InvariantProof, delivered, prove

MOST_SECONDS: Final = 840.0
"""For all journeys together, less than the life of the operator's access token. A candidate whose story has not ended
by then has failed.
"""

SETTLING_SECONDS: Final = 240.0
"""With the outside world in order again, everybody has what is theirs within this time."""

PLATFORM: Final = "sandbox"
LOOK_SECONDS: Final = 0.5
TOLD: Final = TextColumn("{task.fields[told]}")
BRIEF_SESSIONS: Final = tuple(timedelta(seconds=seconds) for seconds in (30, 75, 150, 300, 600))
CUTOFF_AFTER: Final = timedelta(seconds=1)


async def play(target: TargetSuite, console: Console, plan: RunPlan, concurrency: int) -> None:
    """The whole run. Raises Deviation where anything is not as the rules say, HomeUnusable where the suite is not one
    of this machine.
    """
    async with (
        suite_at(target, console) as (gateway, sandbox),
        httpx.AsyncClient(timeout=CALL_SECONDS, limits=connections_for(concurrency)) as http,
    ):
        suite, database_url = _found(target, gateway, sandbox)
        stage = await read_context(http, Meter(), gateway, sandbox, silent)
        console.print(
            f"{len(plan.parts)} candidates, {concurrency} at once, {len(plan.kills)} kills to come; "
            f"faults: {', '.join(sorted(plan.faults))}; [bold]--seed {plan.seed}[/bold]",
            highlight=False,
        )
        cast, began, started = await assemble(target.home, http, stage), _today(), time.perf_counter()
        maker = Troublemaker(stage.outside.sandbox, suite, plan.kills)
        try:
            fates = await _played(console, cast, plan, maker, concurrency)
        finally:
            await maker.calm()
        played = time.perf_counter()
        cast = await assemble(target.home, http, stage)  # A run may outlast the operator's access token.
        await _reconciled(_operator(cast), began)
        await _settled(console, fates)
        report = RunReport(plan.seed, fates, maker.killed, maker.set, played - started, time.perf_counter() - played)
        console.print(*report.tables(), sep="\n")
        proofs = await _proved(cast, database_url)
        console.print(proved(proofs))
        report.must_be_whole(proofs, target.home)


def _found(target: TargetSuite, gateway_url: str, sandbox_url: str) -> tuple[RunningSuite, str]:
    """The suite whose processes may be killed, and its owner's database: only one that this machine runs."""
    suite = RunningSuite.of(target.home)
    for name, url in (("gateway", gateway_url), ("sandbox", sandbox_url)):
        if not suite.serves(name, url):
            raise HomeUnusable(
                f"The suite of {target.home.root} does not serve its {name} at {url}. Faults are for a suite of this "
                "machine: name its folder with --home and its addresses with --base-url and --sandbox-url."
            )
    return suite, target.home.running_postgres().url()


async def _brief_sessions(cast: Participants) -> list[BriefSession]:
    """Sessions of the run's own that end one after the other, for those who never pay (PA-3, EN-8)."""
    course, begun = cast.stage.choices.first[0], []
    for lasts in BRIEF_SESSIONS:
        end = SystemClock().now() + lasts
        rehearsal = await OwnSession.begin(cast.operator, [course.code], lasts, payment_lasts=CUTOFF_AFTER)
        begun.append(BriefSession(rehearsal.session_id, end, course))
    return begun


async def _played(
    console: Console, cast: Participants, plan: RunPlan, maker: Troublemaker, concurrency: int
) -> list[CandidateOutcome]:
    briefs = await _brief_sessions(cast)
    places, deadline = asyncio.Semaphore(concurrency), asyncio.get_running_loop().time() + MOST_SECONDS
    with progress_bar(console, TOLD) as progress:
        shown, ended = progress.add_task("playing", total=len(plan.parts), told=""), 0

        async def one(number: int, part: PlannedJourney) -> CandidateOutcome:
            nonlocal ended
            async with places:
                await maker.begin(part.troubles)
                fate = await _fate(number, part, cast, briefs, deadline)
            ended += 1
            maker.ended(ended)
            told = f"{maker.killed.total()} killed, {maker.set.total()} faults"
            progress.update(shown, completed=ended, told=told)
            return fate

        return await asyncio.gather(*(one(number, part) for number, part in enumerate(plan.parts)))


async def _fate(
    number: int, part: PlannedJourney, cast: Participants, briefs: Sequence[BriefSession], deadline: float
) -> CandidateOutcome:
    try:
        async with asyncio.timeout_at(deadline):
            actor = await _prepared(cast, part, briefs)
            return CandidateOutcome(number, part.intent, actor, await part.intent.play(actor), "")
    except (Deviation, ApiProblem) as deviation:
        return CandidateOutcome(number, part.intent, None, {}, str(deviation))
    except TimeoutError:
        return CandidateOutcome(number, part.intent, None, {}, f"was not done after {MOST_SECONDS:.0f} s")


async def _prepared(cast: Participants, part: PlannedJourney, briefs: Sequence[BriefSession]) -> ChaosCandidate:
    """Somebody new, with every gate passed."""
    stage = cast.stage
    candidate, registration = await candidate_stories.able_to_select(stage, invent(random.SystemRandom()))
    return ChaosCandidate(
        stage=stage,
        candidate=candidate,
        registration_id=registration["registrationId"],
        operator=_operator(cast),
        courses=stage.choices.first[: part.courses],
        briefs=briefs,
    )


def _operator(cast: Participants) -> Caller:
    """The operator, with the journey's patience."""
    return cast.stage.visitor.as_holder_of(cast.operator.token)


async def _reconciled(operator: Caller, began: date) -> None:
    """Compares the days of the run with the platform's bills, as happens every morning (PA-10): money on an order that
    had ended, of which no notification ever came, is found by nothing else.
    """
    for day in sorted({began, _today()}):
        path = f"/v1/statements/{PLATFORM}/{day.isoformat()}"
        statement = await operator.send("reconcile", "POST", f"{path}:reconcile", {})
        while statement["state"] == "RUNNING":
            await asyncio.sleep(LOOK_SECONDS)
            statement = await operator.get("read the statement", path)


def _today() -> date:
    return SystemClock().now().astimezone(SHANGHAI).date()


async def _settled(console: Console, fates: list[CandidateOutcome]) -> None:
    with progress_bar(console, TOLD) as progress:
        shown = progress.add_task("settling", total=len(fates), told="no more faults")
        await settle(fates, SETTLING_SECONDS, lambda done: progress.update(shown, completed=done))


async def _proved(cast: Participants, database_url: str) -> Sequence[InvariantProof]:
    """All invariants, once no event is on its way any more: what one is about would be left out."""
    left = await delivered(database_url, SETTLING_SECONDS)
    events = InvariantProof(
        "events", (("events on their way", str(left)),), f"{left} events do not arrive." if left else ""
    )
    return (events, *await prove(database_url, cast.operator))
