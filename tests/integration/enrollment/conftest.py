"""Enrollment on a real PostgreSQL, with simple stand-ins for identity and payment."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

import pytest

from chassis.clock import ManualClock
from chassis.events.receiver import EventReceiver
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.process.thread_pool import ThreadPool
from services.enrollment.adapters import HighsPlanner, XlsxSheets
from services.enrollment.consumers import Consumers
from services.enrollment.domain.importing import CatalogueFile
from services.enrollment.domain.registration import IdentityState, Standing, TicketNumbers
from services.enrollment.ports import Ports
from services.enrollment.repository import (
    CatalogueCache,
    CatalogueRepository,
    ChangesInTransaction,
    ClosingRepository,
    DeskRepository,
    ParticipationRepository,
    PracticeRepository,
    RegistrationRepository,
    RosterRepository,
    SelectionRepository,
    unit_of_work,
)
from services.enrollment.usecases import catalogue as operating
from services.enrollment.usecases import registering
from services.enrollment.usecases.standing import hear_standing
from tests.integration.enrollment.stage import (
    CATALOG,
    CHINESE,
    NORMAL_UNIVERSITY,
    SESSION,
    BookedOrders,
    Candidate,
    KnownStandings,
    prepare,
)


@pytest.fixture
def standings() -> KnownStandings:
    return KnownStandings()


@pytest.fixture
def orders() -> BookedOrders:
    return BookedOrders()


@pytest.fixture
def settled() -> list[str]:
    """The noted intents that were carried out in line."""
    return []


@pytest.fixture
def files() -> list[CatalogueFile]:
    return [CatalogueFile(path.name, path.read_bytes()) for path in sorted(CATALOG.glob("*.csv"))]


@pytest.fixture
def workshop() -> Iterator[ThreadPool]:
    with ThreadPool("work", most_waiting=8) as opened:
        yield opened


@pytest.fixture
def make_ports(
    db: Database,
    clock: ManualClock,
    standings: KnownStandings,
    orders: BookedOrders,
    settled: list[str],
    workshop: ThreadPool,
) -> Callable[[], Ports]:
    """Makes what one process of enrollment works with: two of them share nothing but the database."""

    def make() -> Ports:
        repository = CatalogueRepository(db, clock)
        return Ports(
            clock=clock,
            tickets=TicketNumbers("026", 9),
            catalogues=CatalogueCache(repository, clock),
            catalogue_store=repository,
            desks=DeskRepository(db),
            selections=SelectionRepository(db, wake=lambda: None, settle=settled.append),
            participations=ParticipationRepository(db),
            registrations=RegistrationRepository(db),
            begin=unit_of_work(db, clock, wake=lambda: None),
            standings=standings,
            orders=orders,
            practice=PracticeRepository(db),
            closing=ClosingRepository(db, batch=2),
            rosters=RosterRepository(db),
            planner=HighsPlanner(workshop),
            sheets=XlsxSheets(workshop),
        )

    return make


@pytest.fixture
async def ports(make_ports: Callable[[], Ports], files: list[CatalogueFile], clock: ManualClock) -> Ports:
    """The ports over the demonstration catalogue, an hour after the window opened."""
    made = make_ports()
    outcome, catalogue = await operating.import_catalogue(files, made, dry_run=False)
    assert not outcome.problems
    opening = catalogue.sessions[SESSION].registration_start
    if clock.now() < opening:
        clock.advance(opening + timedelta(hours=1) - clock.now())
    return made


@pytest.fixture
def hear(ports: Ports) -> Callable[[Standing], Awaitable[None]]:
    """Lets enrollment hear of a standing, as an event would."""

    async def heard(standing: Standing) -> None:
        async with ports.begin() as changes:
            await hear_standing(standing, changes, ports.tickets)

    return heard


@pytest.fixture
def ready_candidate(ports: Ports, hear: Callable[[Standing], Awaitable[None]]) -> Callable[..., Awaitable[Candidate]]:
    """Makes a candidate to whom every gate is open, registered for the places named."""

    async def make(*places: tuple[str, str]) -> Candidate:
        candidate_id = new_id()
        await hear(Standing(candidate_id, 3, True, True, IdentityState.VERIFIED, "RESIDENT_CARD"))
        for school, major in places or [(NORMAL_UNIVERSITY, CHINESE)]:
            await registering.register(candidate_id, school, major, "1", ports)
        await prepare(candidate_id, ports)
        return Candidate(candidate_id, await ports.registrations.of(candidate_id))

    return make


@pytest.fixture
async def candidate(ready_candidate: Callable[..., Awaitable[Candidate]]) -> Candidate:
    """A candidate of 汉语言文学 at 华东师范大学 to whom every gate is open."""
    return await ready_candidate()


@pytest.fixture
def receiver(ports, db, clock) -> EventReceiver:
    """Hears events as the running service does."""
    consumers = Consumers(ports, lambda transaction: ChangesInTransaction(transaction, clock))
    return EventReceiver(consumers.handlers(), db, clock, together=consumers.together())
