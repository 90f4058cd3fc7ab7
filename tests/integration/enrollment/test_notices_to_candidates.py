"""Candidates are told when somebody else's decision touches what they selected (EN-6, PA-12)."""

import pytest
from zikao.enrollment.v1.events_pb2 import CandidateNotified

from chassis.postgres.database import Database
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.practice_sittings import sitting_at
from services.enrollment.usecases import practice_administration
from services.enrollment.usecases.administration import session_end
from tests.integration.enrollment.stand_ins import (
    SESSION,
    STAFF_APPRAISAL,
    STAFF_LABORATORY,
    STAFF_MANAGEMENT,
    STAFF_SELECTION,
    STAFF_UNIVERSITY,
    select,
)
from tests.integration.enrollment.test_practice_courses import OPERATOR, at

ROWS = "SELECT payload FROM outbox WHERE destination = 'identity' AND aggregate_id = $1 AND type = $2 ORDER BY seq"
TIME = at(24, "09:00", "10:00")


async def told(db: Database, candidate_id: str) -> list[CandidateNotified]:
    rows = await db.driver.fetch(ROWS, candidate_id, CandidateNotified.DESCRIPTOR.full_name)
    return [CandidateNotified.FromString(row["payload"]) for row in rows]


async def set_time(deps: Dependencies, *time) -> None:
    start, end = time or (None, None)
    wanted = sitting_at(SESSION, STAFF_UNIVERSITY, STAFF_LABORATORY, start, end)
    await practice_administration.set_practice_time(deps, wanted, OPERATOR)


@pytest.fixture
def somebody(ready_candidate):
    return lambda: ready_candidate((STAFF_UNIVERSITY, STAFF_MANAGEMENT))


async def test_who_collides_is_told_and_so_is_who_has_the_time(somebody, deps, db) -> None:  # EN-6
    await set_time(deps)
    busy, free, stranger = await somebody(), await somebody(), await somebody()
    await select(busy, STAFF_SELECTION, deps)
    for one in (busy, free):
        await select(one, STAFF_LABORATORY, deps)
    await set_time(deps, *TIME)
    await set_time(deps, *TIME)  # the same time again tells nobody
    (collides,), (fits,) = await told(db, busy.candidate_id), await told(db, free.candidate_id)
    assert (collides.about, fits.about) == (
        CandidateNotified.PRACTICE_TIME_COLLIDES,
        CandidateNotified.PRACTICE_TIME_SET,
    )
    course = (await deps.catalogue_cache.latest()).courses[STAFF_LABORATORY]
    assert (collides.course_name, collides.session_id) == (course.name, SESSION)
    assert collides.start_time.ToSeconds() == TIME[0].timestamp()
    assert await told(db, stranger.candidate_id) == []


async def test_who_loses_a_selection_to_a_cancellation_is_told_once(somebody, deps, db) -> None:  # PA-12
    await set_time(deps)
    chosen = await somebody()
    for code in (STAFF_SELECTION, STAFF_APPRAISAL, STAFF_LABORATORY):  # more than one batch of two
        await select(chosen, code, deps)
    for _ in range(2):
        await session_end.cancel_session(deps, SESSION, "台风", "")
    (notice,) = await told(db, chosen.candidate_id)
    assert (notice.about, notice.session_id) == (CandidateNotified.SESSION_CANCELLED, SESSION)
