"""Without logging in: a forgotten password (ID-4), and a phone that is no longer there (ID-11)."""

import uuid
from typing import Final

from google.api import httpbody_pb2
from starlette.responses import Response
from zikao.identity.v1 import login_service_pb2, resources_pb2

from chassis.errors import Refusal
from gateway.web.forms import Form, Wrong
from gateway.web.labels import options
from gateway.web.page import Page

PROOFS: Final = (
    resources_pb2.PhoneChange.DOCUMENT_FRONT,
    resources_pb2.PhoneChange.DOCUMENT_BACK,
    resources_pb2.PhoneChange.HOLDING_DOCUMENT,
)


async def show_recovery(page: Page) -> Response:
    """Whose password, and where the code goes."""
    return page.render("portal/recovery.html", form=Form({"channel": "1"}))


async def start_recovery(page: Page) -> Response:
    """Has a code sent; the answer is the same whether there is such an account or not."""
    form = page.form()
    request = login_service_pb2.CreatePasswordRecoveryRequest(login_name=form["login_name"])
    request.channel = form.number("channel")  # type: ignore[assignment]  # the service refuses nonsense
    try:
        recovery = await page.ask(page.services.logins.CreatePasswordRecovery, request)
    except Refusal as refusal:
        return page.render("portal/recovery.html", status=400, form=form.refused(refusal, page.language))
    return page.redirect(f"/recovery/{recovery.password_recovery_id}")


async def show_completion(page: Page) -> Response:
    """The code and a new password."""
    return page.render("portal/recovery_code.html", form=Form())


async def complete_recovery(page: Page) -> Response:
    """Chooses a new password by the code; every login session of the account ends."""
    form = page.form()
    password, again = (str(page.sent.get(name, "")) for name in ("new_password", "again"))
    if password != again:
        different = Wrong("again", page.say("两次输入的新密码不一致", "The two new passwords differ"))
        return page.render("portal/recovery_code.html", status=400, form=form.with_wrong([different]))
    request = login_service_pb2.CompletePasswordRecoveryRequest(
        password_recovery_id=page.params["recovery_id"], code=form["code"], new_password=password
    )
    try:
        await page.ask(page.services.logins.CompletePasswordRecovery, request)
    except Refusal as refusal:
        return page.render("portal/recovery_code.html", status=400, form=form.refused(refusal, page.language))
    page.log_out()
    return page.redirect("/login")


async def show_phone_change(page: Page) -> Response:
    """The new phone, and a code to it."""
    return _phone_change(page, Form())


async def send_code(page: Page) -> Response:
    """Sends a code to the new phone; then the form asks for the rest."""
    form = page.form()
    request = login_service_pb2.SendPhoneChangeCodeRequest(new_phone=form["new_phone"])
    try:
        await page.ask(page.services.logins.SendPhoneChangeCode, request)
    except Refusal as refusal:
        return _phone_change(page, form.refused(refusal, page.language))
    return _phone_change(page, Form({"new_phone": form["new_phone"], "request_id": str(uuid.uuid4()), "sent": "yes"}))


async def create_phone_change(page: Page) -> Response:
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
    try:
        change = await page.ask(page.services.logins.CreatePhoneChange, request)
    except Refusal as refusal:
        return _phone_change(page, form.refused(refusal, page.language))
    return page.redirect(f"/phone-changes/{change.phone_change_id}")


async def show_progress(page: Page) -> Response:
    """How far the change is; whoever knows its address may look, as the contract has it."""
    return await _progress(page, Form())


async def upload_proof(page: Page) -> Response:
    """Uploads one of the three proofs."""
    form, chosen = page.form(), page.upload("image")
    if chosen is None:
        nothing = Wrong("", page.say("请选择图片文件", "Choose an image"))
        return await _progress(page, form.with_wrong([nothing]))
    body = httpbody_pb2.HttpBody(content_type=chosen.content_type or "", data=await chosen.read())
    request = login_service_pb2.UploadPhoneChangeProofRequest(phone_change_id=page.params["change_id"], image=body)
    request.proof = form.number("proof")  # type: ignore[assignment]  # the service refuses nonsense
    try:
        await page.ask(page.services.logins.UploadPhoneChangeProof, request)
    except Refusal as refusal:
        return await _progress(page, form.refused(refusal, page.language))
    return page.redirect(f"/phone-changes/{page.params['change_id']}")


async def submit_phone_change(page: Page) -> Response:
    """Hands the change in to the exam authority (RE-2)."""
    request = login_service_pb2.SubmitPhoneChangeRequest(phone_change_id=page.params["change_id"])
    try:
        await page.ask(page.services.logins.SubmitPhoneChange, request)
    except Refusal as refusal:
        return await _progress(page, Form().refused(refusal, page.language))
    return page.redirect(f"/phone-changes/{page.params['change_id']}")


def _phone_change(page: Page, form: Form) -> Response:
    documents = options("document", page.language)
    return page.render("portal/phone_change.html", status=400 if form.wrong else 200, form=form, documents=documents)


async def _progress(page: Page, form: Form) -> Response:
    request = login_service_pb2.GetPhoneChangeRequest(phone_change_id=page.params["change_id"])
    change = await page.ask(page.services.logins.GetPhoneChange, request)
    states = resources_pb2.PhoneChange
    return page.render(
        "portal/phone_change_progress.html",
        status=400 if form.wrong else 200,
        change=change,
        proofs=PROOFS,
        may_upload=change.state in (states.DRAFT, states.REJECTED) and change.submissions_left > 0,
        form=form,
    )
