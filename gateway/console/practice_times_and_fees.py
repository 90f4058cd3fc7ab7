"""Practice courses of a school: times, collisions, fees collected offline (EN-6, EN-10). Reviewers work on their own
school's, operators on those of a school that they choose.
"""

import asyncio
from typing import Any, Final

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_service_pb2, practice_service_pb2
from zikao.review.v1 import review_service_pb2

from chassis.errors import Refusal
from chassis.security.tokens import Access
from gateway.http.carried_files import MOST_BYTES, read, written
from gateway.web.datetime_inputs import read_instant
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page
from gateway.web.visitor import AUTHORITY

PAYMENTS: Final = "payments"
IMPORT_SECONDS: Final = 30.0
Import = practice_service_pb2.ImportPracticePaymentsRequest


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
        **_frame(page),
    )


async def set_time(page: Page) -> Response:
    """Sets, moves or clears the time of a course; whom it collides with is then listed."""
    form = page.form()
    school = await _school(page)
    try:
        times = {name: read_instant(form, name) for name in ("start_time", "end_time") if form[name]}
        await page.ask(page.fill(practice_service_pb2.SetPracticeSittingRequest, form, school_code=school, **times))
    except Refusal as refusal:
        return await show(page, page.refused(form, refusal))
    return page.redirect(page.shown_path)


async def confirm_payment(page: Page) -> Response:
    """Confirms that the school has the fee of one selection."""
    return await page.submit(page.fill(practice_service_pb2.ConfirmPracticePaymentRequest, page.form()), BLANK, show)


async def check_payments(page: Page) -> Response:
    """Checks a file of collected fees and says what confirming them would do; nothing changes (EN-20)."""
    upload = page.upload(PAYMENTS)
    if upload is None:
        return await _wrong_file(page, "请选择缴费名单文件", "Choose the file of payments")
    content = await upload.read()
    if not content or len(content) > MOST_BYTES:
        return await _wrong_file(page, "文件为空或超过 3 MB", "The file is empty, or larger than 3 MB")
    return await _imported(page, content, dry_run=True)


async def confirm_payments(page: Page) -> Response:
    """Confirms the fees of the file that was checked."""
    content = read(page.sent.get(PAYMENTS))
    return await _imported(page, content, dry_run=False) if content else page.redirect(page.shown_path)


async def _imported(page: Page, content: bytes, *, dry_run: bool) -> Response:
    school = await _school(page)
    try:
        request = page.fill(Import, school_code=school, content=content, dry_run=dry_run)
        done = await page.ask(request, seconds=IMPORT_SECONDS)
    except Refusal as refusal:
        form = Form({PAYMENTS: ""})
        return await show(page, form.refused(refusal, page.language, {"content": PAYMENTS}))
    carried = written(content) if dry_run and not done.problems and done.confirmed else ""
    return page.render("console/practice_payments.html", done=done, carried=carried, **_frame(page))


async def _wrong_file(page: Page, zh: str, en: str) -> Response:
    return await show(page, page.mend(Form({PAYMENTS: ""}), PAYMENTS, zh, en))


async def _school(page: Page) -> str:
    """The school that an operator chose, or the organisation that review counts for the reader."""
    if chosen := page.params.get("school_code"):
        return chosen
    figures = await page.ask(review_service_pb2.GetReviewFiguresRequest(days=1))
    return str(figures.organisation)


def _frame(page: Page) -> dict[str, Any]:
    """Operators see the same pages among their own."""
    session_id = page.params["session_id"]
    if page.visitor.kind is Access.OPERATOR:
        return {
            "frame": "operation/base.html",
            "address": f"/operation/sessions/{session_id}/schools/{page.params['school_code']}/practice",
            "above": f"/operation/sessions/{session_id}",
        }
    return {
        "frame": "console/base.html",
        "address": f"/console/practice/{session_id}",
        "above": "/console/practice",
    }
