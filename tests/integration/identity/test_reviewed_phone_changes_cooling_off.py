"""A phone change that waits before it takes effect, so that the account's owner can stop it (ID-11)."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from chassis.errors import Contention
from chassis.postgres.database import Database
from services.identity.config import Config
from services.identity.domain.candidates import with_phone
from services.identity.domain.reviewed_phone_changes import PhoneChangeRules
from services.identity.usecases.reviewed_phone_changes import settle_phone_change
from tests.integration.identity import outbox_waits, people
from tests.integration.identity.replicas import replica_of
from tests.integration.identity.test_contact_verification import code_sent
from tests.integration.identity.test_reviewed_phone_changes import decided, person, read, state_of, submitted
from tests.integration.identity.world import World
from tests.support.postgres_locks import wait_until_somebody_waits

DAY = timedelta(hours=24)


@pytest.fixture
def config(config: Config) -> Config:
    """A day of cooling off."""
    return config.model_copy(update={"phone_change": PhoneChangeRules(cooling_off=DAY)})


async def test_both_phones_hear_of_it_before_it_takes_effect_and_after(world: World, db: Database) -> None:  # ID-11
    somebody, new = await person(world), people.phone_number()
    change = await submitted(world, somebody.number, new)
    await decided(world, change)
    waiting = await read(world, change)
    assert state_of(waiting) == "APPROVED"
    assert waiting.effective_time.ToDatetime() == (world.clock.now() + DAY).replace(tzinfo=None)
    assert "2026-09-02 09:00" in await world.outside.message(somebody.phone, 2)
    assert (await somebody.caller.account()).phone == f"+86{somebody.phone}"
    world.clock.advance(DAY)
    await outbox_waits.done(db, [change.phone_change_id])
    assert state_of(await read(world, change)) == "EFFECTIVE"
    assert new[-4:] in await world.outside.message(somebody.phone, 3)
    again = await world.visitor.log_in(somebody.number, people.PASSWORD)
    assert (await again.account()).phone == f"+86{new}"


async def test_the_owner_stops_it_by_verifying_a_phone(world: World, db: Database) -> None:  # ID-11
    somebody = await person(world)
    change = await submitted(world, somebody.number, people.phone_number())
    await decided(world, change)
    world.clock.advance(timedelta(hours=1))
    awake = await world.visitor.log_in(somebody.number, people.PASSWORD)
    await awake("VerifyPhone", candidate_id="me", code=await code_sent(world, awake, somebody.phone))
    world.clock.advance(DAY)
    await outbox_waits.done(db, [change.phone_change_id])
    stopped = await read(world, change)
    assert (state_of(stopped), bool(stopped.rejection_note)) == ("REJECTED", True)
    again = await world.visitor.log_in(somebody.number, people.PASSWORD)
    assert (await again.account()).phone == f"+86{somebody.phone}"


async def test_of_the_owners_own_verification_and_the_change_at_once_none_is_lost(
    world: World, db: Database
) -> None:  # ID-11
    somebody, new = await person(world), people.phone_number()
    change = await submitted(world, somebody.number, new)
    await decided(world, change)
    moved = world.clock.now() + DAY
    async with replica_of(world.deps) as owners, replica_of(world.deps) as replica:
        async with owners.transaction() as together:
            account = await together.candidates.get_candidate(somebody.caller.candidate_id)
            assert await together.candidates.replace_candidate(account, with_phone(account, account.phone, at=moved))
            world.clock.advance(DAY)
            late = asyncio.create_task(settle_phone_change(replica, change.phone_change_id))
            await wait_until_somebody_waits(db)
        with suppress(Contention):
            await late
    world.clock.advance(timedelta(minutes=1))
    await outbox_waits.done(db, [change.phone_change_id])
    assert state_of(await read(world, change)) == "REJECTED"
