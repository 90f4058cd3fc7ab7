"""Announcements and answers to frequent questions: written, previewed in both languages, published (EN-17)."""

import uuid
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from zikao.enrollment.v1 import announcement_service_pb2, catalogue_service_pb2

from gateway.web.form import BLANK, Form
from gateway.web.labels.lookup import options
from gateway.web.page_request import Page

Announcement = announcement_service_pb2.Announcement
ANNOUNCEMENTS: Final = "/operation/announcements"
FIELDS: Final = ("kind", "audience", "session_id", "title_zh", "body_zh", "title_en", "body_en", "request_id")
"""What a form for one holds."""


async def show(page: Page, form: Form = BLANK) -> Response:
    """Whatever was published, and the form for the next."""
    request = announcement_service_pb2.ListPublishedAnnouncementsRequest(page_token=page.query()["page_token"])
    published = await page.ask(request)
    return page.render(
        "operation/announcements.html",
        form=form.with_defaults({**dict.fromkeys(FIELDS, ""), "request_id": str(uuid.uuid4())}),
        published=published.announcements,
        next_page_token=published.next_page_token,
        kinds=options("announcement", page.language),
        audiences=options("audience", page.language),
        sessions=await _sessions(page),
    )


async def preview(page: Page) -> Response:
    """Shows what was typed as its readers will see it; nothing changes. `edit` goes back to the form with it."""
    form = page.form()
    if form["edit"]:
        return await show(page, form)
    return page.render("operation/announcement_preview.html", form=form, fields=FIELDS)


async def publish(page: Page) -> Response:
    """Publishes what was shown."""
    form = page.form()
    request = announcement_service_pb2.CreateAnnouncementRequest(
        announcement=page.fill(Announcement, form), request_id=form["request_id"]
    )
    return await page.submit(request, form, show, ANNOUNCEMENTS)


async def withdraw(page: Page) -> Response:
    """Takes one out of force."""
    return await page.submit(
        page.fill(announcement_service_pb2.WithdrawAnnouncementRequest), BLANK, show, ANNOUNCEMENTS
    )


async def _sessions(page: Page) -> Sequence[tuple[str, str]]:
    """The exam sessions that one can be about, and all of them."""
    sessions = (await page.ask(catalogue_service_pb2.ListSessionsRequest())).sessions
    return [("", page.say("全部考期", "all sessions")), *((one.session_id, one.session_id) for one in sessions)]
