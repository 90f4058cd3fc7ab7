"""The candidate's home: who they are, their registrations, what to do next, what is selected (EN-2, EN-11)."""

import asyncio
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import enrollment_service_pb2
from zikao.enrollment.v1.resources_pb2 import Gate
from zikao.identity.v1 import candidate_service_pb2

from chassis.security.tokens import Access
from gateway.portal.entrance import HOMES
from gateway.portal.sessions import present_session
from gateway.web.page import Page

WHERE: Final = {
    Gate.CONFIRM_DETAILS: "/details",
    Gate.VERIFY_PHONE: "/phone",
    Gate.ANSWER_QUESTIONNAIRE: "/sessions/{session_id}/questionnaire",
    Gate.READ_NOTICE: "/sessions/{session_id}/notice",
    Gate.REGISTER: "/registrations/new",
    Gate.VERIFY_IDENTITY: "/photo",
    Gate.FOLLOW_REVIEW: "/cases",
    Gate.HAND_IN_CORRECTION: "/correction",
}
"""Where each next action is done; the others wait for somebody else."""


async def show(page: Page) -> Response:
    """The notice and the login for a visitor; the home of whoever has logged in."""
    if page.visitor.kind is not Access.CANDIDATE:
        return page.redirect(HOMES.get(page.visitor.kind, "/login"))
    session, candidate = await asyncio.gather(present_session(page), _candidate(page))
    request = enrollment_service_pb2.GetSessionOverviewRequest(session_id=session.session_id)
    overview = await page.ask(page.services.enrollment.GetSessionOverview, request)
    return page.render("portal/home.html", candidate=candidate, overview=overview, where=_where(session.session_id))


def _where(session_id: str) -> dict[int, str]:
    return {action: path.format(session_id=session_id) for action, path in WHERE.items()}


async def _candidate(page: Page) -> object:
    request = candidate_service_pb2.GetCandidateRequest(candidate_id="me")
    return await page.ask(page.services.candidates.GetCandidate, request)
