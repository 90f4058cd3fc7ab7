"""Working days and days off that operators know better than the calendar, and the years that are published (PA-9)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from starlette.responses import Response
from zikao.payment.v1 import resources_pb2, settlement_service_pb2

from gateway.web.form import BLANK, Form
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page

Request = settlement_service_pb2.SetDayOverridesRequest
INPUTS: Final = {"complete_years[0]": "year", "note": "note", "date": "first_date"}
LONGEST_SPAN: Final = 31
"""Days that one form records; the longest public holiday has nine."""


async def show(page: Page, form: Form = BLANK) -> Response:
    """What is recorded, and the forms to record more."""
    known = await page.ask(settlement_service_pb2.ListDayOverridesRequest())
    return page.render(
        "operation/days.html",
        known=known,
        days=[(one, _weekday(page, one.date)) for one in reversed(known.overrides)],
        kinds=options("day", page.language),
        form=form,
    )


async def record(page: Page) -> Response:
    """Records a day, or every day of a span."""
    form = page.form()
    days = list(_span(form["first_date"], form["last_date"] or form["first_date"]))
    if not days:
        texts = "请填写起止日期，最多 31 天", "Enter a first and a last date, 31 days at most"
        return await show(page, page.mend(form, "first_date", *texts))
    if form["day"] not in ("1", "2"):
        return await show(page, page.mend(form, "day", "请选择工作日或休息日", "Choose what the days are"))
    working = form["day"] == "1"
    overrides = [
        resources_pb2.DayOverride(date=day.isoformat(), working_day=working, note=form["note"]) for day in days
    ]
    return await _set(page, Request(overrides=overrides), form)


async def remove(page: Page) -> Response:
    """The calendar decides again about a day."""
    return await _set(page, Request(removed_dates=[page.form()["date"]]), BLANK)


async def complete(page: Page) -> Response:
    """Declares that all holidays of a year are recorded."""
    form = page.form()
    return await _set(page, Request(complete_years=[form.number("year")]), form)


async def withdraw(page: Page) -> Response:
    """Takes such a declaration back."""
    return await _set(page, Request(withdrawn_years=[page.form().number("withdrawn")]), BLANK)


async def _set(page: Page, request: Request, form: Form) -> Response:
    return await page.submit(request, form, show, inputs=INPUTS)


def _span(first: str, last: str) -> Iterator[date]:
    """Every day from one to another; none where either is no date or there are too many."""
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return
    if 0 <= (end - begin).days < LONGEST_SPAN:
        for back in range((end - begin).days + 1):
            yield begin + timedelta(days=back)


def _weekday(page: Page, day: str) -> str:
    weekday = date.fromisoformat(day).weekday()
    return page.say("周" + "一二三四五六日"[weekday], ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[weekday])
