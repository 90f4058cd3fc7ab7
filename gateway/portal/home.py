"""The candidate's home: who they are, their registrations, what to do next, what is selected (EN-2, EN-11)."""

import asyncio
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import enrollment_service_pb2
from zikao.enrollment.v1.resources_pb2 import Gate

from chassis.security.tokens import Access
from gateway.portal.account.login_and_password import HOMES
from gateway.portal.candidate.own_candidate import own_candidate
from gateway.portal.enrollment.current_session import current_session
from gateway.web.page_request import Page

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
    session, candidate = await asyncio.gather(current_session(page), own_candidate(page))
    overview = await page.ask(enrollment_service_pb2.GetSessionOverviewRequest(session_id=session.session_id))
    return page.render("portal/home.html", candidate=candidate, overview=overview, where=_where(session.session_id))


def _where(session_id: str) -> dict[int, str]:
    return {action: path.format(session_id=session_id) for action, path in WHERE.items()}
