"""One case beside its proofs: claim, look, decide, or give back (RE-3, RE-4, RE-7, RE-8)."""

import uuid
from typing import Final

from starlette.responses import Response
from zikao.review.v1 import resources_pb2, review_service_pb2

from gateway.console.case_candidate import case_candidate
from gateway.console.judgement_form import judgement
from gateway.console.submissions import submissions
from gateway.web.forms import Form
from gateway.web.labels.lookup import options
from gateway.web.page import Page

Case = resources_pb2.Case
DECIDED: Final = frozenset({Case.APPROVED, Case.REJECTED})


async def show(page: Page) -> Response:
    """The case as it stands."""
    return await _case(page, Form())


async def claim(page: Page) -> Response:
    """Takes the case, or keeps it longer; one that somebody else has is shown with who has it until when."""
    request = review_service_pb2.ClaimCaseRequest(case_id=page.params["case_id"])
    return await page.submit(request, Form(), _case, _path(page))


async def release(page: Page) -> Response:
    """Gives the case back to the queue."""
    request = review_service_pb2.ReleaseCaseRequest(case_id=page.params["case_id"])
    await page.ask(request)
    return page.redirect("/console")


async def decide(page: Page) -> Response:
    """Decides what was shown: the version that was looked at goes along, and a changed case is shown afresh."""
    form = page.form()
    request = review_service_pb2.DecideCaseRequest(case_id=page.params["case_id"], etag=form["etag"], **judgement(form))
    return await page.submit(request, form, _case, _path(page))


async def image(page: Page) -> Response:
    """A proof image; every look is recorded (RE-7)."""
    request = review_service_pb2.GetMaterialRequest(
        case_id=page.params["case_id"], material_id=page.params["material_id"]
    )
    return page.file(await page.ask(request))


async def _case(page: Page, form: Form) -> Response:
    case = await page.ask(review_service_pb2.GetCaseRequest(case_id=page.params["case_id"]))
    mine = case.state == Case.CLAIMED and case.claimed_by == page.visitor.subject_id
    readable = mine or case.state in DECIDED
    parts = submissions(case.materials, case.decisions)
    return page.render(
        "console/case.html",
        status=409 if form.wrong else 200,
        case=case,
        state_name=Case.State.Name(case.state),
        states=Case,
        form=form,
        request_id=str(uuid.uuid4()),
        mine=mine,
        readable=readable,
        person=await case_candidate(page) if readable else None,
        current=parts[-1] if parts else None,
        earlier=parts[:-1],
        verdicts=options("to_decide", page.language)[1:],
        reasons=options("reason", page.language)[1:],
    )


def _path(page: Page) -> str:
    return f"/console/cases/{page.params['case_id']}"
