"""A phone that is no longer there: another one in its place, decided by the exam authority (ID-11, RE-2)."""

import uuid
from typing import Final

from starlette.responses import Response
from zikao.identity.v1 import login_service_pb2, resources_pb2

from chassis.errors import Refusal
from gateway.web.forms import Form, FormError
from gateway.web.labels.lookup import options
from gateway.web.page import Page

PROOFS: Final = (
    resources_pb2.PhoneChange.DOCUMENT_FRONT,
    resources_pb2.PhoneChange.DOCUMENT_BACK,
    resources_pb2.PhoneChange.HOLDING_DOCUMENT,
)


async def show(page: Page) -> Response:
    """The new phone, and a code to it."""
    return await _phone_change(page, Form())


async def send_code(page: Page) -> Response:
    """Sends a code to the new phone; then the form asks for the rest."""
    form = page.form()
    request = login_service_pb2.SendPhoneChangeCodeRequest(new_phone=form["new_phone"])
    try:
        await page.ask(request)
    except Refusal as refusal:
        return await _phone_change(page, form.refused(refusal, page.language))
    return await _phone_change(
        page, Form({"new_phone": form["new_phone"], "request_id": str(uuid.uuid4()), "sent": "yes"})
    )


async def create(page: Page) -> Response:
    """Opens the change: document, name, code. Three proof images follow."""
    form = page.form()
    request = login_service_pb2.CreatePhoneChangeRequest(
        document_number=form["document_number"],
        display_name=form["display_name"],
        new_phone=form["new_phone"],
        code=form["code"],
        request_id=form["request_id"],
    )
    request.document_type = form.number("document_type")  # type: ignore[assignment]  # the service refuses nonsense
    return await page.submit(request, form, _phone_change, lambda change: f"/phone-changes/{change.phone_change_id}")


async def show_progress(page: Page) -> Response:
    """How far the change is; whoever knows its address may look, as the contract has it."""
    return await _progress(page, Form())


async def upload_proof(page: Page) -> Response:
    """Uploads one of the three proofs."""
    form, image = page.form(), await page.image()
    if image is None:
        nothing = FormError("", page.say("请选择图片文件", "Choose an image"))
        return await _progress(page, form.with_wrong([nothing]))
    request = login_service_pb2.UploadPhoneChangeProofRequest(phone_change_id=page.params["change_id"], image=image)
    request.proof = form.number("proof")  # type: ignore[assignment]  # the service refuses nonsense
    return await page.submit(request, form, _progress, f"/phone-changes/{page.params['change_id']}")


async def submit(page: Page) -> Response:
    """Hands the change in to the exam authority (RE-2)."""
    request = login_service_pb2.SubmitPhoneChangeRequest(phone_change_id=page.params["change_id"])
    return await page.submit(request, Form(), _progress, f"/phone-changes/{page.params['change_id']}")


async def _phone_change(page: Page, form: Form) -> Response:
    documents = options("document", page.language)
    return page.render("portal/phone_change.html", form=form, documents=documents)


async def _progress(page: Page, form: Form) -> Response:
    change = await page.ask(login_service_pb2.GetPhoneChangeRequest(phone_change_id=page.params["change_id"]))
    states = resources_pb2.PhoneChange
    return page.render(
        "portal/phone_change_progress.html",
        change=change,
        proofs=PROOFS,
        may_upload=change.state in (states.DRAFT, states.REJECTED) and change.submissions_left > 0,
        form=form,
    )
