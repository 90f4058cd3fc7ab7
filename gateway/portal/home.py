"""The candidate's home: the season as a story, what they were told (EN-19), their exams, their registrations and how
far each is (EN-2, EN-11).
"""

import asyncio
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import enrollment_service_pb2, resources_pb2
from zikao.review.v1 import resources_pb2 as review
from zikao.review.v1 import review_service_pb2

from chassis.security.tokens import Access
from gateway.portal.account.login_and_password import HOMES
from gateway.portal.account.messages import newest_messages
from gateway.portal.enrollment.current_session import exam_sessions
from gateway.portal.next_step import live_selections, next_step, stages
from gateway.portal.own_candidate import own_candidate
from gateway.web.page_request import Page

UNDER_REVIEW: Final = resources_pb2.Selection.UNDER_REVIEW
FOLLOW_REVIEW: Final = resources_pb2.Gate.FOLLOW_REVIEW


async def show(page: Page) -> Response:
    """The notice and the login for a visitor; the home of whoever has logged in."""
    if page.visitor.kind is not Access.CANDIDATE:
        return page.redirect(HOMES.get(page.visitor.kind, "/login"))
    (session, others), candidate, messages = await asyncio.gather(
        exam_sessions(page), own_candidate(page), newest_messages(page)
    )
    overview = await page.ask(enrollment_service_pb2.GetSessionOverviewRequest(session_id=session.session_id))
    return page.render(
        "portal/home.html",
        candidate=candidate,
        overview=overview,
        step=next_step(overview, await _cases(page, overview)),
        stages=stages(overview),
        exams=live_selections(overview),
        others=others,
        messages=messages,
    )


async def _cases(page: Page, overview: resources_pb2.SessionOverview) -> list[review.Case]:
    """The cases that may ask for proofs, where there may be any."""
    asked = any(not gate.met and gate.next_action == FOLLOW_REVIEW for gate in overview.gates)
    if not asked and all(one.state != UNDER_REVIEW for one in overview.selections):
        return []
    answer = await page.ask(review_service_pb2.ListCandidateCasesRequest(candidate_id="me"))
    return list(answer.cases)
