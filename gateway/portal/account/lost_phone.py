"""A phone that is no longer there: another one in its place, decided by the exam authority (ID-11, RE-2)."""

import uuid
from datetime import timedelta
from typing import Final

from starlette.responses import Response
from zikao.identity.v1 import login_service_pb2, resources_pb2

from chassis.errors import Refusal
from gateway.portal.account.sent_codes import PHONE_CHANGE, SentCode, forget, recall, remember
from gateway.web.form import BLANK, Form, FormError
from gateway.web.labels import done_labels
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page

PhoneChange = resources_pb2.PhoneChange
PROOFS: Final = (
    (PhoneChange.DOCUMENT_FRONT, "document-front"),
    (PhoneChange.DOCUMENT_BACK, "document-back"),
    (PhoneChange.HOLDING_DOCUMENT, "holding-document"),
)
"""The three proofs, and the views of `examples.svg` that show how they should look (RE-10)."""
REQUEST: Final = "zikao_phone_change"
REMEMBERED_FOR: Final = timedelta(days=14)
"""How long the browser leads back to the request that was made in it; its address is the only key to it."""
NAMES: Final = {proof: PhoneChange.Proof.Name(proof) for proof, _ in PROOFS}


async def show(page: Page, form: Form = BLANK) -> Response:
    """The new phone and a code to it; then the code, and whose phone it is to be."""
    sent = recall(page, PHONE_CHANGE)
    hidden = {"request_id": str(uuid.uuid4()), "code_id": sent.code_id if sent else ""}
    return page.render(
        "portal/phone_change.html",
        form=form.with_defaults(hidden),
        documents=options("document", page.language),
        sent=sent,
        earlier=page.jar.get(REQUEST),
    )


async def send_code(page: Page) -> Response:
    """Sends a code to the new phone, or again where the last one went; then the page asks for the rest."""
    form = page.form()
    try:
        answer = await page.ask(page.fill(login_service_pb2.SendPhoneChangeCodeRequest, form))
    except Refusal as refusal:
        return await show(page, form.refused(refusal, page.language))
    remember(page, PHONE_CHANGE, SentCode(answer.masked_phone, answer.code_id), answer)
    return page.redirect("/phone-changes")


async def create(page: Page) -> Response:
    """Opens the change: document, name, code. Three proof images follow."""
    form = page.form()
    try:
        change = await page.ask(page.fill(login_service_pb2.CreatePhoneChangeRequest, form))
    except Refusal as refusal:
        return await show(page, page.refused(form, refusal))
    forget(page, PHONE_CHANGE)
    until = page.now + REMEMBERED_FOR
    page.cookies.append(page.jar.set(REQUEST, change.phone_change_id, until=until))
    page.have_done(done_labels.PHONE_CHANGE_BEGUN)
    return page.redirect(f"/phone-changes/{change.phone_change_id}")


async def show_progress(page: Page, form: Form = BLANK) -> Response:
    """How far the change is; whoever knows its address may look, as the contract has it."""
    change = await page.ask(page.fill(login_service_pb2.GetPhoneChangeRequest))
    states = PhoneChange
    return page.render(
        "portal/phone_change_progress.html",
        change=change,
        proofs=PROOFS,
        names=NAMES,
        may_upload=change.state in (states.DRAFT, states.REJECTED) and change.submissions_left > 0,
        states=states,
        form=form,
    )


async def upload_proof(page: Page) -> Response:
    """Uploads one of the three proofs."""
    form, image = page.form(), await page.image()
    place = f"image{form['proof']}"
    upload = Form({place: ""})
    if image is None:
        return await show_progress(page, page.mend(upload, place, "请选择图片文件", "Choose an image"))
    request = page.fill(login_service_pb2.UploadPhoneChangeProofRequest, form, image=image)
    return await page.submit(request, upload, show_progress, inputs={"image": place})


async def submit(page: Page) -> Response:
    """Hands the change in to the exam authority (RE-2); what is missing is named, each with a link to its place."""
    try:
        await page.ask(page.fill(login_service_pb2.SubmitPhoneChangeRequest))
    except Refusal as refusal:
        missing = [FormError(one.subject, page.say(one.zh, one.en)) for one in refusal.unmet]
        return await show_progress(page, BLANK.with_wrong(missing) if missing else page.refused(BLANK, refusal))
    page.have_done(done_labels.PHONE_CHANGE_SUBMITTED)
    return page.redirect(page.shown_path)
