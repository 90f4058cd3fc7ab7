"""Selecting courses: the timetable, what is selected, the district, the basket (EN-5, EN-7, EN-10, EN-11, EN-12)."""

import asyncio
import uuid
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_service_pb2, enrollment_service_pb2, resources_pb2

from chassis.errors import NotFound, Refusal
from gateway.portal.enrollment.half_day_grid import half_days
from gateway.web.form import BLANK, Form, FormError
from gateway.web.page_request import Page

CHANGEABLE: Final = frozenset({resources_pb2.Selection.PREPARED, resources_pb2.Selection.DRAFT})


async def show(page: Page, form: Form = BLANK) -> Response:
    """The timetable of the chosen registration, and every selection of the session."""
    overview = await page.ask(page.fill(enrollment_service_pb2.GetSessionOverviewRequest))
    registration = _chosen(page, form, overview)
    school = registration.school_code
    plan, sittings = await asyncio.gather(
        page.ask(catalogue_service_pb2.GetPlanRequest(school_code=school, major_code=registration.major_code)),
        page.ask(page.fill(catalogue_service_pb2.ListSittingsRequest, school_code=school)),
    )
    drafts = [one for one in overview.selections if one.state == resources_pb2.Selection.DRAFT]
    return page.render(
        "portal/courses.html",
        overview=overview,
        registration=registration,
        half_days=half_days(plan, sittings.sittings, overview.selections, registration),
        drafts=[one for one in drafts if one.fee_fen],
        form=form,
        changeable=CHANGEABLE,
        request_id=str(uuid.uuid4()),
    )


async def select(page: Page) -> Response:
    """Selects a course; a clash is explained where it happened (EN-12)."""
    form = page.form()
    request = page.fill(enrollment_service_pb2.CreateSelectionRequest, form)
    return await page.submit(request, form, show, f"{_timetable(page, form)}#c{form['course_code']}")


async def remove(page: Page) -> Response:
    """Takes a selection back."""
    form = page.form()
    request = page.fill(enrollment_service_pb2.DeleteSelectionRequest, form)
    return await page.submit(request, form, show, _timetable(page, form))


async def swap(page: Page) -> Response:
    """Selects another course in the place of a selection; one that is refused loses nothing (EN-12)."""
    form = page.form()
    request = page.fill(enrollment_service_pb2.SwapSelectionRequest, form)
    return await page.submit(request, form, show, f"{_timetable(page, form)}#c{form['course_code']}")


async def show_district(page: Page, form: Form = BLANK) -> Response:
    """The districts, outlying ones marked with the notice (EN-7)."""
    answer = await page.ask(catalogue_service_pb2.ListDistrictsRequest())
    return page.render("portal/district.html", districts=answer.districts, form=form)


async def prefer_district(page: Page) -> Response:
    """States the preference."""
    form = page.form()
    request = page.fill(enrollment_service_pb2.SetDistrictPreferenceRequest, form)
    return await page.submit(request, form, show_district, f"/sessions/{page.params['session_id']}/courses")


async def check_out(page: Page) -> Response:
    """Turns what the candidate saw into one order (EN-10)."""
    form = page.form()
    sent = await page.request.form()
    selection_ids = [str(value) for value in sent.getlist("selection_id")]
    request = page.fill(enrollment_service_pb2.CheckOutRequest, form, selection_ids=selection_ids)
    try:
        checkout = await page.ask(request)
    except Refusal as refusal:
        unmet = [FormError("", page.say(one.zh, one.en)) for one in refusal.unmet]
        return await show(page, form.refused(refusal, page.language).with_wrong(unmet))
    return page.redirect(f"/orders/{checkout.order_id}")


def _chosen(page: Page, form: Form, overview: resources_pb2.SessionOverview) -> resources_pb2.Registration:
    """The registration that is selected for: by the address or the form, else the first. Raises NotFound."""
    wanted = form["registration_id"] or page.request.query_params.get("registration", "")
    for registration in overview.registrations:
        if registration.registration_id == wanted:
            return registration
    if not overview.registrations:
        raise NotFound()
    return overview.registrations[0]


def _timetable(page: Page, form: Form) -> str:
    return f"{page.shown_path}?registration={form['registration_id']}"
