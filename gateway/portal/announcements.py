"""Announcements and answers to frequent questions, before and after login (EN-17)."""

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import announcement_service_pb2
from zikao.identity.v1 import resources_pb2

from chassis.errors import Refusal
from chassis.security.tokens import Access
from gateway.portal.enrollment.current_session import exam_sessions
from gateway.portal.own_candidate import own_candidate
from gateway.web.page_request import Page

Announcement = announcement_service_pb2.Announcement

SHOWN_ON_OTHER_PAGES: Final = 3


async def show(page: Page) -> Response:
    """All that is in force for the visitor: announcements, then questions."""
    candidate = await own_candidate(page) if page.visitor.kind is Access.CANDIDATE else None
    found = await _announcements_for(page, candidate, await _session_id(page))
    return page.render(
        "portal/announcements.html",
        announcements=_of(found, Announcement.ANNOUNCEMENT),
        questions=_of(found, Announcement.QUESTION),
    )


async def newest_announcements(
    page: Page, candidate: resources_pb2.Candidate | None = None, session_id: str = ""
) -> Sequence[Announcement]:
    """The newest few, for a page that is about something else; none where they cannot be had now."""
    try:
        found = await _announcements_for(page, candidate, session_id or await _session_id(page))
    except Refusal:
        return ()
    return _of(found, Announcement.ANNOUNCEMENT)[:SHOWN_ON_OTHER_PAGES]


async def _announcements_for(
    page: Page, candidate: resources_pb2.Candidate | None, session_id: str
) -> Sequence[Announcement]:
    """What is in force for a candidate, or for somebody who is none, and for a session."""
    audience = Announcement.EVERYBODY
    if candidate is not None:
        audience = Announcement.ENROLLED_CANDIDATES if candidate.enrolled else Announcement.NEW_CANDIDATES
    request = announcement_service_pb2.ListAnnouncementsRequest(audience=audience, session_id=session_id)
    return (await page.ask(request)).announcements


async def _session_id(page: Page) -> str:
    """The session that is next or now; empty while there is none."""
    try:
        session, _ = await exam_sessions(page)
    except Refusal:
        return ""
    return session.session_id


def _of(found: Sequence[Announcement], kind: "Announcement.Kind") -> Sequence[Announcement]:
    return [one for one in found if one.kind == kind]
