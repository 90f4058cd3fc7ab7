"""A forgotten password: a code to the phone or the e-mail address, then a new one (ID-4)."""

from starlette.responses import Response
from zikao.identity.v1 import login_service_pb2

from chassis.errors import Refusal
from gateway.web.forms import Form, FormError
from gateway.web.page import Page


async def show_recovery(page: Page) -> Response:
    """Whose password, and where the code goes."""
    return page.render("portal/recovery.html", form=Form({"channel": "1"}))


async def start_recovery(page: Page) -> Response:
    """Has a code sent; the answer is the same whether there is such an account or not."""
    form = page.form()
    request = login_service_pb2.CreatePasswordRecoveryRequest(login_name=form["login_name"])
    request.channel = form.number("channel")  # type: ignore[assignment]  # the service refuses nonsense
    try:
        recovery = await page.ask(request)
    except Refusal as refusal:
        return page.render("portal/recovery.html", form=form.refused(refusal, page.language))
    return page.redirect(f"/recovery/{recovery.password_recovery_id}")


async def show_completion(page: Page) -> Response:
    """The code and a new password."""
    return page.render("portal/recovery_code.html", form=Form())


async def complete_recovery(page: Page) -> Response:
    """Chooses a new password by the code; every login session of the account ends."""
    form = page.form()
    password = page.secret("new_password")
    if password != page.secret("again"):
        different = FormError("again", page.say("两次输入的新密码不一致", "The two new passwords differ"))
        return page.render("portal/recovery_code.html", form=form.with_wrong([different]))
    request = login_service_pb2.CompletePasswordRecoveryRequest(
        password_recovery_id=page.params["recovery_id"], code=form["code"], new_password=password
    )
    try:
        await page.ask(request)
    except Refusal as refusal:
        return page.render("portal/recovery_code.html", form=form.refused(refusal, page.language))
    page.log_out()
    return page.redirect("/login")
