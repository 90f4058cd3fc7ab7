"""Practice courses of the reviewer's own school: times, collisions, fees collected offline (EN-6, EN-10)."""

import asyncio
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_service_pb2, practice_service_pb2
from zikao.review.v1 import review_service_pb2

from chassis.errors import Refusal
from gateway.web.datetime_inputs import read_instant
from gateway.web.forms import Form
from gateway.web.page import Page

AUTHORITY: Final = "AUTHORITY"


async def show_sessions(page: Page) -> Response:
    """The sessions to choose from; the exam authority has no practice courses (RE-2)."""
    school, sessions = await asyncio.gather(_school(page), page.ask(catalogue_service_pb2.ListSessionsRequest()))
    return page.render("console/practice_sessions.html", sessions=sessions.sessions, has_school=school != AUTHORITY)


async def show(page: Page) -> Response:
    """A session's practice selections at the school, and what collides."""
    return await _practice(page, Form())


async def set_time(page: Page) -> Response:
    """Sets, moves or clears the time of a course; whom it collides with is then listed."""
    form = page.form()
    request = practice_service_pb2.SetPracticeSittingRequest(
        session_id=page.params["session_id"], school_code=await _school(page), course_code=form["course_code"]
    )
    try:
        for name in ("start_time", "end_time"):
            if form[name]:
                getattr(request, name).CopyFrom(read_instant(form, name))
        await page.ask(request)
    except Refusal as refusal:
        return await _practice(page, form.refused(refusal, page.language))
    return page.redirect(_path(page))


async def confirm_payment(page: Page) -> Response:
    """Confirms that the school has the fee of one selection."""
    form = page.form()
    request = practice_service_pb2.ConfirmPracticePaymentRequest(selection_id=form["selection_id"])
    return await page.submit(request, Form(), _practice, _path(page))


async def _practice(page: Page, form: Form) -> Response:
    session_id, school = page.params["session_id"], await _school(page)
    selections_request = practice_service_pb2.ListPracticeSelectionsRequest(
        session_id=session_id, school_code=school, page_token=page.query()["page_token"]
    )
    collisions_request = practice_service_pb2.ListCollisionsRequest(session_id=session_id, school_code=school)
    selections, collisions = await asyncio.gather(
        page.ask(selections_request),
        page.ask(collisions_request),
    )
    return page.render(
        "console/practice.html",
        session_id=session_id,
        school=school,
        entries=selections.entries,
        next_page_token=selections.next_page_token,
        collisions=collisions.collisions,
        form=form,
    )


async def _school(page: Page) -> str:
    """The organisation that review counts for the reader."""
    figures = await page.ask(review_service_pb2.GetReviewFiguresRequest(days=1))
    return str(figures.organisation)


def _path(page: Page) -> str:
    return f"/console/practice/{page.params['session_id']}"
