"""A forgotten password: a code to the phone or the e-mail address, then a new one (ID-4)."""

from starlette.responses import Response
from zikao.identity.v1 import login_service_pb2

from chassis.errors import Refusal
from gateway.portal.account.login_and_password import PASSWORDS_DIFFER
from gateway.web.form import BLANK, Form
from gateway.web.labels import done_labels
from gateway.web.page_request import Page


async def show_recovery(page: Page, form: Form = BLANK) -> Response:
    """Whose password, and where the code goes."""
    return page.render("portal/recovery.html", form=form.with_defaults({"channel": "1"}))


async def start_recovery(page: Page) -> Response:
    """Has a code sent; the answer is the same whether there is such an account or not."""
    form = page.form()
    request = page.fill(login_service_pb2.CreatePasswordRecoveryRequest, form)
    return await page.submit(
        request, form, show_recovery, lambda recovery: f"/recovery/{recovery.password_recovery_id}"
    )


async def repeat_recovery(page: Page) -> Response:
    """Has another code sent, without the name being typed again."""
    request = page.fill(login_service_pb2.RepeatPasswordRecoveryRequest)
    return await page.submit(
        request, BLANK, show_completion, lambda recovery: f"/recovery/{recovery.password_recovery_id}"
    )


async def show_completion(page: Page, form: Form = BLANK) -> Response:
    """The code and a new password."""
    return page.render("portal/recovery_code.html", form=form)


async def complete_recovery(page: Page) -> Response:
    """Chooses a new password by the code; every login session of the account ends."""
    form = page.form()
    password = page.secret("new_password")
    if password != page.secret("again"):
        return await show_completion(page, page.mend(form, "again", *PASSWORDS_DIFFER))
    try:
        await page.ask(page.fill(login_service_pb2.CompletePasswordRecoveryRequest, form, new_password=password))
    except Refusal as refusal:
        return await show_completion(page, form.refused(refusal, page.language))
    page.log_out()
    page.have_done(done_labels.PASSWORD_RECOVERED)
    return page.redirect("/login")
