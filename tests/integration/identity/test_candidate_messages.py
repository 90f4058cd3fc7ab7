"""What enrollment wants candidates to hear arrives at the verified phone, once (EN-6, F-13)."""

from datetime import UTC, datetime

from zikao.enrollment.v1.events_pb2 import CandidateNotified
from zikao.identity.v1 import resources_pb2

from chassis.ids import new_id
from chassis.postgres.database import Database
from tests.integration.identity import outbox_waits, people
from tests.integration.identity.test_reviewed_phone_changes import person
from tests.integration.identity.world import World


def notice(candidate_id: str, about: CandidateNotified.About.ValueType) -> CandidateNotified:
    event = CandidateNotified(candidate_id=candidate_id, about=about, session_id="2026-10", course_name="测试实验")
    event.start_time.FromDatetime(datetime(2026, 10, 24, 1, tzinfo=UTC))
    event.end_time.FromDatetime(datetime(2026, 10, 24, 2, tzinfo=UTC))
    return event


async def test_a_collision_is_told_to_the_verified_phone_once(world: World, db: Database) -> None:  # EN-6, F-13
    somebody, event_id = await person(world), new_id()
    event = notice(somebody.caller.candidate_id, CandidateNotified.PRACTICE_TIME_COLLIDES)
    for _ in range(2):
        assert await world.deliver(event, event_id=event_id, sender="enrollment")
        await outbox_waits.done(db, [somebody.caller.candidate_id])
    text = await world.outside.message(somebody.phone, 2)
    assert text.index("测试实验") < text.index("collides")  # Chinese first
    assert "2026-10-24 09:00" in text  # Shanghai time
    assert len([each for each in world.outside.messages if each["to"] == somebody.phone]) == 2  # with the code


async def test_who_has_verified_nothing_is_sent_nothing(world: World, db: Database) -> None:  # EN-6, ID-10
    nobody = await world.visitor.register()
    before = len(world.outside.messages)
    event = notice(nobody.candidate_id, CandidateNotified.PRACTICE_TIME_SET)
    assert await world.deliver(event, sender="enrollment")
    await outbox_waits.done(db, [nobody.candidate_id])
    assert len(world.outside.messages) == before


async def test_without_a_verified_phone_the_verified_address_is_written_to(world: World) -> None:  # EN-6, PA-12
    caller = await world.visitor.register()
    details, email = resources_pb2.Details(), f"{new_id()}@example.com"
    details.CopyFrom(people.DETAILS)
    details.email = email
    await caller("UpdateDetails", candidate_id="me", details=details)
    await caller("SendEmailCode", candidate_id="me")
    await caller("VerifyEmail", candidate_id="me", code=world.outside.last_code(email))
    event = CandidateNotified(
        candidate_id=caller.candidate_id, about=CandidateNotified.SESSION_CANCELLED, session_id="2026-10"
    )
    assert await world.deliver(event, sender="enrollment")
    text = await world.outside.message(email, 2)
    assert text.index("已取消") < text.index("is cancelled")
