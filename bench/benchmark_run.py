"""One run: the ground, the contenders that are wanted, the contest, the results."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Final

from rich.console import Console

from bench.contenders.bare_statements import PAYMENT_ORDERS, raw
from bench.contenders.bill_reconciliation import Reconciling
from bench.contenders.candidate_import import Importing
from bench.contenders.first_paint import Pages
from bench.contenders.http_checkouts import HttpCheckouts, Shop
from bench.contenders.payment_notifications import Effects, Notifications, Platform, Replays
from bench.contenders.selection_use_case import Selecting
from bench.contenders.session_refunds import Refunds
from bench.contenders.whole_journeys import Journeys
from bench.measurement.interleaving import GENERATOR, Contender, Plan, compete
from bench.measurement.machine_description import describe
from bench.measurement.medians_and_ratios import ratios
from bench.measurement.report import Results
from bench.monolith import server as monolith
from bench.monolith.seeding import make_tables, seed_monolith
from bench.seeding.enrollment_seeding import seed_enrollment
from bench.seeding.invented_candidates import Programme, programme_in, programme_without_suite
from bench.suites.throwaway_postgres import Ground, ground
from chassis.clock import SystemClock
from chassis.security.tokens import SPEAKS_FOR_PEOPLE, Signer
from cli.suite.supervisor import Supervisor
from cli.suite.up import Suite

SUITE: Final = "Zikao"
RAW: Final = "statements"
MONOLITHS: Final = {1: "monolith", 2: "monolith ×2"}
JOURNEYS: Final = "journeys"
IMPORT: Final = "import"
RECONCILING: Final = "reconciling"
FEW_LIVE, MANY_LIVE = "selecting beside 3,000", "selecting beside 300,000"
LIVE: Final = {FEW_LIVE: 3_000, MANY_LIVE: 300_000}
RAW_DATABASE: Final = "bench_raw"
BILLS_DATABASE: Final = "bench_bills"


class Part(StrEnum):
    """What can take part."""

    CHECKOUTS = "checkouts"
    MONOLITH = "monolith"
    RAW = "raw"
    JOURNEYS = "journeys"
    RECONCILING = "reconciling"
    SELECTING = "selecting"
    PAGES = "pages"
    NOTIFICATIONS = "notifications"
    REFUNDS = "refunds"
    IMPORT = "import"


OF_SUITE: Final = frozenset(set(Part) - {Part.MONOLITH, Part.RAW, Part.SELECTING})
AT_THE_END: Final = frozenset({Part.PAGES, Part.IMPORT, Part.NOTIFICATIONS, Part.REFUNDS})
"""What warms up and takes one turn after all others, one after the other in the order of `Part`: what it leaves to be
done in the background must disturb as little as can be.
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the contenders are made from; `until`: how long what is started for them runs."""

    place: Ground
    programme: Programme
    supervisor: Supervisor | None
    plan: Plan
    until: AsyncExitStack

    @property
    def signer(self) -> Signer:
        """Speaks for candidates, as identity does."""
        return Signer.load(self.place.home.keys, SPEAKS_FOR_PEOPLE, SystemClock())

    def suite(self) -> Mapping[str, int]:
        """The suite's processes."""
        running = self.supervisor.supervised if self.supervisor else []
        return {one.process.name: one.child.pid for one in running if one.child}

    def url(self, process: str) -> str:
        """Where a process of the suite answers."""
        return f"http://127.0.0.1:{self.place.ports.of(process).port}"


async def run(plan: Plan, parts: Sequence[Part], console: Console) -> Results:
    """Starts what is needed, lets the parts compete and stops everything.

    Raises what a suite raises when it cannot start, WrongAnswer and Deviation.
    """
    clock = SystemClock()
    async with ground() as place, AsyncExitStack() as until:
        suite = Suite(place.home, place.ports, console, database_url=place.suite_url)
        suite.say("PostgreSQL runs, for the suite and the baselines alike")
        supervisor = await until.enter_async_context(suite.running()) if OF_SUITE & set(parts) else None
        programme = await programme_in(place.suite_url) if supervisor else programme_without_suite(clock.now())
        setting = Setting(place, programme, supervisor, plan, until)
        contenders = await _prepared(setting, [part for part in parts if part not in AT_THE_END], suite.say)
        last = await _prepared(setting, [part for part in parts if part in AT_THE_END], suite.say)
        await place.checkpoint()
        figures = await compete(contenders, plan, place.postgres, suite.say)
        for contender in last:
            figures += await compete([contender], replace(plan, rounds=1), place.postgres, suite.say)
        compared = ratios(figures, SUITE, [*MONOLITHS.values(), RAW], GENERATOR)
        compared += ratios(figures, MANY_LIVE, [FEW_LIVE], GENERATOR)
        return Results(await describe(place.server.url(database="postgres"), clock.now()), plan, figures, compared)


async def _prepared(setting: Setting, parts: Sequence[Part], say: Callable[[str], None]) -> list[Contender]:
    contenders = [contender for part in parts for contender in await MAKERS[part](setting)]
    for contender in contenders:
        say(f"preparing {contender.title}")
        await contender.prepare(setting.plan)
    return contenders


async def _checkouts(setting: Setting) -> list[Contender]:
    place = setting.place
    shop = Shop(SUITE, place.ports.of("gateway").port, setting.suite, place.suite_url, seed_enrollment, PAYMENT_ORDERS)
    return [HttpCheckouts(shop, setting.programme, setting.signer)]


async def _monoliths(setting: Setting) -> list[Contender]:
    place = setting.place
    owner_url = await place.create(monolith.DATABASE)
    await make_tables(monolith.async_url(owner_url), setting.programme)
    key = place.home.keys / f"{SPEAKS_FOR_PEOPLE}.pub.pem"
    found: list[Contender] = []
    for workers, title in MONOLITHS.items():
        port, log = place.port(workers), place.home.logs / "monolith.log"
        pid = await setting.until.enter_async_context(monolith.monolith(owner_url, key, port, workers, log))
        processes = partial(dict[str, int], monolith=pid)
        shop = Shop(title, port, processes, owner_url, seed_monolith, monolith.ORDERS)
        found.append(HttpCheckouts(shop, setting.programme, setting.signer))
    return found


async def _raw(setting: Setting) -> list[Contender]:
    owner_url = await setting.place.create(RAW_DATABASE, ("enrollment", "payment"))
    statements = raw(RAW, owner_url, setting.programme, setting.plan.connections)
    return [await setting.until.enter_async_context(statements)]


async def _journeys(setting: Setting) -> list[Contender]:
    return [Journeys(JOURNEYS, setting.url("gateway"), setting.url("sandbox"), setting.suite)]


async def _notifications(setting: Setting) -> list[Contender]:
    place = setting.place
    key = place.home.keys / "sandbox" / "platform.pem"
    platform = Platform(place.ports.of("gateway").port, place.suite_url, setting.programme, key)
    return [
        Notifications("notifications answered", platform, setting.suite),
        Effects("notifications in effect", platform, setting.suite),
        Replays("notifications again", platform, setting.suite),
    ]


async def _refunds(setting: Setting) -> list[Contender]:
    place = setting.place
    return [Refunds("refunds", place.home, setting.url("sandbox"), place.suite_url, setting.suite)]


async def _import(setting: Setting) -> list[Contender]:
    account = setting.place.home.known_accounts()["operator"]
    return [Importing(IMPORT, setting.url("gateway"), account, setting.suite)]


async def _reconciling(setting: Setting) -> list[Contender]:
    owner_url = await setting.place.create(BILLS_DATABASE, ("payment",))
    return [Reconciling(RECONCILING, owner_url, setting.place.home.keys, setting.until)]


async def _selecting(setting: Setting) -> list[Contender]:
    place = setting.place
    found: list[Contender] = []
    for title, live in LIVE.items():
        owner_url = await place.create(f"bench_selecting_{live}", ("enrollment",))
        found.append(Selecting(title, owner_url, live, place.home.keys, setting.until))
    return found


async def _pages(setting: Setting) -> list[Contender]:
    return [Pages("first content, slow phone", setting.url("gateway"), setting.suite)]


MAKERS: Final[Mapping[Part, Callable[[Setting], Awaitable[list[Contender]]]]] = {
    Part.CHECKOUTS: _checkouts,
    Part.MONOLITH: _monoliths,
    Part.RAW: _raw,
    Part.JOURNEYS: _journeys,
    Part.RECONCILING: _reconciling,
    Part.SELECTING: _selecting,
    Part.PAGES: _pages,
    Part.NOTIFICATIONS: _notifications,
    Part.REFUNDS: _refunds,
    Part.IMPORT: _import,
}
