"""A correction of photo, name or details that fault was found with, handed in from one page (EN-4)."""

from typing import Final

from starlette.responses import Response
from zikao.identity.v1 import candidate_service_pb2, correction_service_pb2, resources_pb2
from zikao.review.v1 import resources_pb2 as review
from zikao.review.v1 import review_service_pb2

from chassis.errors import Refusal
from gateway.console.case_images import CaseImage, case_images
from gateway.portal.own_candidate import ME, own_candidate
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

UPLOAD: Final = Form({"image": ""})
FRONT: Final = "DOCUMENT_FRONT"


async def show(page: Page, form: Form = BLANK) -> Response:
    """What was found wrong, and the steps to hand it in again."""
    candidate = await own_candidate(page)
    known = candidate.correction
    case = await _case(page, known.review_case_id) if known.state == resources_pb2.Correction.REQUIRED else None
    front = _front(case) if case else None
    return page.render(
        "portal/correction.html",
        form=form,
        name_form=form if form["display_name"] else Form({"display_name": candidate.display_name}),
        candidate=candidate,
        known=known,
        states=resources_pb2.Correction,
        case=case,
        front=front,
    )


async def correct_name(page: Page) -> Response:
    """Writes the name as on the document."""
    form = page.form()
    request = page.fill(candidate_service_pb2.CorrectNameRequest, form, candidate_id=ME)
    return await page.submit(request, form, show)


async def add_proof(page: Page) -> Response:
    """Uploads the front of the document to the correction's case."""
    image = await page.image()
    if image is None:
        return await show(page, page.mend(UPLOAD, "image", "请选择图片文件", "Choose an image"))
    request = page.fill(review_service_pb2.AddMaterialRequest, page.form(), required_image_id=FRONT, image=image)
    return await page.submit(request, UPLOAD, show)


async def submit(page: Page) -> Response:
    """Hands photo and details in for review."""
    return await page.submit(correction_service_pb2.SubmitCorrectionRequest(candidate_id=ME), BLANK, show)


def _front(case: review.Case) -> CaseImage | None:
    """The document's front among what the case asks for."""
    images = case_images(case.required_images, case.materials, case.submission + 1, case.missing_image_ids)
    return next((one for one in images if one.asked.required_image_id == FRONT), None)


async def _case(page: Page, case_id: str) -> review.Case | None:
    """The correction's case; None in the moment before review has opened it."""
    try:
        return await page.ask(review_service_pb2.GetCaseRequest(case_id=case_id))
    except Refusal as refusal:
        if refusal.reason != "NOT_FOUND":
            raise
        return None
