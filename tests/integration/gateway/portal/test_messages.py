"""A candidate's inbox, and how they want to be told (EN-19)."""

import pytest
from zikao.identity.v1 import login_service_pb2, resources_pb2
from zikao.identity.v1 import message_service_pb2 as api

from services.identity.errors import MessageEmailUnverified
from tests.integration.gateway.logged_in_browser import ME, Browser

ORDER = "0f3c1d6e-8a47-4a0e-9a53-5d1f7c2b9e11"


@pytest.fixture
def told(candidate: Browser) -> Browser:
    """A candidate with one unread message, about an order."""
    answer = api.ListMessagesResponse(unread_count=3)
    one = answer.messages.add(message_id=ME, title_zh="缴费成功", title_en="Paid", body_zh="已缴费", order_id=ORDER)
    one.deliveries.add(channel="PHONE", state="SENT")
    candidate.services.answers |= {
        "MessageService.ListMessages": answer,
        "MessageService.MarkMessagesRead": api.MarkMessagesReadResponse(),
        "MessageService.GetMessagePreference": api.MessagePreference(channel="PHONE", language="ZH"),
        "LoginService.ListLoginSessions": login_service_pb2.ListLoginSessionsResponse(),
        "CandidateService.GetCandidate": resources_pb2.Candidate(candidate_id=ME),
    }
    return candidate


async def test_the_inbox_says_how_a_message_was_sent_and_leads_to_what_it_is_about(told: Browser) -> None:  # EN-19
    page = (await told.get("/messages")).text
    shown = ("缴费成功", "已缴费", "短信", "已发送", f'href="/orders/{ORDER}"', "<strong>3</strong>")
    assert [words in page for words in shown] == [True] * len(shown)


async def test_what_was_shown_is_marked_as_read(told: Browser) -> None:  # EN-19
    answer = await told.send("/messages/read", message_id=ME)
    assert answer.headers["location"] == "/messages"
    assert list(told.asked("MessageService/MarkMessagesRead", api.MarkMessagesReadRequest).message_ids) == [ME]


async def test_an_email_that_is_not_verified_is_refused_where_it_is_chosen(told: Browser) -> None:  # EN-19
    told.services.answers["MessageService.UpdateMessagePreference"] = MessageEmailUnverified()
    refused = await told.send("/account/messages", channel="2", language="1")
    assert (refused.status_code, "邮箱尚未验证" in refused.text) == (400, True)
