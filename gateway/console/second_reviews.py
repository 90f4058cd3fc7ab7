"""Second reviews: decisions of the sample, judged again without knowing what was decided (RE-9)."""

import uuid

from starlette.responses import Response
from zikao.review.v1 import review_service_pb2

from gateway.console.case_candidate import case_candidate
from gateway.console.case_images import case_images
from gateway.console.judgement_reason import reason_of
from gateway.web.form import BLANK, Form
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page


async def show_all(page: Page) -> Response:
    """What awaits a second judgement, the oldest first."""
    answer = await page.ask(review_service_pb2.ListSecondReviewsRequest())
    return page.render("console/second_reviews.html", reviews=answer.second_reviews)


async def show(page: Page, form: Form = BLANK) -> Response:
    """One of them with its proofs."""
    review = await page.ask(page.fill(review_service_pb2.GetSecondReviewRequest))
    return page.render(
        "console/second_review.html",
        status=409 if form.wrong else 200,
        review=review,
        images=case_images(review.required_images, review.materials, review.submission),
        person=await case_candidate(page),
        form=form,
        request_id=str(uuid.uuid4()),
        verdicts=options("to_decide", page.language)[1:],
        reasons=options("reason", page.language)[1:],
    )


async def decide(page: Page) -> Response:
    """Judges it; then the page says whether both reviewers agree."""
    form = page.form()
    request = page.fill(review_service_pb2.DecideSecondReviewRequest, form, reason=reason_of(form))
    return await page.submit(request, form, show)
