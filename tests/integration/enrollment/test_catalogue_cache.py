"""Reads at the rush: what is published costs no statement while it is unchanged, and an overview costs one (EN-11)."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from zikao.enrollment.v1 import catalogue_pb2
from zikao.enrollment.v1 import catalogue_service_pb2 as pb

from chassis.postgres.database import Database
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.catalogue import Text, TextKind
from services.enrollment.repository.candidate_session_state import CandidateSessionRepository
from services.enrollment.repository.catalogues.catalogue import CatalogueRepository
from services.enrollment.repository.catalogues.catalogue_cache import CatalogueCache
from services.enrollment.servicer.catalogue import CatalogueServicer
from services.enrollment.usecases import candidate_overview
from services.enrollment.usecases.administration import catalogue_changes
from tests.integration.enrollment.stand_ins import (
    AESTHETICS,
    ANCIENT_LITERATURE_1,
    CHINESE,
    NORMAL_UNIVERSITY,
    SESSION,
    select,
)

READS = [
    ("ListSchools", pb.ListSchoolsRequest()),
    ("ListMajors", pb.ListMajorsRequest()),
    ("ListMajors", pb.ListMajorsRequest(school_code=NORMAL_UNIVERSITY)),
    ("GetPlan", pb.GetPlanRequest(school_code=NORMAL_UNIVERSITY, major_code=CHINESE)),
    ("GetCourse", pb.GetCourseRequest(course_code=AESTHETICS)),
    ("ListDistricts", pb.ListDistrictsRequest()),
    ("ListSessions", pb.ListSessionsRequest()),
    ("GetSession", pb.GetSessionRequest(session_id=SESSION)),
    ("ListSittings", pb.ListSittingsRequest(session_id=SESSION)),
    ("ListSittings", pb.ListSittingsRequest(session_id=SESSION, school_code=NORMAL_UNIVERSITY, major_code=CHINESE)),
    ("GetText", pb.GetTextRequest(kind=catalogue_pb2.Text.INTEGRITY_PLEDGE)),
]
"""Every read that is open to anybody."""

TOUCHING = {"execute", "executemany", "fetch", "fetchrow", "fetchval", "acquire", "cursor", "copy_records_to_table"}


@dataclass
class CountingDriver:
    """The driver's pool, counting everything that goes to the database."""

    pool: Any
    count: int = 0
    away: bool = False

    def __getattr__(self, name: str) -> Any:
        if name in TOUCHING:
            self.count += 1
            if self.away:
                raise ConnectionRefusedError
        return getattr(self.pool, name)


@pytest.fixture
def driver(db: Database) -> CountingDriver:
    return CountingDriver(db.driver)


@pytest.fixture
def counted(deps: Dependencies, db: Database, driver: CountingDriver) -> Dependencies:
    """The deps of a process whose statements are counted."""
    counting = Database(db.schema, db.engine, driver)
    cache = CatalogueCache(CatalogueRepository(counting, deps.clock), deps.clock, timedelta(hours=1))
    return replace(deps, catalogue_cache=cache, candidate_sessions=CandidateSessionRepository(counting))


@pytest.fixture
def statements(db: Database, driver: CountingDriver) -> Callable[[], Any]:
    """Counts the statements of a block, on the driver and through SQLAlchemy."""

    @contextmanager
    def counting() -> Iterator[Callable[[], int]]:
        through_core: list[str] = []

        def note(_connection, _cursor, statement, *_rest) -> None:
            through_core.append(statement)

        before = driver.count
        event.listen(db.engine.sync_engine, "before_cursor_execute", note)
        try:
            yield lambda: driver.count - before + len(through_core)
        finally:
            event.remove(db.engine.sync_engine, "before_cursor_execute", note)

    return counting


async def read_all(servicer: CatalogueServicer) -> list[Any]:
    return list(await asyncio.gather(*(getattr(servicer, name)(request, None) for name, request in READS)))


async def test_the_first_read_loads_the_catalogue_and_the_rest_cost_nothing(counted, statements) -> None:
    servicer = CatalogueServicer(counted)
    with statements() as count:
        first = await read_all(servicer)
        assert count() > 0
    with statements() as count:
        assert await read_all(servicer) == first
        assert count() == 0


async def test_however_many_read_one_statement_a_second_asks_for_changes(counted, statements, clock) -> None:
    servicer = CatalogueServicer(counted)
    await read_all(servicer)
    clock.advance(timedelta(seconds=1))
    with statements() as count:
        await asyncio.gather(*(read_all(servicer) for _ in range(20)))
        assert count() == 1


async def test_the_catalogue_is_read_from_memory_while_the_database_is_away(  # GW-7, F-30
    counted, driver, clock
) -> None:
    servicer = CatalogueServicer(counted)
    before = await read_all(servicer)
    driver.away = True
    clock.advance(timedelta(minutes=59))
    for _ in range(3):
        assert await read_all(servicer) == before
    with pytest.raises(ConnectionRefusedError):
        await counted.catalogue_cache.latest()
    clock.advance(timedelta(minutes=2))
    with pytest.raises(ConnectionRefusedError):
        await read_all(servicer)
    driver.away = False
    assert await read_all(servicer) == before


async def test_while_the_database_is_away_it_is_asked_once_a_second_however_many_read(  # GW-7
    counted, driver, statements, clock
) -> None:
    servicer = CatalogueServicer(counted)
    await read_all(servicer)
    driver.away = True
    clock.advance(timedelta(seconds=1))
    with statements() as count:
        await asyncio.gather(*(read_all(servicer) for _ in range(20)))
        assert count() == 1


async def test_a_process_that_has_seen_no_catalogue_says_that_it_cannot(counted, driver) -> None:  # GW-7
    driver.away = True
    with pytest.raises(ConnectionRefusedError):
        await counted.catalogue_cache.current()


async def test_an_unchanged_answer_is_made_once(counted) -> None:
    servicer = CatalogueServicer(counted)
    request = pb.ListSittingsRequest(session_id=SESSION)
    assert await servicer.ListSittings(request, None) is await servicer.ListSittings(request, None)
    other = await servicer.ListSittings(pb.ListSittingsRequest(session_id=SESSION, date="2026-10-24"), None)
    assert 0 < len(other.sittings) < len((await servicer.ListSittings(request, None)).sittings)


async def test_a_change_shows_in_the_answer_and_its_etag(counted, deps) -> None:
    servicer = CatalogueServicer(counted)
    before = await servicer.ListSchools(pb.ListSchoolsRequest(), None)
    notice = Text(TextKind.SCHOOL_NOTICE, NORMAL_UNIVERSITY, 0, "须知", "", "新", "", deps.clock.now())
    await catalogue_changes.publish_text(deps, notice)
    await counted.catalogue_cache.latest()
    after = await servicer.ListSchools(pb.ListSchoolsRequest(), None)
    assert after.etag != before.etag


async def test_a_session_shows_its_state_by_the_clock_although_nothing_changed(counted, clock) -> None:  # F-15
    servicer = CatalogueServicer(counted)
    request = pb.GetSessionRequest(session_id=SESSION)
    session = (await counted.catalogue_cache.current()).sessions[SESSION]
    assert (await servicer.GetSession(request, None)).state == catalogue_pb2.ExamSession.OPEN
    clock.advance(session.registration_end - clock.now())
    assert (await servicer.GetSession(request, None)).state == catalogue_pb2.ExamSession.CLOSED
    listed = await servicer.ListSessions(pb.ListSessionsRequest(), None)
    assert {one.state for one in listed.sessions} == {catalogue_pb2.ExamSession.CLOSED}


async def test_the_overview_is_one_statement(counted, ready_candidate, deps, statements) -> None:  # EN-11
    candidate = await ready_candidate()
    for code in (ANCIENT_LITERATURE_1, AESTHETICS):
        await select(candidate, code, deps)
    await candidate_overview.get_overview(counted, candidate.candidate_id, SESSION)
    with statements() as count:
        shown = await candidate_overview.get_overview(counted, candidate.candidate_id, SESSION)
        assert count() == 1
    assert len(shown.held.selections) == 2
