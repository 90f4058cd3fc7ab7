"""What nobody needs any more is forgotten: expired recoveries, and images of phone changes that are over."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.clock import ManualClock
from chassis.ids import new_id
from chassis.media.blobs import SealedBlobs, open_store
from chassis.postgres.database import Database
from services.identity.repository import PostgresStore
from services.identity.usecases.housekeeping import KEPT_AFTER_END, Housekeeping
from tests.integration.identity import people
from tests.integration.identity.conftest import World
from tests.integration.identity.stores import cipher_of, store_of
from tests.integration.identity.test_phone_changes import decided, person, requested, state_of, submitted, uploaded
from tests.integration.identity.test_recoveries import asked

LONG = KEPT_AFTER_END + timedelta(days=2)


@pytest.fixture
async def store(world: World) -> AsyncIterator[PostgresStore]:
    async with store_of(world.config) as opened:
        yield opened


@pytest.fixture
def housekeeping(world: World, store: PostgresStore, clock: ManualClock) -> Housekeeping:
    blobs = SealedBlobs(open_store(world.config.blobs_url), cipher_of(world.config))
    return Housekeeping(store, blobs, world.config.phone_change.rules(), clock)


def images(world: World, phone_change_id: str) -> list[Path]:
    folder = Path(world.config.blobs_url.removeprefix("file://")) / "phone-changes" / phone_change_id
    return list(folder.glob("*"))


def keys(world: World) -> set[str]:
    """Of everything that is stored."""
    folder = Path(world.config.blobs_url.removeprefix("file://"))
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


async def test_images_go_when_a_change_is_over_and_the_request_stays(
    world: World, housekeeping: Housekeeping
) -> None:  # ID-11
    somebody = await person(world)
    change = await submitted(world, somebody.number, people.phone_number())
    nobodys = await submitted(world, people.resident_number(), people.phone_number())
    draft = await requested(world, somebody.number, people.phone_number())
    await uploaded(world, draft, "DOCUMENT_FRONT")
    await decided(world, change)
    await housekeeping.tidy()
    assert [len(images(world, one.phone_change_id)) for one in (change, nobodys, draft)] == [3, 3, 1]
    world.clock.advance(LONG)
    await housekeeping.tidy()
    assert [len(images(world, one.phone_change_id)) for one in (change, nobodys, draft)] == [0, 0, 0]
    kept = await world.visitor("GetPhoneChange", phone_change_id=change.phone_change_id)
    assert (state_of(kept), list(kept.proofs)) == ("EFFECTIVE", [])


async def test_images_under_review_stay_however_long_it_takes(world: World, housekeeping: Housekeeping) -> None:
    somebody = await person(world)
    change = await submitted(world, somebody.number, people.phone_number())
    world.clock.advance(LONG)
    await housekeeping.tidy()
    assert len(images(world, change.phone_change_id)) == 3


async def test_expired_recoveries_go(world: World, housekeeping: Housekeeping, db: Database) -> None:  # ID-4
    recovery = await asked(world.visitor, people.resident_number())
    world.clock.advance(LONG)
    await housekeeping.tidy()
    left = "SELECT count(*) FROM password_recoveries WHERE password_recovery_id = $1"
    assert await db.driver.fetchval(left, recovery.password_recovery_id) == 0


async def test_portraits_and_proofs_that_a_row_names_are_told_from_those_that_none_does(
    world: World, store: PostgresStore
) -> None:  # ID-6, ID-11
    somebody = await person(world)
    change = await submitted(world, somebody.number, people.phone_number())
    candidate = await world.visitor.register()
    await candidate.upload()
    named = keys(world)
    assert {key.split("/")[1] for key in named if key.startswith("phone-changes/")} == {change.phone_change_id}
    nobodys = {f"{candidate.candidate_id}/{new_id()}", f"phone-changes/{change.phone_change_id}/{'ab' * 32}"}
    strangers = {"readme.txt", f"phone-changes/{change.phone_change_id}"}
    assert await store.named(sorted(named | nobodys | strangers)) == named | strangers
