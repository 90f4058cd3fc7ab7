"""What nobody needs any more is removed: expired recoveries, and images of phone changes that are over."""

from datetime import timedelta
from pathlib import Path

from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from services.identity.jobs.expired_records import KEPT_AFTER_END, NAME
from services.identity.jobs.orphan_images import named_image_keys
from tests.integration.identity import people
from tests.integration.identity.test_password_recoveries import asked
from tests.integration.identity.test_reviewed_phone_changes import (
    decided,
    person,
    requested,
    state_of,
    submitted,
    uploaded,
)
from tests.integration.identity.world import World

LONG = KEPT_AFTER_END + timedelta(days=2)


async def remove_expired_records(world: World) -> None:
    """One round of the job, which must not fail."""
    await world.service.job(NAME).work()


def images(world: World, phone_change_id: str) -> list[Path]:
    folder = Path(world.config.blobs_url.removeprefix("file://")) / "phone-changes" / phone_change_id
    return list(folder.glob("*"))


def keys(world: World) -> set[str]:
    """Of everything that is stored."""
    folder = Path(world.config.blobs_url.removeprefix("file://"))
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


async def test_images_go_when_a_change_is_over_and_the_request_stays(world: World) -> None:  # ID-11
    somebody = await person(world)
    change = await submitted(world, somebody.number, people.phone_number())
    nobodys = await submitted(world, people.resident_number(), people.phone_number())
    draft = await requested(world, somebody.number, people.phone_number())
    await uploaded(world, draft, "DOCUMENT_FRONT")
    await decided(world, change)
    await remove_expired_records(world)
    assert [len(images(world, one.phone_change_id)) for one in (change, nobodys, draft)] == [3, 3, 1]
    world.clock.advance(LONG)
    await remove_expired_records(world)
    assert [len(images(world, one.phone_change_id)) for one in (change, nobodys, draft)] == [0, 0, 0]
    kept = await world.visitor("GetPhoneChange", phone_change_id=change.phone_change_id)
    assert (state_of(kept), list(kept.proofs)) == ("EFFECTIVE", [])


async def test_images_under_review_stay_however_long_it_takes(world: World) -> None:
    somebody = await person(world)
    change = await submitted(world, somebody.number, people.phone_number())
    world.clock.advance(LONG)
    await remove_expired_records(world)
    assert len(images(world, change.phone_change_id)) == 3


async def test_expired_recoveries_go(world: World, db: Database) -> None:  # ID-4
    recovery = await asked(world.visitor, people.resident_number())
    world.clock.advance(LONG)
    await remove_expired_records(world)
    left = sql("SELECT count(*) FROM password_recoveries WHERE password_recovery_id = :recovery_id")
    assert await db.hot.fetch_value(left, recovery_id=recovery.password_recovery_id) == 0


async def test_portraits_and_proofs_that_a_row_names_are_told_from_those_that_none_does(
    world: World,
) -> None:  # ID-6, ID-11
    somebody = await person(world)
    change = await submitted(world, somebody.number, people.phone_number())
    candidate = await world.visitor.register()
    await candidate.upload()
    named = keys(world)
    assert {key.split("/")[1] for key in named if key.startswith("phone-changes/")} == {change.phone_change_id}
    nobodys = {f"{candidate.candidate_id}/{new_id()}", f"phone-changes/{change.phone_change_id}/{'ab' * 32}"}
    strangers = {"readme.txt", f"phone-changes/{change.phone_change_id}"}
    assert await named_image_keys(world.deps, sorted(named | nobodys | strangers)) == named | strangers
