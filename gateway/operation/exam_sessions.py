"""One exam session: its window, its counts, its roster; open, extend, close, cancel (EN-1, EN-8, PA-12, OP-1)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import (
    catalogue_pb2,
    catalogue_service_pb2,
    practice_service_pb2,
    refund_request_service_pb2,
)

from chassis.errors import Refusal
from gateway.operation.day.half_day_districts import half_day_name
from gateway.web.charts import Chart, stacked_columns
from gateway.web.datetime_inputs import read_instant, typed_instant
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

Session = catalogue_pb2.ExamSession
Roster = practice_service_pb2.ExportRosterRequest
MEDIA: Final = {
    "csv": (Roster.CSV, "text/csv; charset=utf-8"),
    "xlsx": (Roster.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


async def show(
    page: Page, form: Form = BLANK, closed: catalogue_service_pb2.CloseRegistrationResponse | None = None
) -> Response:
    """The session as it stands; when it has just been closed, what there was to do."""
    session, counts = await asyncio.gather(
        page.ask(page.fill(catalogue_service_pb2.GetSessionRequest)),
        page.ask(page.fill(practice_service_pb2.GetSessionCountsRequest)),
    )
    typed = {name: typed_instant(getattr(session, name)) for name in ("registration_end_time", "payment_cutoff_time")}
    return page.render(
        "operation/session.html",
        session=session,
        states=Session,
        chart=_per_half_day(counts, page),
        totals=(sum(one.effective for one in counts.counts), sum(one.live for one in counts.counts)),
        paid_fen=sum(one.paid_fen for one in counts.counts),
        form=form.with_defaults(typed),
        closed=closed,
    )


async def open_now(page: Page) -> Response:
    """Opens the window now."""
    form = page.form()
    return await page.submit(page.fill(catalogue_service_pb2.OpenSessionRequest, form), form, show)


async def extend(page: Page) -> Response:
    """Moves the end of the window and the payment cut-off to later instants."""
    form = page.form()
    names = ("registration_end_time", *(["payment_cutoff_time"] if form["payment_cutoff_time"] else []))
    try:
        later = {name: read_instant(form, name) for name in names}
    except Refusal as refusal:
        return await show(page, page.refused(form, refusal))
    return await page.submit(page.fill(catalogue_service_pb2.ExtendSessionRequest, form, **later), form, show)


async def close(page: Page) -> Response:
    """Ends registration at once, and says what there was to do."""
    try:
        closed = await page.ask(page.fill(catalogue_service_pb2.CloseRegistrationRequest))
    except Refusal as refusal:
        return await show(page, page.refused(BLANK, refusal))
    return await show(page, closed=closed)


async def cancel(page: Page) -> Response:
    """Cancels the session; the box that says so must be ticked, since nothing takes it back."""
    form = page.form()
    if not form["sure"]:
        texts = "请确认要取消本考期", "Confirm that the session is to be cancelled"
        return await show(page, page.mend(form, "sure", *texts))
    return await page.submit(page.fill(catalogue_service_pb2.CancelSessionRequest, form), form, show)


async def allow_refund_requests(page: Page) -> Response:
    """Says until when candidates may ask for fees back; an empty input allows nobody to (PA-14)."""
    form = page.form()
    try:
        named = {"deadline": read_instant(form, "deadline")} if form["deadline"] else {}
    except Refusal as refusal:
        return await show(page, form.refused(refusal, page.language))
    request = page.fill(refund_request_service_pb2.SetRefundRequestDeadlineRequest, **named)
    return await page.submit(request, form, show)


async def practice_schools(page: Page) -> Response:
    """The schools, to choose whose practice courses to work on."""
    answer = await page.ask(catalogue_service_pb2.ListSchoolsRequest())
    return page.render("operation/practice_schools.html", session_id=page.params["session_id"], schools=answer.schools)


async def roster(page: Page) -> Response:
    """The roster as a file, passed on as it is written."""
    ending = page.query()["format"] if page.query()["format"] in MEDIA else "csv"
    form, media_type = MEDIA[ending]
    pieces = page.watch(page.fill(Roster, format=form))
    first = await anext(pieces)  # what is refused is refused here, before the file has begun

    async def content() -> AsyncIterator[bytes]:
        yield first.content
        async for piece in pieces:
            yield piece.content

    return page.stream(content(), media_type, f"roster-{page.params['session_id']}.{ending}")


def _per_half_day(counts: practice_service_pb2.SessionCounts, page: Page) -> Chart:
    """Per half-day: selections that are effective, and those that are live but not effective yet."""
    sums: dict[tuple[str, int], list[int]] = {}
    for one in counts.counts:
        both = sums.setdefault((one.half_day.date, one.half_day.period), [0, 0])
        both[0] += one.effective
        both[1] += one.live - one.effective
    return stacked_columns((half_day_name(page, *at), values) for at, values in sorted(sums.items()))
