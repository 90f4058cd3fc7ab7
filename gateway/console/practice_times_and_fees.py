"""Practice courses of the reviewer's own school: times, collisions, fees collected offline (EN-6, EN-10)."""

import asyncio
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_service_pb2, practice_service_pb2
from zikao.review.v1 import review_service_pb2

from chassis.errors import Refusal
from gateway.web.datetime_inputs import read_instant
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

AUTHORITY: Final = "AUTHORITY"


async def show_sessions(page: Page) -> Response:
    """The sessions to choose from; the exam authority has no practice courses (RE-2)."""
    school, sessions = await asyncio.gather(_school(page), page.ask(catalogue_service_pb2.ListSessionsRequest()))
    return page.render("console/practice_sessions.html", sessions=sessions.sessions, has_school=school != AUTHORITY)


async def show(page: Page, form: Form = BLANK) -> Response:
    """A session's practice selections at the school, and what collides."""
    school, page_token = await _school(page), page.query()["page_token"]
    listed = practice_service_pb2.ListPracticeSelectionsRequest
    selections, collisions = await asyncio.gather(
        page.ask(page.fill(listed, school_code=school, page_token=page_token)),
        page.ask(page.fill(practice_service_pb2.ListCollisionsRequest, school_code=school)),
    )
    return page.render(
        "console/practice.html",
        session_id=page.params["session_id"],
        school=school,
        entries=selections.entries,
        next_page_token=selections.next_page_token,
        collisions=collisions.collisions,
        form=form,
    )


async def set_time(page: Page) -> Response:
    """Sets, moves or clears the time of a course; whom it collides with is then listed."""
    form = page.form()
    school = await _school(page)
    try:
        times = {name: read_instant(form, name) for name in ("start_time", "end_time") if form[name]}
        await page.ask(page.fill(practice_service_pb2.SetPracticeSittingRequest, form, school_code=school, **times))
    except Refusal as refusal:
        return await show(page, form.refused(refusal, page.language))
    return page.redirect(page.shown_path)


async def confirm_payment(page: Page) -> Response:
    """Confirms that the school has the fee of one selection."""
    return await page.submit(page.fill(practice_service_pb2.ConfirmPracticePaymentRequest, page.form()), BLANK, show)


async def _school(page: Page) -> str:
    """The organisation that review counts for the reader."""
    figures = await page.ask(review_service_pb2.GetReviewFiguresRequest(days=1))
    return str(figures.organisation)
