"""Details and their confirmation (ID-12), the phone and its code (ID-10)."""

import asyncio
import uuid
from typing import Any, Final

from starlette.responses import Response
from zikao.enrollment.v1 import enrollment_service_pb2
from zikao.identity.v1 import candidate_service_pb2, resources_pb2

from chassis.errors import Refusal
from gateway.web.forms import Form
from gateway.web.labels import options
from gateway.web.page import Page

ME: Final = "me"
TEXTS: Final = (
    "birth_date",
    "ethnicity",
    "occupation",
    "household_region",
    "postal_address",
    "postal_code",
    "email",
    "workplace",
    "home_phone",
)
CHOICES: Final = ("sex", "political_status", "education")
PHONE_INPUTS: Final = {"phone": "phone", "code": "code"}


async def show_details(page: Page) -> Response:
    """The details as they are, to be completed."""
    candidate = await _candidate(page)
    return _details(page, candidate, _as_form(candidate.details))


async def save_details(page: Page) -> Response:
    """Saves the details; then they are shown once more, to be checked and confirmed."""
    form = page.form()
    details = resources_pb2.Details()
    for name in TEXTS:
        setattr(details, name, form[name])
    for name in CHOICES:
        setattr(details, name, form.number(name))
    request = candidate_service_pb2.UpdateDetailsRequest(candidate_id=ME, details=details)
    try:
        candidate = await page.ask(page.services.candidates.UpdateDetails, request)
    except Refusal as refusal:
        return _details(page, await _candidate(page), form.refused(refusal, page.language))
    if candidate.missing_details:
        return _details(page, candidate, _as_form(candidate.details))
    return page.redirect("/details/check")


async def show_check(page: Page) -> Response:
    """Check your answers: everything as it will count; printed, it is the registration form."""
    return await _check(page, Form())


async def confirm_details(page: Page) -> Response:
    """Confirms what was shown, and nothing else: the version that was looked at goes along."""
    form = page.form()
    request = candidate_service_pb2.ConfirmDetailsRequest(candidate_id=ME, etag=form["etag"])
    try:
        await page.ask(page.services.candidates.ConfirmDetails, request)
    except Refusal as refusal:
        return await _check(page, form.refused(refusal, page.language))
    return page.redirect("/phone" if not form["phone_verified"] else "/")


async def show_phone(page: Page) -> Response:
    """The phone, and how to verify or change it."""
    return page.render("portal/phone.html", candidate=await _candidate(page), form=Form(), sent_to="")


async def send_code(page: Page) -> Response:
    """Sends a code to the phone."""
    form = page.form()
    request = candidate_service_pb2.SendPhoneCodeRequest(candidate_id=ME, phone=form["phone"])
    try:
        await page.ask(page.services.candidates.SendPhoneCode, request)
    except Refusal as refusal:
        refused = form.refused(refusal, page.language, PHONE_INPUTS)
        return page.render("portal/phone.html", status=400, candidate=await _candidate(page), form=refused, sent_to="")
    again = Form({"request_id": str(uuid.uuid4())})
    return page.render("portal/phone.html", candidate=await _candidate(page), form=again, sent_to=form["phone"])


async def verify_phone(page: Page) -> Response:
    """Verifies the phone by the code."""
    form = page.form()
    request = candidate_service_pb2.VerifyPhoneRequest(
        candidate_id=ME, code=form["code"], request_id=form["request_id"]
    )
    try:
        await page.ask(page.services.candidates.VerifyPhone, request)
    except Refusal as refusal:
        refused = form.refused(refusal, page.language, PHONE_INPUTS)
        return page.render(
            "portal/phone.html", status=400, candidate=await _candidate(page), form=refused, sent_to=form["sent_to"]
        )
    return page.redirect("/")


async def _candidate(page: Page) -> resources_pb2.Candidate:
    request = candidate_service_pb2.GetCandidateRequest(candidate_id=ME)
    candidate: resources_pb2.Candidate = await page.ask(page.services.candidates.GetCandidate, request)
    return candidate


async def _check(page: Page, form: Form) -> Response:
    request = enrollment_service_pb2.ListRegistrationsRequest(candidate_id=ME)
    candidate, held = await asyncio.gather(
        _candidate(page), page.ask(page.services.enrollment.ListRegistrations, request)
    )
    return page.render(
        "portal/details_check.html",
        status=400 if form.wrong else 200,
        candidate=candidate,
        registrations=held.registrations,
        form=form,
    )


def _details(page: Page, candidate: resources_pb2.Candidate, form: Form) -> Response:
    choices = {name: options(name, page.language) for name in CHOICES}
    return page.render(
        "portal/details.html", status=400 if form.wrong else 200, candidate=candidate, form=form, choices=choices
    )


def _as_form(details: Any) -> Form:
    return Form({name: str(getattr(details, name) or "") for name in (*TEXTS, *CHOICES)})
