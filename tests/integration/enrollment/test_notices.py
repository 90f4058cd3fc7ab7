"""Candidates are told when somebody else's decision touches what they selected (EN-6, PA-12)."""

import pytest
from zikao.enrollment.v1.events_pb2 import CandidateNotified

from chassis.postgres.database import Database
from services.enrollment.domain.practice import sitting_at
from services.enrollment.ports import Ports
from services.enrollment.usecases import closing, practice
from tests.integration.enrollment.stage import (
    SESSION,
    STAFF_APPRAISAL,
    STAFF_LABORATORY,
    STAFF_MANAGEMENT,
    STAFF_SELECTION,
    STAFF_UNIVERSITY,
    select,
)
from tests.integration.enrollment.test_practice import OPERATOR, at

ROWS = "SELECT payload FROM outbox WHERE destination = 'identity' AND aggregate_id = $1 AND type = $2 ORDER BY seq"
TIME = at(24, "09:00", "10:00")


async def told(db: Database, candidate_id: str) -> list[CandidateNotified]:
    rows = await db.driver.fetch(ROWS, candidate_id, CandidateNotified.DESCRIPTOR.full_name)
    return [CandidateNotified.FromString(row["payload"]) for row in rows]


async def set_time(ports: Ports, *time) -> None:
    start, end = time or (None, None)
    wanted = sitting_at(SESSION, STAFF_UNIVERSITY, STAFF_LABORATORY, start, end)
    await practice.set_time(wanted, OPERATOR, ports)


@pytest.fixture
def somebody(ready_candidate):
    return lambda: ready_candidate((STAFF_UNIVERSITY, STAFF_MANAGEMENT))


async def test_who_collides_is_told_and_so_is_who_has_the_time(somebody, ports, db) -> None:  # EN-6
    await set_time(ports)
    busy, free, stranger = await somebody(), await somebody(), await somebody()
    await select(busy, STAFF_SELECTION, ports)
    for one in (busy, free):
        await select(one, STAFF_LABORATORY, ports)
    await set_time(ports, *TIME)
    await set_time(ports, *TIME)  # the same time again tells nobody
    (collides,), (fits,) = await told(db, busy.candidate_id), await told(db, free.candidate_id)
    assert (collides.about, fits.about) == (
        CandidateNotified.PRACTICE_TIME_COLLIDES,
        CandidateNotified.PRACTICE_TIME_SET,
    )
    course = (await ports.catalogues.latest()).courses[STAFF_LABORATORY]
    assert (collides.course_name, collides.session_id) == (course.name, SESSION)
    assert collides.start_time.ToSeconds() == TIME[0].timestamp()
    assert await told(db, stranger.candidate_id) == []


async def test_who_loses_a_selection_to_a_cancellation_is_told_once(somebody, ports, db) -> None:  # PA-12
    await set_time(ports)
    chosen = await somebody()
    for code in (STAFF_SELECTION, STAFF_APPRAISAL, STAFF_LABORATORY):  # more than one batch of two
        await select(chosen, code, ports)
    for _ in range(2):
        await closing.cancel_session(SESSION, "台风", "", ports)
    (notice,) = await told(db, chosen.candidate_id)
    assert (notice.about, notice.session_id) == (CandidateNotified.SESSION_CANCELLED, SESSION)
