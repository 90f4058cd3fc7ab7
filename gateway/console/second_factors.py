"""A member of staff's own second factors: proven, enrolled, taken away (ID-17, ID-18)."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

import segno
from starlette.responses import Response
from zikao.identity.v1 import login_service_pb2, second_factor_service_pb2

from chassis.errors import Refusal
from chassis.security.tokens import Access
from gateway.http.locations import own_location
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

SECURITY: Final = "/security"
HOMES: Final = {Access.REVIEWER: "/console", Access.OPERATOR: "/operation"}
PROOFS: Final = ("totp_code", "backup_code", "passkey_answer_json")
NO_ENROLMENT: Final = second_factor_service_pb2.TotpEnrolment()


async def show_proof(page: Page, form: Form = BLANK) -> Response:
    """Asks for a second factor; who has none enrols one, or first proves the password again (ID-17)."""
    factors = await page.ask(second_factor_service_pb2.GetSecondFactorsRequest())
    if factors.may_change and not (factors.has_totp or factors.passkeys):
        return page.redirect(SECURITY)
    page.keep_late_form()
    return page.render("console/proof.html", form=form, factors=factors, following=quote(_next(page), safe=""))


async def prove(page: Page) -> Response:
    """Proves it and goes on to where it was asked for."""
    form = page.form()
    if password := page.secret("password"):
        request = login_service_pb2.ProvePasswordRequest(password=password)
        return await page.submit(request, form, show_proof, _next(page) or SECURITY)
    typed = {name: form[name] for name in PROOFS if form[name]}
    if len(typed) != 1:
        return await show_proof(page, page.mend(form, "", "请输入验证码", "Enter a code"))
    typed = {name: "".join(value.split()) if name == "totp_code" else value for name, value in typed.items()}
    try:
        tokens = await page.ask(second_factor_service_pb2.ProveSecondFactorRequest(**typed))
    except Refusal as refusal:
        return await show_proof(page, page.refused(form, refusal))
    page.log_in(tokens)
    return page.go_on(_next(page) or HOMES[page.visitor.kind])


async def show(
    page: Page,
    form: Form = BLANK,
    enrolment: second_factor_service_pb2.TotpEnrolment = NO_ENROLMENT,
    backup_codes: Sequence[str] = (),
) -> Response:
    """The factors there are, and how to have more; new secrets are shown this once."""
    factors = await page.ask(second_factor_service_pb2.GetSecondFactorsRequest())
    picture = segno.make(enrolment.otpauth_uri).svg_data_uri(scale=5) if enrolment.otpauth_uri else ""
    return page.render(
        "console/security.html",
        form=form,
        factors=factors,
        enrolment=enrolment,
        picture=picture,
        backup_codes=backup_codes,
    )


async def start_totp(page: Page) -> Response:
    """Shows a new secret for an authenticator app."""
    return await show(page, enrolment=await page.ask(second_factor_service_pb2.StartTotpEnrolmentRequest()))


async def confirm_totp(page: Page) -> Response:
    """The app is enrolled; a wrong code leaves the secret where it was."""
    form = page.form()
    request = page.fill(second_factor_service_pb2.ConfirmTotpEnrolmentRequest, form)
    request.totp_code = "".join(request.totp_code.split())
    try:
        enrolled = await page.ask(request)
    except Refusal as refusal:
        if refusal.reason == "ENROLMENT_EXPIRED":
            return await show(page, page.refused(form, refusal))
        secret, uri = form["secret"], form["otpauth_uri"]
        again = second_factor_service_pb2.TotpEnrolment(secret=secret, otpauth_uri=uri)
        return await show(page, page.refused(form, refusal), again)
    return await _enrolled(page, enrolled)


async def confirm_passkey(page: Page) -> Response:
    """The passkey is enrolled."""
    form = page.form()
    try:
        enrolled = await page.ask(page.fill(second_factor_service_pb2.ConfirmPasskeyEnrolmentRequest, form))
    except Refusal as refusal:
        return await show(page, page.refused(form, refusal))
    return await _enrolled(page, enrolled)


async def remove_totp(page: Page) -> Response:
    """Takes the app away."""
    return await page.submit(second_factor_service_pb2.DeleteTotpRequest(), BLANK, show, SECURITY)


async def remove_passkey(page: Page) -> Response:
    """Takes a passkey away."""
    return await page.submit(page.fill(second_factor_service_pb2.DeletePasskeyRequest), BLANK, show, SECURITY)


async def make_backup_codes(page: Page) -> Response:
    """Shows new backup codes, this once."""
    try:
        made = await page.ask(second_factor_service_pb2.CreateBackupCodesRequest())
    except Refusal as refusal:
        return await show(page, page.refused(BLANK, refusal))
    return await show(page, backup_codes=made.backup_codes)


async def _enrolled(page: Page, enrolled: second_factor_service_pb2.EnrolledFactor) -> Response:
    """Goes on with the tokens that are proven; what was made with the factor is shown this once."""
    page.log_in(enrolled.tokens)
    return await show(page, backup_codes=enrolled.backup_codes) if enrolled.backup_codes else page.redirect(SECURITY)


def _next(page: Page) -> str:
    return own_location(page.request.query_params.get("next", ""), "")
