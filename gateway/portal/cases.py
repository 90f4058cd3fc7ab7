"""Cases that people decide, as their candidate sees them: proofs, the decision, what to do next (RE-3, RE-5)."""

from typing import Final

from google.api import httpbody_pb2
from starlette.responses import Response
from zikao.review.v1 import resources_pb2, review_service_pb2

from chassis.errors import Refusal
from gateway.web.forms import Form, Wrong
from gateway.web.labels import options
from gateway.web.page import Page

WAITING_FOR_PROOFS: Final = frozenset({resources_pb2.Case.COLLECTING, resources_pb2.Case.REJECTED})


async def show_all(page: Page) -> Response:
    """The candidate's cases, the newest first; the only one at once."""
    request = review_service_pb2.ListCandidateCasesRequest(candidate_id="me")
    answer = await page.ask(page.services.review.ListCandidateCases, request)
    return page.render("portal/cases.html", cases=answer.cases)


async def show(page: Page) -> Response:
    """One case."""
    return await _case(page, Form())


async def add_material(page: Page) -> Response:
    """Uploads one proof image."""
    form, chosen = page.form(), page.upload("image")
    if chosen is None:
        nothing = Wrong("image", page.say("请选择图片文件", "Choose an image"))
        return await _case(page, Form({"image": ""}).with_wrong([nothing]))
    body = httpbody_pb2.HttpBody(content_type=chosen.content_type or "", data=await chosen.read())
    request = review_service_pb2.AddMaterialRequest(case_id=page.params["case_id"], image=body)
    request.kind = form.number("kind")  # type: ignore[assignment]  # the service refuses nonsense
    try:
        await page.ask(page.services.review.AddMaterial, request)
    except Refusal as refusal:
        return await _case(page, Form({"image": ""}).refused(refusal, page.language))
    return page.redirect(f"/cases/{page.params['case_id']}")


async def submit(page: Page) -> Response:
    """Hands the case in."""
    request = review_service_pb2.SubmitCaseRequest(case_id=page.params["case_id"])
    try:
        await page.ask(page.services.review.SubmitCase, request)
    except Refusal as refusal:
        return await _case(page, Form().refused(refusal, page.language))
    return page.redirect(f"/cases/{page.params['case_id']}")


async def image(page: Page) -> Response:
    """A proof image, for its owner."""
    request = review_service_pb2.GetMaterialRequest(
        case_id=page.params["case_id"], material_id=page.params["material_id"]
    )
    body = await page.ask(page.services.review.GetMaterial, request)
    return Response(body.data, media_type=body.content_type, headers={"cache-control": "no-store"})


async def _case(page: Page, form: Form) -> Response:
    request = review_service_pb2.GetCaseRequest(case_id=page.params["case_id"])
    case = await page.ask(page.services.review.GetCase, request)
    return page.render(
        "portal/case.html",
        status=400 if form.wrong else 200,
        case=case,
        form=form,
        kinds=[kind for kind in options("material", page.language) if kind[0] != str(resources_pb2.Material.PORTRAIT)],
        may_add=case.state in WAITING_FOR_PROOFS and case.submissions_left > 0,
        corrects=case.kind == resources_pb2.DETAILS,
    )
