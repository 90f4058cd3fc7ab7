"""What can take part in a run, and the contenders of each part."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bench.contenders.bare_statements import BareStatements
from bench.contenders.bill_reconciliation import Reconciling
from bench.contenders.candidate_import import Importing
from bench.contenders.disabled_staff import DisabledStaff
from bench.contenders.first_paint import Pages
from bench.contenders.http_checkouts import HttpCheckouts, SuiteShop
from bench.contenders.http_selections import HttpSelections
from bench.contenders.payment_notifications import Effects, Notifications, NotifyingPlatform, Replays
from bench.contenders.selection_use_case import Selecting
from bench.contenders.session_refunds import Refunds
from bench.contenders.whole_journeys import Journeys
from bench.measurement.interleaving import Contender, Plan
from bench.measurement.report import Section
from bench.monolith import server as monolith
from bench.monolith.checkout_target import MonolithShop
from bench.monolith.invented_candidates import programme_at
from bench.monolith.seeding import make_tables
from bench.scenarios import open_order_pages, overload
from bench.seeding.suite_candidates import SuiteCandidates
from bench.suites.measured_suite import MeasuredSuite
from bench.suites.throwaway_postgres import ThrowawayPostgres
from chassis.clock import SystemClock
from chassis.security.tokens import SPEAKS_FOR_PEOPLE, Signer

Say = Callable[[str], None]

SUITE: Final = "Zikao"
STATEMENTS: Final = "statements"
MONOLITHS: Final = {1: "monolith", 2: "monolith ×2"}
FEW_LIVE, MANY_LIVE = "selecting beside 3,000", "selecting beside 300,000"
LIVE: Final = {FEW_LIVE: 3_000, MANY_LIVE: 300_000}
STATEMENTS_DATABASE: Final = "bench_statements"
BILLS_DATABASE: Final = "bench_bills"


class Part(StrEnum):
    """What can take part."""

    CHECKOUTS = "checkouts"
    MONOLITH = "monolith"
    RAW = "raw"
    SELECTIONS = "selections"
    JOURNEYS = "journeys"
    RECONCILING = "reconciling"
    SELECTING = "selecting"
    PAGES = "pages"
    NOTIFICATIONS = "notifications"
    REFUNDS = "refunds"
    IMPORT = "import"
    DISABLED = "disabled"
    OVERLOAD = "overload"
    STREAMS = "streams"


WITHOUT_SUITE: Final = frozenset({Part.MONOLITH, Part.RECONCILING})
AT_THE_END: Final = frozenset({Part.PAGES, Part.IMPORT, Part.NOTIFICATIONS, Part.REFUNDS, Part.DISABLED})
"""What warms up and takes one turn after all others, one after the other in the order of `Part`: what it leaves to be
done in the background must disturb as little as can be.
"""
BY_THEMSELVES: Final = frozenset({Part.OVERLOAD, Part.STREAMS})
"""What takes no turns with others, and comes after all of them."""
OF_ANY_COMMIT: Final = (Part.CHECKOUTS, Part.SELECTIONS, Part.NOTIFICATIONS, Part.JOURNEYS, Part.OVERLOAD)
"""What is driven over HTTP alone, so that another commit's suite can do it as well."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """A suite that takes part, and candidates for it."""

    suite: MeasuredSuite
    candidates: SuiteCandidates

    @classmethod
    def of(cls, suite: MeasuredSuite) -> "Entrant":
        return cls(suite, SuiteCandidates(suite))

    def called(self, what: str) -> str:
        """What a contender of this suite is called where there is another suite's beside it."""
        return f"{what}, {self.suite.name}"


@dataclass(frozen=True, slots=True)
class Setting:
    """What the contenders are made from; `until`: how long what is started for them runs; `running`: the suite of this
    commit, when any part needs one.
    """

    place: ThrowawayPostgres
    until: AsyncExitStack
    running: Entrant | None

    @property
    def entrant(self) -> Entrant:
        """The suite of this commit."""
        assert self.running is not None
        return self.running


def of_any_commit(part: Part, entrant: Entrant) -> Mapping[str, Contender]:
    """The contenders of one of OF_ANY_COMMIT for a suite, by what they are measured at."""
    platform = NotifyingPlatform(entrant.candidates)
    made: Mapping[Part, Mapping[str, Callable[[str], Contender]]] = {
        Part.CHECKOUTS: {"checkouts": lambda title: HttpCheckouts(title, SuiteShop(entrant.candidates))},
        Part.SELECTIONS: {"selections": lambda title: HttpSelections(title, entrant.candidates)},
        Part.JOURNEYS: {"journeys": lambda title: Journeys(title, entrant.suite)},
        Part.NOTIFICATIONS: {
            "notifications answered": lambda title: Notifications(title, platform),
            "notifications in effect": lambda title: Effects(title, platform),
        },
    }
    return {what: make(entrant.called(what)) for what, make in made[part].items()}


async def _checkouts(setting: Setting) -> list[Contender]:
    return [HttpCheckouts(SUITE, SuiteShop(setting.entrant.candidates))]


async def _selections(setting: Setting) -> list[Contender]:
    return [HttpSelections("selections", setting.entrant.candidates)]


async def _monoliths(setting: Setting) -> list[Contender]:
    place, clock = setting.place, SystemClock()
    programme = programme_at(clock.now())
    owner_url = await place.create(monolith.DATABASE)
    await make_tables(monolith.async_url(owner_url), programme)
    key = place.home.keys / f"{SPEAKS_FOR_PEOPLE}.pub.pem"
    signer = Signer.load(place.home.keys, SPEAKS_FOR_PEOPLE, clock)
    found: list[Contender] = []
    for workers, title in MONOLITHS.items():
        port, log = place.port(workers), place.home.logs / "monolith.log"
        pid = await setting.until.enter_async_context(monolith.monolith(owner_url, key, port, workers, log))
        found.append(HttpCheckouts(title, MonolithShop(pid, port, owner_url, programme, signer)))
    return found


async def _statements(setting: Setting) -> list[Contender]:
    owner_url = await setting.place.create(STATEMENTS_DATABASE, ("enrollment", "payment"))
    candidates = setting.entrant.candidates
    return [BareStatements(STATEMENTS, owner_url, setting.place, candidates, setting.until)]


async def _journeys(setting: Setting) -> list[Contender]:
    return [Journeys("journeys", setting.entrant.suite)]


async def _notifications(setting: Setting) -> list[Contender]:
    platform = NotifyingPlatform(setting.entrant.candidates)
    return [
        Notifications("notifications answered", platform),
        Effects("notifications in effect", platform),
        Replays("notifications again", platform),
    ]


async def _refunds(setting: Setting) -> list[Contender]:
    home = setting.place.home
    return [Refunds("refunds", home.known_accounts()["operator"], home.sandbox, setting.entrant.suite)]


async def _import(setting: Setting) -> list[Contender]:
    account = setting.place.home.known_accounts()["operator"]
    return [Importing("import", account, setting.entrant.suite)]


async def _disabled(setting: Setting) -> list[Contender]:
    account = setting.place.home.known_accounts()["operator"]
    return [DisabledStaff("disabled staff, refused elsewhere", account, setting.entrant.suite)]


async def _reconciling(setting: Setting) -> list[Contender]:
    owner_url = await setting.place.create(BILLS_DATABASE, ("payment",))
    return [Reconciling("reconciling", owner_url, setting.place.home.keys, setting.until)]


async def _selecting(setting: Setting) -> list[Contender]:
    place = setting.place
    found: list[Contender] = []
    for title, live in LIVE.items():
        owner_url = await place.create(f"bench_selecting_{live}", ("enrollment",))
        found.append(Selecting(title, owner_url, live, setting.entrant.candidates, setting.until))
    return found


async def _pages(setting: Setting) -> list[Contender]:
    return [Pages("first content, slow phone", setting.entrant.suite)]


async def overloaded(entrants: Iterable[Entrant], place: ThrowawayPostgres, plan: Plan, say: Say) -> Section:
    """Overload of one suite, or of several in turns."""
    contestants = [overload.Contestant(one.suite.name, one.candidates) for one in entrants]
    return await overload.measure(contestants, plan.rounds, say, place.checkpoint)


async def alone(part: Part, setting: Setting, plan: Plan, say: Say) -> Section:
    """What a part of BY_THEMSELVES shows."""
    if part is Part.OVERLOAD:
        return await overloaded([setting.entrant], setting.place, plan, say)
    candidates, postgres = setting.entrant.candidates, setting.place.postgres
    return await open_order_pages.measure(candidates, postgres, plan.streams, say)


MAKERS: Final[Mapping[Part, Callable[[Setting], Awaitable[list[Contender]]]]] = {
    Part.CHECKOUTS: _checkouts,
    Part.MONOLITH: _monoliths,
    Part.RAW: _statements,
    Part.SELECTIONS: _selections,
    Part.JOURNEYS: _journeys,
    Part.RECONCILING: _reconciling,
    Part.SELECTING: _selecting,
    Part.PAGES: _pages,
    Part.NOTIFICATIONS: _notifications,
    Part.REFUNDS: _refunds,
    Part.IMPORT: _import,
    Part.DISABLED: _disabled,
}
