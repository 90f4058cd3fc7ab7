"""What enrollment erases of an account, and when it refuses to (ID-20)."""

import pytest
from sqlalchemy import text

from chassis.errors import Unauthenticated
from chassis.ids import new_id
from chassis.postgres.database import Database
from services.enrollment.domain.registrations import IdentityState, Standing
from services.enrollment.errors import OrderHeld, TicketNumberHeld
from services.enrollment.repository.personal_data.own_tables import OWN_TABLES
from services.enrollment.usecases import checkouts, registrations
from services.enrollment.usecases.personal_data import erase_candidate_data
from tests.integration.enrollment.stand_ins import (
    AESTHETICS,
    CHINESE,
    NORMAL_UNIVERSITY,
    SESSION,
    Candidate,
    prepare,
    select,
)


@pytest.fixture
async def unverified(deps, hear) -> Candidate:
    """A candidate whom nobody has verified, who has registered and selected."""
    candidate_id = new_id()
    await hear(Standing(candidate_id, 3, True, True, IdentityState.PENDING, "RESIDENT_CARD"))
    await registrations.register_for_major(deps, candidate_id, NORMAL_UNIVERSITY, CHINESE, "1")
    await prepare(candidate_id, deps)
    candidate = Candidate(candidate_id, await deps.registrations.list_registrations(candidate_id))
    await select(candidate, AESTHETICS, deps)
    return candidate


async def rows_of(db: Database, candidate_id: str) -> dict[str, int]:
    """How many rows of each table are the candidate's; tables without any are left out."""
    counts = {}
    for own in OWN_TABLES:
        found = await db.fetch(own.table.select().where(own.whose), {"owner_id": candidate_id})
        counts[own.table.name] = len(found)
    return {name: count for name, count in counts.items() if count}


async def test_all_but_an_ended_standing_goes_once_and_for_all(unverified, deps, hear, db: Database) -> None:  # ID-20
    candidate_id = unverified.candidate_id
    assert {"registrations", "selections", "participations"} <= (await rows_of(db, candidate_id)).keys()
    for _ in range(2):
        await erase_candidate_data(deps, candidate_id)
        assert await rows_of(db, candidate_id) == {"standings": 1}
    await hear(Standing(candidate_id, 4, True, True, IdentityState.VERIFIED, "RESIDENT_CARD"))
    assert await rows_of(db, candidate_id) == {"standings": 1}
    with pytest.raises(Unauthenticated):
        await registrations.register_for_major(deps, candidate_id, NORMAL_UNIVERSITY, CHINESE, "1")
    found = await db.fetch(text("SELECT 1 FROM outbox WHERE aggregate_id = :id"), {"id": candidate_id})
    assert not found


async def test_whoever_was_never_heard_of_can_begin_nothing_either(deps) -> None:  # ID-20
    candidate_id = new_id()
    await erase_candidate_data(deps, candidate_id)
    with pytest.raises(Unauthenticated):
        await registrations.register_for_major(deps, candidate_id, NORMAL_UNIVERSITY, CHINESE, "1")


async def test_a_rival_keeps_everything(unverified, deps, db: Database) -> None:  # ID-20
    before = await rows_of(db, unverified.candidate_id)
    await erase_candidate_data(deps, new_id())
    assert await rows_of(db, unverified.candidate_id) == before


async def test_a_student_is_not_erased_nor_whoever_has_an_order(candidate, deps, db: Database) -> None:  # ID-20
    await select(candidate, AESTHETICS, deps)
    before = await rows_of(db, candidate.candidate_id)
    with pytest.raises(TicketNumberHeld):
        await erase_candidate_data(deps, candidate.candidate_id)
    await checkouts.check_out(deps, candidate.candidate_id, SESSION, new_id())
    await db.execute(
        text("UPDATE registrations SET ticket_number = NULL WHERE candidate_id = :id"), {"id": candidate.candidate_id}
    )
    with pytest.raises(OrderHeld):
        await erase_candidate_data(deps, candidate.candidate_id)
    assert (await rows_of(db, candidate.candidate_id)).items() >= before.items()
