"""The inbox, and how else one wants to be told (EN-19)."""

from typing import Final

from starlette.responses import Response
from zikao.identity.v1 import message_service_pb2

from chassis.errors import Refusal
from gateway.portal.account import login_sessions
from gateway.portal.own_candidate import ME
from gateway.web.page_request import Page

Message = message_service_pb2.Message

MESSAGES: Final = "/messages"
SHOWN_ON_OTHER_PAGES: Final = 3
PAGES: Final = (("order_id", "/orders/"), ("case_id", "/cases/"))
"""Where what a message is about is read."""


async def show(page: Page) -> Response:
    """The messages, the newest first."""
    answer = await page.ask(
        message_service_pb2.ListMessagesRequest(candidate_id=ME, page_token=page.query()["page_token"])
    )
    return page.render(
        "portal/messages.html",
        messages=[(one, page_about(one)) for one in answer.messages],
        unread=[one.message_id for one in answer.messages if not one.HasField("read_time")],
        unread_count=answer.unread_count,
        next_page_token=answer.next_page_token,
    )


async def mark_read(page: Page) -> Response:
    """Marks what was shown as read."""
    shown = [text for name, text in page.typed if name == "message_id"]
    if shown:
        await page.ask(message_service_pb2.MarkMessagesReadRequest(candidate_id=ME, message_ids=shown))
    return page.redirect(MESSAGES)


async def choose(page: Page) -> Response:
    """Chooses how and in which language one is told."""
    form = page.form()
    preference = page.fill(message_service_pb2.MessagePreference, form)
    request = message_service_pb2.UpdateMessagePreferenceRequest(candidate_id=ME, preference=preference)
    return await page.submit(request, form, login_sessions.show, "/account")


async def newest_messages(page: Page) -> message_service_pb2.ListMessagesResponse:
    """The newest few, for a page that is about something else; none where they cannot be had now."""
    try:
        answer: message_service_pb2.ListMessagesResponse = await page.ask(
            message_service_pb2.ListMessagesRequest(candidate_id=ME, page_size=SHOWN_ON_OTHER_PAGES)
        )
    except Refusal:
        return message_service_pb2.ListMessagesResponse()
    return answer


def page_about(message: Message) -> str:
    """The page of what a message is about; empty for none."""
    for field, path in PAGES:
        if about := getattr(message, field):
            return f"{path}{about}"
    if message.session_id:
        return f"/sessions/{message.session_id}/courses"
    return ""
