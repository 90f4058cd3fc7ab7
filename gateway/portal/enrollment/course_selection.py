"""Selecting courses: the timetable, what is selected, the district, the basket (EN-5, EN-7, EN-10, EN-11, EN-12)."""

import asyncio
import uuid
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_service_pb2, enrollment_service_pb2, resources_pb2

from chassis.errors import NotFound, Refusal
from gateway.portal.enrollment.half_day_grid import half_days
from gateway.web.forms import Form, FormError
from gateway.web.page import Page

CHANGEABLE: Final = frozenset({resources_pb2.Selection.PREPARED, resources_pb2.Selection.DRAFT})


async def show(page: Page) -> Response:
    """The timetable of the chosen registration, and every selection of the session."""
    return await _courses(page, Form())


async def select(page: Page) -> Response:
    """Selects a course; a clash is explained where it happened (EN-12)."""
    form = page.form()
    request = enrollment_service_pb2.CreateSelectionRequest(
        registration_id=form["registration_id"], session_id=page.params["session_id"], course_code=form["course_code"]
    )
    return await page.submit(
        request, form, _courses, f"{_home(page)}?registration={form['registration_id']}#c{form['course_code']}"
    )


async def remove(page: Page) -> Response:
    """Takes a selection back."""
    form = page.form()
    request = enrollment_service_pb2.DeleteSelectionRequest(selection_id=form["selection_id"])
    return await page.submit(request, form, _courses, f"{_home(page)}?registration={form['registration_id']}")


async def swap(page: Page) -> Response:
    """Selects another course in the place of a selection; one that is refused loses nothing (EN-12)."""
    form = page.form()
    request = enrollment_service_pb2.SwapSelectionRequest(
        selection_id=form["selection_id"], registration_id=form["registration_id"], course_code=form["course_code"]
    )
    return await page.submit(
        request, form, _courses, f"{_home(page)}?registration={form['registration_id']}#c{form['course_code']}"
    )


async def show_district(page: Page) -> Response:
    """The districts, outlying ones marked with the notice (EN-7)."""
    return await _district(page, Form())


async def prefer_district(page: Page) -> Response:
    """States the preference."""
    form = page.form()
    request = enrollment_service_pb2.SetDistrictPreferenceRequest(
        session_id=page.params["session_id"], district_code=form["district_code"]
    )
    return await page.submit(request, form, _district, _home(page))


async def check_out(page: Page) -> Response:
    """Turns what the candidate saw into one order (EN-10)."""
    form = page.form()
    sent = await page.request.form()
    request = enrollment_service_pb2.CheckOutRequest(
        session_id=page.params["session_id"],
        request_id=form["request_id"],
        selection_ids=[str(value) for value in sent.getlist("selection_id")],
    )
    try:
        checkout = await page.ask(request)
    except Refusal as refusal:
        refused = form.refused(refusal, page.language)
        return await _courses(page, refused.with_wrong(_unmet(page, refusal)))
    return page.redirect(f"/orders/{checkout.order_id}")


def _unmet(page: Page, refusal: Refusal) -> list[FormError]:
    return [FormError("", page.say(one.zh, one.en)) for one in refusal.unmet]


async def _courses(page: Page, form: Form) -> Response:
    overview = await page.ask(enrollment_service_pb2.GetSessionOverviewRequest(session_id=page.params["session_id"]))
    registration = _chosen(page, form, overview)
    school = registration.school_code
    plan, sittings = await asyncio.gather(
        page.ask(catalogue_service_pb2.GetPlanRequest(school_code=school, major_code=registration.major_code)),
        page.ask(catalogue_service_pb2.ListSittingsRequest(session_id=page.params["session_id"], school_code=school)),
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


def _chosen(page: Page, form: Form, overview: resources_pb2.SessionOverview) -> resources_pb2.Registration:
    """The registration that is selected for: by the address or the form, else the first. Raises NotFound."""
    wanted = form["registration_id"] or page.request.query_params.get("registration", "")
    for registration in overview.registrations:
        if registration.registration_id == wanted:
            return registration
    if not overview.registrations:
        raise NotFound()
    return overview.registrations[0]


async def _district(page: Page, form: Form) -> Response:
    answer = await page.ask(catalogue_service_pb2.ListDistrictsRequest())
    return page.render("portal/district.html", districts=answer.districts, form=form)


def _home(page: Page) -> str:
    return f"/sessions/{page.params['session_id']}/courses"
