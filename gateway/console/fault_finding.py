"""Candidates of a school, for whoever looks for faults in photos and details (EN-4): reviewers, and operators too."""

from starlette.responses import Response
from zikao.identity.v1 import candidate_service_pb2, correction_service_pb2, resources_pb2

from chassis.security.tokens import Access
from gateway.web.form import BLANK, Form
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page

PAGE_SIZE = 30
Correction = resources_pb2.Correction


async def show_all(page: Page) -> Response:
    """The newest first, or those whose correction stands somewhere."""
    asked = page.query()
    state = asked.number("state")
    request = page.fill(
        correction_service_pb2.ListCandidatesRequest, asked, page_size=PAGE_SIZE, correction_state=state
    )
    answer = await page.ask(request)
    return page.render(
        "console/candidates.html",
        asked=asked,
        candidates=answer.candidates,
        next_page_token=answer.next_page_token,
        states=options("correction", page.language),
        frame=f"{_part(page)}/base.html",
        home=_home(page),
    )


async def show(page: Page, form: Form = BLANK) -> Response:
    """One candidate: portrait and details, and whether fault was found."""
    candidate = await page.ask(page.fill(candidate_service_pb2.GetCandidateRequest))
    settled = candidate.correction.state in (Correction.STATE_UNSPECIFIED, Correction.APPROVED)
    begins_anew = page.visitor.kind is Access.OPERATOR and candidate.correction.state == Correction.REFUSED
    return page.render(
        "console/candidate.html",
        form=form,
        candidate=candidate,
        known=candidate.correction,
        may_find=candidate.identity_state == resources_pb2.VERIFIED and (settled or begins_anew),
        reasons=options("findable", page.language)[1:],
        frame=f"{_part(page)}/base.html",
        home=_home(page),
    )


async def require_correction(page: Page) -> Response:
    """Finds fault; what was typed is kept when it is refused."""
    form = page.form()
    return await page.submit(page.fill(correction_service_pb2.RequireCorrectionRequest, form), form, show)


async def portrait(page: Page) -> Response:
    """The portrait; every look is recorded (RE-7)."""
    return page.file(await page.ask(page.fill(correction_service_pb2.InspectPortraitRequest)))


def _part(page: Page) -> str:
    """Operators see the same pages among their own."""
    return "operation" if page.visitor.kind is Access.OPERATOR else "console"


def _home(page: Page) -> str:
    return "/operation/corrections" if page.visitor.kind is Access.OPERATOR else "/console/candidates"
