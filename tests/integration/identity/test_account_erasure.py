"""An account is erased with all that identity holds, once enrollment lets it go (ID-20)."""

from datetime import timedelta

from chassis.postgres.database import Database
from services.enrollment.errors import OrderHeld, TicketNumberHeld
from services.identity.repository.personal_data.own_tables import OWN_TABLES
from tests.integration.identity import outbox_waits, people
from tests.integration.identity.callers import Caller
from tests.integration.identity.test_recent_proofs import messages_to, verify_phone
from tests.integration.identity.world import World
from tests.support.kept_images import kept_images
from tests.support.refusals import refusal_of

LATER = timedelta(minutes=6)


async def rows_of(db: Database, candidate_id: str) -> set[str]:
    """The tables that have rows of the candidate."""
    found = {
        own.table.name: await db.fetch(own.table.select().where(own.whose), {"owner_id": candidate_id})
        for own in OWN_TABLES
    }
    return {name for name, rows in found.items() if rows}


async def erase(caller: Caller) -> object:
    return await caller("EraseAccount", candidate_id="me")


async def test_an_account_goes_with_everything_and_whoever_was_on_record_is_told(
    world: World, db: Database
) -> None:  # ID-20, ID-17
    number, phone = people.resident_number(), people.phone_number()
    owner, other = await world.visitor.register(number), await world.visitor.register()
    await verify_phone(world, owner, phone)
    await owner.upload()
    before = await kept_images(world.deps.blobs)
    assert before
    erasure = await erase(owner)
    assert erasure.HasField("erase_time")
    assert await rows_of(db, owner.subject_id) == {"login_sessions", "account_erasures"}
    assert not await kept_images(world.deps.blobs) & before
    await outbox_waits.done(db, [owner.subject_id])
    assert "注销" in messages_to(world, phone)[-1]
    assert world.neighbours.erased == [owner.subject_id] * 4, "enrollment before and after, payment and review"
    assert (await refusal_of(owner("GetCandidate", candidate_id="me"))).reason == "UNAUTHENTICATED"
    assert (await refusal_of(world.visitor.log_in(number, people.PASSWORD))).reason == "WRONG_CREDENTIALS"
    assert "candidates" in await rows_of(db, other.subject_id)
    (shown,) = (await (await world.operator())("ListAccountErasures", page_size=1)).erasures
    assert (shown.candidate_id, shown.HasField("review_time")) == (owner.subject_id, True)


async def test_the_owner_is_proven_first(world: World) -> None:  # ID-17, ID-20
    owner = await world.visitor.register()
    world.clock.advance(LATER)
    assert (await refusal_of(erase(owner))).reason == "RECENT_PROOF_REQUIRED"
    assert world.neighbours.erased == []


async def test_what_enrollment_must_keep_keeps_the_account(world: World, db: Database) -> None:  # ID-20
    owner = await world.visitor.register()
    for refusal in (TicketNumberHeld(), OrderHeld()):
        world.neighbours.holds = refusal
        assert (await refusal_of(erase(owner))).reason == refusal.reason
    assert "account_erasures" not in await rows_of(db, owner.subject_id)
    assert (await owner("GetCandidate", candidate_id="me")).candidate_id == owner.subject_id


async def test_an_erasure_that_has_begun_is_seen_through(world: World, db: Database) -> None:  # ID-20
    owner, world.neighbours.away = await world.visitor.register(), True
    assert not (await erase(owner)).HasField("erase_time")
    world.neighbours.away = False
    world.clock.advance(timedelta(minutes=1))
    await outbox_waits.done(db, [owner.subject_id])
    assert await rows_of(db, owner.subject_id) == {"login_sessions", "account_erasures"}
