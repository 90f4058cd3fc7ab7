"""Candidates of a school, for whoever looks for faults in photos and details (EN-4): reviewers, and operators too."""

from starlette.responses import Response
from zikao.identity.v1 import candidate_service_pb2, correction_service_pb2, resources_pb2

from chassis.security.tokens import Access
from gateway.web.forms import Form
from gateway.web.labels.lookup import options
from gateway.web.page import Page

PAGE_SIZE = 30
Correction = resources_pb2.Correction


async def show_all(page: Page) -> Response:
    """The newest first, or those whose correction stands somewhere."""
    asked = page.query()
    request = correction_service_pb2.ListCandidatesRequest(
        school_code=asked["school_code"], page_size=PAGE_SIZE, page_token=asked["page_token"]
    )
    request.correction_state = asked.number("state")  # type: ignore[assignment]  # the service refuses nonsense
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


async def show(page: Page) -> Response:
    """One candidate: portrait and details, and whether fault was found."""
    return await _candidate(page, Form())


async def require_correction(page: Page) -> Response:
    """Finds fault; what was typed is kept when it is refused."""
    form = page.form()
    request = correction_service_pb2.RequireCorrectionRequest(
        candidate_id=page.params["candidate_id"], note=form["note"]
    )
    request.reason = form.number("reason")  # type: ignore[assignment]  # the service refuses nonsense
    return await page.submit(request, form, _candidate, f"{_home(page)}/{page.params['candidate_id']}")


async def portrait(page: Page) -> Response:
    """The portrait; every look is recorded (RE-7)."""
    request = correction_service_pb2.InspectPortraitRequest(candidate_id=page.params["candidate_id"])
    return page.file(await page.ask(request))


async def _candidate(page: Page, form: Form) -> Response:
    request = candidate_service_pb2.GetCandidateRequest(candidate_id=page.params["candidate_id"])
    candidate = await page.ask(request)
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


def _part(page: Page) -> str:
    """Operators see the same pages among their own."""
    return "operation" if page.visitor.kind is Access.OPERATOR else "console"


def _home(page: Page) -> str:
    return "/operation/corrections" if page.visitor.kind is Access.OPERATOR else "/console/candidates"
