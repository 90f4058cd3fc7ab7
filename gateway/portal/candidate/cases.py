"""Cases that people decide, as their candidate sees them: what is asked for, the decision, what to do next (RE-3, RE-5,
RE-10).
"""

from typing import Final

from starlette.responses import Response
from zikao.review.v1 import resources_pb2, review_service_pb2

from chassis.errors import Refusal
from gateway.console.case_images import case_images
from gateway.web.form import BLANK, Form, FormError
from gateway.web.labels import done_labels
from gateway.web.page_request import Page
from gateway.web.visitor import AUTHORITY

Case = resources_pb2.Case
WAITING_FOR_PROOFS: Final = frozenset({Case.COLLECTING, Case.REJECTED})


async def show_all(page: Page) -> Response:
    """The candidate's cases, the newest first; the only one at once."""
    answer = await page.ask(review_service_pb2.ListCandidateCasesRequest(candidate_id="me"))
    return page.render("portal/cases.html", cases=answer.cases)


async def show(page: Page, form: Form = BLANK) -> Response:
    """One case."""
    case = await page.ask(page.fill(review_service_pb2.GetCaseRequest))
    may_add = case.state in WAITING_FOR_PROOFS and case.submissions_left > 0
    submission = case.submission + 1 if may_add else case.submission
    return page.render(
        "portal/case.html",
        case=case,
        states=Case,
        form=form,
        images=case_images(case.required_images, case.materials, submission, case.missing_image_ids),
        next_submission=case.submission + 1,
        may_add=may_add,
        corrects=case.kind == resources_pb2.DETAILS,
        portrait=resources_pb2.Material.PORTRAIT,
        by_authority=case.organisation == AUTHORITY,
    )


async def add_material(page: Page) -> Response:
    """Uploads one of the images that the case asks for, in place of the one before."""
    form, proof = page.form(), await page.image()
    place = f"image-{form['required_image_id']}"
    upload = Form({place: ""})
    if proof is None:
        return await show(page, page.mend(upload, place, "请选择图片文件", "Choose an image"))
    request = page.fill(review_service_pb2.AddMaterialRequest, form, image=proof)
    done = f"/cases/{page.params['case_id']}#{form['required_image_id']}"
    return await page.submit(request, upload, show, done, {"image": place})


async def remove_material(page: Page) -> Response:
    """Takes an image back that was not handed in yet."""
    removed = page.fill(review_service_pb2.RemoveMaterialRequest)
    return await page.submit(removed, BLANK, show, f"/cases/{page.params['case_id']}")


async def submit(page: Page) -> Response:
    """Hands the case in; what is missing is named, each with a link to its place."""
    try:
        await page.ask(page.fill(review_service_pb2.SubmitCaseRequest))
    except Refusal as refusal:
        missing = [FormError(one.subject, page.say(one.zh, one.en)) for one in refusal.unmet]
        return await show(page, BLANK.with_wrong(missing) if missing else page.refused(BLANK, refusal))
    page.have_done(done_labels.CASE_SUBMITTED)
    return page.redirect(page.shown_path)


async def image(page: Page) -> Response:
    """A proof image, for its owner."""
    return page.file(await page.ask(page.fill(review_service_pb2.GetMaterialRequest)))
