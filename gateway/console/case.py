"""One case beside its proofs: claim, look, decide, undo, or give back (RE-3, RE-4, RE-7, RE-8, RE-12)."""

import asyncio
import uuid
from contextlib import suppress
from typing import Final

from starlette.responses import Response
from zikao.review.v1 import resources_pb2, review_service_pb2

from chassis.errors import Refusal
from gateway.console.case_candidate import case_candidate
from gateway.console.case_images import case_images
from gateway.console.case_queue import claim_following
from gateway.console.case_submissions import submissions
from gateway.console.judgement_reason import reason_of
from gateway.console.undo_offer import undo_offer, with_undo
from gateway.web.form import BLANK, Form
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page

Case = resources_pb2.Case
DECIDED: Final = frozenset({Case.APPROVED, Case.REJECTED})


async def show(page: Page, form: Form = BLANK) -> Response:
    """The case as it stands."""
    case, figures = await asyncio.gather(
        page.ask(page.fill(review_service_pb2.GetCaseRequest)),
        page.ask(review_service_pb2.GetReviewFiguresRequest(days=1)),
    )
    mine = case.state == Case.CLAIMED and case.claimed_by == page.visitor.subject_id
    readable = mine or case.state in DECIDED
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
        images=case_images(case.required_images, case.materials, case.submission, case.missing_image_ids),
        story=submissions(case.materials, case.decisions),
        earlier_decision=next((one for one in case.decisions[::-1] if one.submission < case.submission), None),
        figures=figures,
        undo=undo_offer(page),
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
    """Decides what was shown, and goes on to the next case, which is claimed, with a way to undo (RE-12). The version
    that was looked at goes along: a case that changed meanwhile is shown afresh.
    """
    form = page.form()
    request = page.fill(review_service_pb2.DecideCaseRequest, form, reason=reason_of(form))
    try:
        decided = await page.ask(request)
    except Refusal as refusal:
        return await show(page, page.refused(form, refusal))
    following = await claim_following(page)
    return page.redirect(with_undo(f"/console/cases/{following}" if following else "/console", decided))


async def undo(page: Page) -> Response:
    """Takes the decision back while it is not in effect: the case is the reviewer's again, and the one that was claimed
    after it goes back to the queue.
    """
    request = page.fill(review_service_pb2.UndoDecisionRequest)
    try:
        await page.ask(request)
    except Refusal as refusal:
        return await show(page, page.refused(BLANK, refusal))
    if following := page.form()["following"]:
        with suppress(Refusal):
            await page.ask(review_service_pb2.ReleaseCaseRequest(case_id=following))
    return page.redirect(f"/console/cases/{request.case_id}")


async def image(page: Page) -> Response:
    """A proof image; every look is recorded (RE-7)."""
    return page.file(await page.ask(page.fill(review_service_pb2.GetMaterialRequest)))
