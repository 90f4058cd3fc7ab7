"""Selecting courses: the timetable, what is selected, the district, the basket, and the draft that becomes an order
(EN-5, EN-7, EN-10 to EN-12, EN-14 to EN-16).
"""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2, enrollment_service_pb2, resources_pb2

from chassis.errors import NotFound, Refusal
from gateway.portal.enrollment.alternatives import alternatives
from gateway.portal.enrollment.current_session import exam_sessions
from gateway.portal.enrollment.half_day_grid import timetable
from gateway.portal.next_step import PLACES
from gateway.web.form import BLANK, Form, FormError
from gateway.web.labels import done_labels
from gateway.web.page_request import Page
from gateway.web.published_texts import find_text

Selection = resources_pb2.Selection
Gate = resources_pb2.Gate
UNPAID: Final = frozenset({Selection.PREPARED, Selection.DRAFT})


async def show(page: Page, form: Form = BLANK, refusal: Refusal | None = None) -> Response:
    """The timetable of the chosen registration, with every selection of the session, and the basket."""
    request = page.fill(enrollment_service_pb2.GetSessionOverviewRequest)
    overview = await page.ask(request)
    registration = _chosen(page, form, overview)
    offers, districts = await asyncio.gather(
        page.ask(
            enrollment_service_pb2.ListCourseOffersRequest(
                session_id=request.session_id, registration_id=registration.registration_id
            )
        ),
        page.ask(catalogue_service_pb2.ListDistrictsRequest()),
    )
    shown = timetable(offers.offers, overview.selections)
    theory = [one for one in overview.selections if one.course_kind == catalogue_pb2.Course.THEORY]
    return page.render(
        "portal/courses.html",
        overview=overview,
        registration=registration,
        timetable=shown,
        opened=shown.opened(form["course_code"]),
        school_notice=await _school_notice(page, registration, offers.offers),
        offer_of={one.course.course_code: one for one in offers.offers},
        basket=[one for one in theory if one.state in UNPAID],
        prepared=[one for one in overview.selections if one.state == Selection.PREPARED],
        changes={one.selection_id: one for one in overview.changes},
        selections={one.selection_id: one for one in overview.selections},
        done=_done(page, overview),
        places=PLACES,
        districts=districts.districts,
        instead=await alternatives(page, refusal, offers.offers, overview) if refusal else None,
        form=form,
        states=Selection,
        offer_states=resources_pb2.CourseOffer,
        session_states=catalogue_pb2.ExamSession,
        stages=Gate,
        theory=catalogue_pb2.Course.THEORY,
        request_id=str(uuid.uuid4()),
    )


async def show_current(page: Page) -> Response:
    """Leads to the timetable of the session in question."""
    session, _ = await exam_sessions(page)
    return page.redirect(f"/sessions/{session.session_id}/courses")


async def select(page: Page) -> Response:
    """Selects a course; a refusal is explained where it happened, with what could be instead (EN-12)."""
    form = page.form()
    return await _change(page, page.fill(enrollment_service_pb2.CreateSelectionRequest, form), form)


async def remove(page: Page) -> Response:
    """Takes a selection back."""
    form = page.form()
    return await _change(page, page.fill(enrollment_service_pb2.DeleteSelectionRequest, form), form)


async def swap(page: Page) -> Response:
    """Selects another course in the place of a selection; one that is refused loses nothing (EN-12)."""
    form = page.form()
    return await _change(page, page.fill(enrollment_service_pb2.SwapSelectionRequest, form), form)


async def show_district(page: Page, form: Form = BLANK) -> Response:
    """The districts, outlying ones marked with the notice (EN-7)."""
    answer = await page.ask(catalogue_service_pb2.ListDistrictsRequest())
    return page.render("portal/district.html", districts=answer.districts, form=form)


async def prefer_district(page: Page) -> Response:
    """States the preference."""
    form = page.form()
    request = page.fill(enrollment_service_pb2.SetDistrictPreferenceRequest, form)
    courses = f"/sessions/{page.params['session_id']}/courses#basket"
    return await page.submit(request, form, show_district, courses, done=done_labels.DISTRICT_SAVED)


async def check_out(page: Page) -> Response:
    """Turns what the candidate saw into one order (EN-10, EN-15)."""
    form = page.form()
    sent = await page.request.form()
    selection_ids = [str(value) for value in sent.getlist("selection_id")]
    total_fen = form.number("total_fen")
    request = page.fill(enrollment_service_pb2.CheckOutRequest, form, selection_ids=selection_ids, total_fen=total_fen)
    try:
        checkout = await page.ask(request)
    except Refusal as refusal:
        return await _refused(page, form, refusal)
    return page.redirect(f"/orders/{checkout.order_id}")


async def confirm_draft(page: Page) -> Response:
    """Turns what was prepared before the opening into live selections and one order (EN-14, EN-16)."""
    form = page.form()
    request = page.fill(enrollment_service_pb2.ConfirmDraftRequest, form, total_fen=form.number("total_fen"))
    try:
        overview = await page.ask(request)
    except Refusal as refusal:
        return await _refused(page, form, refusal)
    order_id = overview.unsettled_checkout.order_id
    return page.redirect(f"/orders/{order_id}" if order_id else page.shown_path)


async def _school_notice(
    page: Page, registration: resources_pb2.Registration, offers: Sequence[resources_pb2.CourseOffer]
) -> catalogue_pb2.Text | None:
    """How a school collects the fees of its practice courses stands in its notice (EN-10)."""
    if all(one.course.kind == catalogue_pb2.Course.THEORY for one in offers):
        return None
    return await find_text(page, catalogue_pb2.Text.SCHOOL_NOTICE, registration.school_code)


async def _change(
    page: Page,
    request: (
        enrollment_service_pb2.CreateSelectionRequest
        | enrollment_service_pb2.DeleteSelectionRequest
        | enrollment_service_pb2.SwapSelectionRequest
    ),
    form: Form,
) -> Response:
    try:
        changed = await page.ask(request)
    except Refusal as refusal:
        return await _refused(page, form, refusal)
    where = f"registration={form['registration_id']}&changed={changed.selection_id or changed.course_code}"
    return page.redirect(f"{page.shown_path}?{where}")


async def _refused(page: Page, form: Form, refusal: Refusal) -> Response:
    unmet = [FormError("", page.say(one.zh, one.en)) for one in refusal.unmet]
    return await show(page, page.refused(form, refusal).with_wrong(unmet), refusal)


def _done(page: Page, overview: resources_pb2.SessionOverview) -> resources_pb2.Selection | None:
    """The selection that the last form made; none where it took one back, or where the address was made up."""
    changed = page.request.query_params.get("changed", "")
    return next((one for one in overview.selections if one.selection_id == changed), None)


def _chosen(page: Page, form: Form, overview: resources_pb2.SessionOverview) -> resources_pb2.Registration:
    """The registration that is selected for: by the address or the form, else the first. Raises NotFound."""
    wanted = form["registration_id"] or page.request.query_params.get("registration", "")
    for registration in overview.registrations:
        if registration.registration_id == wanted:
            return registration
    if not overview.registrations:
        raise NotFound()
    return overview.registrations[0]
