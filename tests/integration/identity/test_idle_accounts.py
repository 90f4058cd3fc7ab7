"""Accounts that nobody verified and nobody uses go after 30 days (ID-20)."""

from datetime import timedelta

from chassis.postgres.database import Database
from services.enrollment.errors import OrderHeld
from services.identity.domain.personal_data.account_erasures import ErasureCause
from services.identity.usecases.personal_data.idle_accounts import erase_idle_accounts
from tests.integration.identity import people
from tests.integration.identity.test_account_erasure import rows_of
from tests.integration.identity.test_login_sessions import enrolled
from tests.integration.identity.world import World

KEPT = timedelta(days=30)


async def test_an_account_that_nobody_uses_goes_and_one_that_is_used_or_verified_stays(
    world: World, db: Database
) -> None:  # ID-20
    number = people.resident_number()
    idle, used = await world.visitor.register(), await world.visitor.register(number)
    verified = await enrolled(world, people.resident_number())
    world.clock.advance(KEPT - timedelta(hours=1))
    await world.visitor.log_in(number, people.PASSWORD)
    assert await erase_idle_accounts(world.deps) == 0
    world.clock.advance(timedelta(hours=2))
    assert await erase_idle_accounts(world.deps) == 1
    assert "candidates" not in await rows_of(db, idle.subject_id)
    for kept in (used.subject_id, verified):
        assert "candidates" in await rows_of(db, kept)
    erasure = await world.deps.account_erasures.find_erasure(idle.subject_id)
    assert erasure is not None
    assert erasure.cause is ErasureCause.IDLE


async def test_what_enrollment_must_keep_stays_and_holds_up_nobody(world: World, db: Database) -> None:  # ID-20
    idle = await world.visitor.register()
    world.clock.advance(KEPT + timedelta(hours=1))
    world.neighbours.holds = OrderHeld()
    assert await erase_idle_accounts(world.deps) == 0
    assert "candidates" in await rows_of(db, idle.subject_id)
    world.neighbours.holds = None
    assert await erase_idle_accounts(world.deps) >= 1
