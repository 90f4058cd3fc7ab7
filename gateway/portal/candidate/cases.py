"""Cases that people decide, as their candidate sees them: proofs, the decision, what to do next (RE-3, RE-5)."""

from typing import Final

from starlette.responses import Response
from zikao.review.v1 import resources_pb2, review_service_pb2

from gateway.web.form import BLANK, Form
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page

WAITING_FOR_PROOFS: Final = frozenset({resources_pb2.Case.COLLECTING, resources_pb2.Case.REJECTED})
UPLOAD: Final = Form({"image": ""})


async def show_all(page: Page) -> Response:
    """The candidate's cases, the newest first; the only one at once."""
    answer = await page.ask(review_service_pb2.ListCandidateCasesRequest(candidate_id="me"))
    return page.render("portal/cases.html", cases=answer.cases)


async def show(page: Page, form: Form = BLANK) -> Response:
    """One case."""
    case = await page.ask(page.fill(review_service_pb2.GetCaseRequest))
    return page.render(
        "portal/case.html",
        case=case,
        form=form,
        kinds=[kind for kind in options("material", page.language) if kind[0] != str(resources_pb2.Material.PORTRAIT)],
        may_add=case.state in WAITING_FOR_PROOFS and case.submissions_left > 0,
        corrects=case.kind == resources_pb2.DETAILS,
    )


async def add_material(page: Page) -> Response:
    """Uploads one proof image."""
    form, proof = page.form(), await page.image()
    if proof is None:
        return await show(page, page.mend(UPLOAD, "image", "请选择图片文件", "Choose an image"))
    return await page.submit(page.fill(review_service_pb2.AddMaterialRequest, form, image=proof), UPLOAD, show)


async def submit(page: Page) -> Response:
    """Hands the case in."""
    return await page.submit(page.fill(review_service_pb2.SubmitCaseRequest), BLANK, show)


async def image(page: Page) -> Response:
    """A proof image, for its owner."""
    return page.file(await page.ask(page.fill(review_service_pb2.GetMaterialRequest)))
