"""Enrollment on a real PostgreSQL, wired as the service is, with simple stand-ins for identity and payment."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.clock import ManualClock
from chassis.config import DatabaseConfig
from chassis.events.receiver import EventReceiver
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.security.tokens import ensure_keys
from chassis.service import Infrastructure, infrastructure
from services.enrollment import main
from services.enrollment.config import Config
from services.enrollment.consumers import event_receiver
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.imports.file_rows import CatalogueFile
from services.enrollment.domain.registrations import IdentityState, Standing
from services.enrollment.repository.selections import SelectionRepository
from services.enrollment.repository.session_end import SessionEndRepository
from services.enrollment.usecases import registrations
from services.enrollment.usecases.administration import catalogue_changes
from services.enrollment.usecases.ticket_numbers import keep_standing
from tests.integration.enrollment.stand_ins import (
    CATALOG,
    CHINESE,
    NORMAL_UNIVERSITY,
    SESSION,
    BookedOrders,
    Candidate,
    KnownStandings,
    RemovedIntents,
    prepare,
)

MOST_PROCESSES = 64
"""Of one test; they cost nothing until they are used."""


@pytest.fixture
def standings() -> KnownStandings:
    return KnownStandings()


@pytest.fixture
def orders() -> BookedOrders:
    return BookedOrders()


@pytest.fixture
def settled() -> RemovedIntents:
    """The noted intents that were carried out in line."""
    return RemovedIntents()


@pytest.fixture
def files() -> list[CatalogueFile]:
    return [CatalogueFile(path.name, path.read_bytes()) for path in sorted(CATALOG.glob("*.csv"))]


@pytest.fixture
async def infra(database_url: str, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Infrastructure]:
    ensure_keys(tmp_path / "keys")
    config = Config(database=DatabaseConfig(url=database_url), keys_dir=tmp_path / "keys")
    async with infrastructure(main.NAME, config, clock) as opened:
        yield opened


@pytest.fixture
async def make_deps(
    infra: Infrastructure, standings: KnownStandings, orders: BookedOrders, settled: RemovedIntents
) -> Callable[[], Dependencies]:
    """Gives what one process of enrollment works with: two of them share nothing but the database."""
    simple = {"identity": standings, "payment": orders, "session_end": SessionEndRepository(infra.db, batch=2)}

    async def process() -> Dependencies:
        selections = SelectionRepository(infra.db, infra.outbox_written, settled)
        return replace(await main.dependencies(Config(), infra), selections=selections, **simple)

    made = [await process() for _ in range(MOST_PROCESSES)]
    return iter(made).__next__


@pytest.fixture
async def deps(make_deps: Callable[[], Dependencies], files: list[CatalogueFile], clock: ManualClock) -> Dependencies:
    """What a process works with, over the demonstration catalogue, an hour after the window opened."""
    made = make_deps()
    outcome, catalogue = await catalogue_changes.import_catalogue(made, files, dry_run=False)
    assert not outcome.problems
    opening = catalogue.sessions[SESSION].registration_start
    if clock.now() < opening:
        clock.advance(opening + timedelta(hours=1) - clock.now())
    return made


@pytest.fixture
def hear(deps: Dependencies) -> Callable[[Standing], Awaitable[None]]:
    """Lets enrollment hear of a standing, as an event would."""

    async def heard(standing: Standing) -> None:
        async with deps.transactions.begin() as transaction:
            await keep_standing(deps, transaction, standing)

    return heard


@pytest.fixture
def ready_candidate(
    deps: Dependencies, hear: Callable[[Standing], Awaitable[None]]
) -> Callable[..., Awaitable[Candidate]]:
    """Makes a candidate to whom every gate is open, registered for the places named."""

    async def make(*places: tuple[str, str]) -> Candidate:
        candidate_id = new_id()
        await hear(Standing(candidate_id, 3, True, True, IdentityState.VERIFIED, "RESIDENT_CARD"))
        for school, major in places or [(NORMAL_UNIVERSITY, CHINESE)]:
            await registrations.register_for_major(deps, candidate_id, school, major, "1")
        await prepare(candidate_id, deps)
        return Candidate(candidate_id, await deps.registrations.list_registrations(candidate_id))

    return make


@pytest.fixture
async def candidate(ready_candidate: Callable[..., Awaitable[Candidate]]) -> Candidate:
    """A candidate of 汉语言文学 at 华东师范大学 to whom every gate is open."""
    return await ready_candidate()


@pytest.fixture
def receiver(deps: Dependencies, db: Database) -> EventReceiver:
    """Hears events as the running service does."""
    return event_receiver(deps, db)
