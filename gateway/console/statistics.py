"""The figures of a reviewer's organisation as charts, and its decisions as a file (RE-9)."""

from datetime import date, timedelta
from typing import Final

from starlette.responses import Response
from zikao.review.v1 import resources_pb2, review_service_pb2

from chassis.clock import SHANGHAI
from chassis.errors import Refusal
from gateway.web.charts import Chart, stacked_columns
from gateway.web.form import BLANK, Form
from gateway.web.page_request import Page

SPANS: Final = (7, 30, 90)
USUAL: Final = 30
SERIES: Final = ("approved", "rejected", "asked_again")


async def show(page: Page, form: Form = BLANK) -> Response:
    """Waiting, overdue, decided per day, agreement."""
    days = page.query().number("days") or USUAL
    figures = await page.ask(review_service_pb2.GetReviewFiguresRequest(days=days))
    return page.render(
        "console/figures.html",
        figures=figures,
        chart=_per_day(figures, days, page.now.astimezone(SHANGHAI).date()),
        days=days,
        spans=SPANS,
        form=form,
    )


async def export(page: Page) -> Response:
    """The decisions of a span of days as CSV."""
    asked = page.query()
    try:
        body = await page.ask(page.fill(review_service_pb2.ExportCasesRequest, asked))
    except Refusal as refusal:
        return await show(page, page.refused(asked, refusal))
    return page.file(body, "decisions.csv")


def _per_day(figures: resources_pb2.ReviewFigures, days: int, today: date) -> Chart:
    """Every day of the span, those without decisions too."""
    known = {one.date: one for one in figures.days}
    dates = [(today - timedelta(days=back)).isoformat() for back in range(days - 1, -1, -1)]
    return stacked_columns(
        (date, [getattr(known[date], name) if date in known else 0 for name in SERIES]) for date in dates
    )
