"""One case beside its proofs: claim, look, decide, or give back (RE-3, RE-4, RE-7, RE-8)."""

import uuid
from typing import Final

from starlette.responses import Response
from zikao.review.v1 import resources_pb2, review_service_pb2

from gateway.console.case_candidate import case_candidate
from gateway.console.case_submissions import submissions
from gateway.console.judgement_reason import reason_of
from gateway.web.form import BLANK, Form
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page

Case = resources_pb2.Case
DECIDED: Final = frozenset({Case.APPROVED, Case.REJECTED})


async def show(page: Page, form: Form = BLANK) -> Response:
    """The case as it stands."""
    case = await page.ask(page.fill(review_service_pb2.GetCaseRequest))
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


async def claim(page: Page) -> Response:
    """Takes the case, or keeps it longer; one that somebody else has is shown with who has it until when."""
    return await page.submit(page.fill(review_service_pb2.ClaimCaseRequest), BLANK, show)


async def release(page: Page) -> Response:
    """Gives the case back to the queue."""
    await page.ask(page.fill(review_service_pb2.ReleaseCaseRequest))
    return page.redirect("/console")


async def decide(page: Page) -> Response:
    """Decides what was shown: the version that was looked at goes along, and a changed case is shown afresh."""
    form = page.form()
    request = page.fill(review_service_pb2.DecideCaseRequest, form, reason=reason_of(form))
    return await page.submit(request, form, show)


async def image(page: Page) -> Response:
    """A proof image; every look is recorded (RE-7)."""
    return page.file(await page.ask(page.fill(review_service_pb2.GetMaterialRequest)))
