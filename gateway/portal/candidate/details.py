"""The candidate's details and their confirmation (ID-12)."""

import asyncio
from typing import Any, Final

from starlette.responses import Response
from zikao.enrollment.v1 import enrollment_service_pb2
from zikao.identity.v1 import candidate_service_pb2, resources_pb2

from chassis.errors import Refusal
from gateway.portal.own_candidate import ME, own_candidate, registers
from gateway.web.form import BLANK, Form
from gateway.web.labels import done_labels
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page

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
OPTIONAL: Final = ("workplace", "home_phone")


async def show_details(page: Page, form: Form = BLANK) -> Response:
    """The details as they are, to be completed."""
    candidate = await own_candidate(page)
    return _details(page, candidate, form.with_defaults(_as_form(candidate.details).values))


async def save_details(page: Page) -> Response:
    """Saves the details; then they are shown once more, to be checked and confirmed."""
    form = page.form()
    details = page.fill(resources_pb2.Details, form)
    request = candidate_service_pb2.UpdateDetailsRequest(candidate_id=ME, details=details)
    try:
        candidate = await page.ask(request)
    except Refusal as refusal:
        return await show_details(page, page.refused(form, refusal))
    if candidate.missing_details:
        return _details(page, candidate, _as_form(candidate.details))
    return page.redirect("/details/check")


async def show_check(page: Page, form: Form = BLANK) -> Response:
    """Check your answers: everything as it will count; printed, it is the registration form."""
    request = enrollment_service_pb2.ListRegistrationsRequest(candidate_id=ME)
    candidate, held = await asyncio.gather(own_candidate(page), page.ask(request))
    return page.render(
        "portal/details_check.html",
        candidate=candidate,
        registrations=held.registrations,
        registers=registers(candidate),
        form=form,
    )


async def confirm_details(page: Page) -> Response:
    """Confirms what was shown, and nothing else: the version that was looked at goes along."""
    form = page.form()
    request = page.fill(candidate_service_pb2.ConfirmDetailsRequest, form, candidate_id=ME)
    then = "/phone" if not form["phone_verified"] else "/"
    return await page.submit(request, form, show_check, then, done=done_labels.DETAILS_CONFIRMED)


def _details(page: Page, candidate: resources_pb2.Candidate, form: Form) -> Response:
    choices = {name: options(name, page.language) for name in CHOICES}
    asked = (*candidate.required_details, *OPTIONAL)
    return page.render(
        "portal/details.html",
        candidate=candidate,
        form=form,
        choices=choices,
        asked=asked,
        registers=registers(candidate),
    )


def _as_form(details: Any) -> Form:
    return Form({name: str(getattr(details, name) or "") for name in (*TEXTS, *CHOICES)})
