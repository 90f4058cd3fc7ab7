"""In and out: the notice and the login (ID-1), choosing a new password (ID-3, ID-4), logging out (ID-14)."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from starlette.responses import Response
from zikao.common.v1 import access_pb2
from zikao.enrollment.v1 import catalogue_pb2
from zikao.identity.v1 import login_service_pb2, resources_pb2, sign_in_service_pb2

from chassis.errors import Refusal
from chassis.security.tokens import Access
from gateway.http.locations import own_location
from gateway.portal.announcements import newest_announcements
from gateway.web.form import BLANK, Form
from gateway.web.labels import done_labels
from gateway.web.page_endpoint import LOGIN, PROOF
from gateway.web.page_request import Page, with_next
from gateway.web.published_texts import published_text

HOMES: Final = {Access.CANDIDATE: "/", Access.REVIEWER: "/console", Access.OPERATOR: "/operation"}
CURRENT: Final = "current"
FIRST_CODE: Final = "FIRST_CODE_REQUIRED"
PASSWORDS_DIFFER: Final = ("两次输入的新密码不一致", "The two new passwords differ")


async def show_login(page: Page, form: Form = BLANK) -> Response:
    """The notice to candidates, then the login below it (ID-1)."""
    try:
        notice = await published_text(page, catalogue_pb2.Text.CANDIDATE_NOTICE)
    except Refusal:
        notice = None  # The login must not depend on the notice being there.
    sent = bool(form["code_sent"])
    providers: Sequence[sign_in_service_pb2.SignInProvider]
    try:
        providers = (await page.ask(sign_in_service_pb2.ListSignInProvidersRequest())).providers
    except Refusal:
        providers = []  # Nor on who else vouches for staff.
    page.keep_late_form()
    action = _action(page)
    return page.render(
        "portal/login.html",
        form=form,
        notice=notice,
        announcements=await newest_announcements(page),
        code_sent=sent,
        providers=providers,
        action=action,
        following=action.partition("?next=")[2],
    )


def _action(page: Page) -> str:
    """Where the login is sent to: with where it leads on to, also where it is shown in another page's place."""
    if page.request.url.path == LOGIN:
        return page.here
    late = page.site.late_forms.open(page.late, page.now) if page.late else None
    if late is not None:
        return with_next(LOGIN, late.address)
    return with_next(LOGIN, page.here) if page.notice else LOGIN


async def log_in(page: Page) -> Response:
    """Opens a login session; somebody with an initial password goes on to choose one (ID-3), after a code to the phone
    that came with the import (ID-15).
    """
    form = page.form()
    try:
        tokens = await page.ask(
            page.fill(login_service_pb2.CreateLoginSessionRequest, form, password=page.secret("password"))
        )
    except Refusal as refusal:
        if refusal.reason == FIRST_CODE:
            form = form.with_defaults({"code_sent": "1"})
        return await show_login(page, form.refused(refusal, page.language))
    page.log_in(tokens)
    return after_login(page, tokens)


def after_login(page: Page, tokens: resources_pb2.Tokens, following: str = "") -> Response:
    """Where a login leads: to what is yet to be proven or chosen, else to where somebody wanted to go (`following`, or
    what the address says). A form that came too late is taken along (GW-8).
    """
    home = _home_of(tokens)
    wanted = own_location(following or page.request.query_params.get("next", home), home)
    if tokens.needs_password_change:
        return page.go_on("/password" if wanted == home else with_next("/password", wanted))
    return page.go_on(with_next(PROOF, wanted) if tokens.needs_second_factor else wanted)


async def log_out(page: Page) -> Response:
    """Ends the login session here and at the service; whatever becomes of the latter, this browser forgets it."""
    with suppress(Refusal):
        await page.ask(login_service_pb2.DeleteLoginSessionRequest(login_session_id=CURRENT))
    page.log_out()
    return page.redirect("/login")


async def show_password(page: Page, form: Form = BLANK) -> Response:
    """The form for a new password."""
    return page.render("portal/password.html", form=form)


async def change_password(page: Page) -> Response:
    """Chooses a new password, knowing the old one (ID-4)."""
    form, new = page.form(), page.secret("new_password")
    if new != page.secret("again"):
        return await show_password(page, page.mend(form, "again", *PASSWORDS_DIFFER))
    request = login_service_pb2.ChangePasswordRequest(
        subject_id="me", old_password=page.secret("old_password"), new_password=new
    )
    try:
        tokens = await page.ask(request)
    except Refusal as refusal:
        return await show_password(page, page.refused(form, refusal))
    page.log_in(tokens)
    page.have_done(done_labels.PASSWORD_CHANGED)
    return after_login(page, tokens)


def _home_of(tokens: resources_pb2.Tokens) -> str:
    return HOMES[Access[access_pb2.Access.Name(tokens.kind)]]
