"""Announcements and answers to frequent questions: published, read by whom they are for, withdrawn (EN-17)."""

from datetime import timedelta

import pytest
from zikao.enrollment.v1 import announcement_service_pb2 as pb

from chassis.audit_log.notes import AuditFilter
from chassis.call_context import Call, in_call
from chassis.clock import ManualClock
from chassis.errors import NotFound
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.security.tokens import Access, Principal
from services.enrollment.dependencies import Dependencies
from services.enrollment.servicer.announcements import AnnouncementServicer
from tests.integration.enrollment.stand_ins import SESSION

OPERATOR = Principal(Access.OPERATOR, "an operator")
Audience = pb.Announcement.Audience


@pytest.fixture(autouse=True)
async def nothing_published(db: Database) -> None:
    await db.driver.execute("DELETE FROM announcements")


async def published(deps: Dependencies, title: str, audience: str = "EVERYBODY", session_id: str = "") -> str:
    announcement = pb.Announcement(
        kind="ANNOUNCEMENT", audience=audience, session_id=session_id, title_zh=title, body_zh="正文"
    )
    request = pb.CreateAnnouncementRequest(announcement=announcement)
    with in_call(Call("test", principal=OPERATOR)):
        return (await AnnouncementServicer(deps).CreateAnnouncement(request, None)).announcement_id


async def titles(deps: Dependencies, audience: str = "AUDIENCE_UNSPECIFIED", session_id: str = "") -> list[str]:
    request = pb.ListAnnouncementsRequest(audience=audience, session_id=session_id)
    answer = await AnnouncementServicer(deps).ListAnnouncements(request, None)
    return [one.title_zh for one in answer.announcements]


async def withdraw(deps: Dependencies, announcement_id: str) -> pb.Announcement:
    request = pb.WithdrawAnnouncementRequest(announcement_id=announcement_id)
    with in_call(Call("test", principal=OPERATOR)):
        return await AnnouncementServicer(deps).WithdrawAnnouncement(request, None)


async def test_everybody_reads_what_is_for_them_the_newest_first(
    deps: Dependencies, clock: ManualClock
) -> None:  # EN-17
    for wanted in (
        ("全体",),
        ("新生", "NEW_CANDIDATES"),
        ("在籍", "ENROLLED_CANDIDATES"),
        ("本考期", "EVERYBODY", SESSION),
        ("本考期新生", "NEW_CANDIDATES", SESSION),
    ):
        clock.advance(timedelta(seconds=1))
        await published(deps, *wanted)
    assert await titles(deps) == ["全体"]
    assert await titles(deps, "NEW_CANDIDATES") == ["新生", "全体"]
    assert await titles(deps, "ENROLLED_CANDIDATES", SESSION) == ["本考期", "在籍", "全体"]
    assert await titles(deps, "NEW_CANDIDATES", SESSION) == ["本考期新生", "本考期", "新生", "全体"]


async def test_what_was_withdrawn_is_read_by_operators_only(deps: Dependencies, clock: ManualClock) -> None:  # EN-17
    first = await published(deps, "先")
    clock.advance(timedelta(seconds=1))
    await published(deps, "后")
    gone = await withdraw(deps, first)
    clock.advance(timedelta(seconds=1))
    assert await withdraw(deps, first) == gone
    assert await titles(deps) == ["后"]
    request = pb.ListPublishedAnnouncementsRequest(page_size=1)
    newest = await AnnouncementServicer(deps).ListPublishedAnnouncements(request, None)
    rest = pb.ListPublishedAnnouncementsRequest(page_token=newest.next_page_token)
    answer = await AnnouncementServicer(deps).ListPublishedAnnouncements(rest, None)
    assert [one.title_zh for one in (*newest.announcements, *answer.announcements)] == ["后", "先"]
    assert answer.announcements[0].HasField("withdraw_time")


async def test_who_published_and_who_withdrew_is_on_record(deps: Dependencies) -> None:  # EN-17, RE-11
    announcement_id = await published(deps, "公告")
    await withdraw(deps, announcement_id)
    await withdraw(deps, announcement_id)
    entries = await deps.audit_log.list_entries(AuditFilter(announcement_id), since=None, after=0, size=10)
    assert sorted((entry.note.action.value, entry.note.actor.actor_id) for entry in entries) == [
        ("ANNOUNCEMENT_PUBLISHED", "an operator"),
        ("ANNOUNCEMENT_WITHDRAWN", "an operator"),
    ]


async def test_a_session_that_is_nowhere_and_an_announcement_that_never_was_are_not_found(deps: Dependencies) -> None:
    with pytest.raises(NotFound):
        await published(deps, "公告", session_id="1999-01")
    with pytest.raises(NotFound):
        await withdraw(deps, new_id())
