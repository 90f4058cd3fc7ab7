"""Cases that people decide, as their candidate sees them: proofs, the decision, what to do next (RE-3, RE-5)."""

from typing import Final

from starlette.responses import Response
from zikao.review.v1 import resources_pb2, review_service_pb2

from gateway.web.forms import Form, FormError
from gateway.web.labels.lookup import options
from gateway.web.page import Page

WAITING_FOR_PROOFS: Final = frozenset({resources_pb2.Case.COLLECTING, resources_pb2.Case.REJECTED})


async def show_all(page: Page) -> Response:
    """The candidate's cases, the newest first; the only one at once."""
    answer = await page.ask(review_service_pb2.ListCandidateCasesRequest(candidate_id="me"))
    return page.render("portal/cases.html", cases=answer.cases)


async def show(page: Page) -> Response:
    """One case."""
    return await _case(page, Form())


async def add_material(page: Page) -> Response:
    """Uploads one proof image."""
    form, proof = page.form(), await page.image()
    if proof is None:
        nothing = FormError("image", page.say("请选择图片文件", "Choose an image"))
        return await _case(page, Form({"image": ""}).with_wrong([nothing]))
    request = review_service_pb2.AddMaterialRequest(case_id=page.params["case_id"], image=proof)
    request.kind = form.number("kind")  # type: ignore[assignment]  # the service refuses nonsense
    return await page.submit(request, Form({"image": ""}), _case, f"/cases/{page.params['case_id']}")


async def submit(page: Page) -> Response:
    """Hands the case in."""
    request = review_service_pb2.SubmitCaseRequest(case_id=page.params["case_id"])
    return await page.submit(request, Form(), _case, f"/cases/{page.params['case_id']}")


async def image(page: Page) -> Response:
    """A proof image, for its owner."""
    request = review_service_pb2.GetMaterialRequest(
        case_id=page.params["case_id"], material_id=page.params["material_id"]
    )
    return page.file(await page.ask(request))


async def _case(page: Page, form: Form) -> Response:
    case = await page.ask(review_service_pb2.GetCaseRequest(case_id=page.params["case_id"]))
    return page.render(
        "portal/case.html",
        case=case,
        form=form,
        kinds=[kind for kind in options("material", page.language) if kind[0] != str(resources_pb2.Material.PORTRAIT)],
        may_add=case.state in WAITING_FOR_PROOFS and case.submissions_left > 0,
        corrects=case.kind == resources_pb2.DETAILS,
    )
