"""Announcements are read in both languages before they are published, and withdrawn (EN-17)."""

import pytest
from zikao.enrollment.v1 import announcement_service_pb2 as api
from zikao.enrollment.v1 import catalogue_service_pb2

from tests.integration.gateway.logged_in_browser import ME, Browser

PAGE = "/operation/announcements"
WORDS = {
    "kind": "1",
    "audience": "2",
    "session_id": "2026-10",
    "title_zh": "缴费<提醒>",
    "body_zh": "请尽早缴费。\n不要重复支付。",
    "title_en": "Pay in time",
    "body_en": "",
    "request_id": ME,
}


@pytest.fixture
def publisher(operator: Browser) -> Browser:
    """An operator before one announcement in force."""
    one = api.Announcement(announcement_id=ME, kind="QUESTION", audience="EVERYBODY", title_zh="如何改手机？")
    operator.services.answers |= {
        "AnnouncementService.ListPublishedAnnouncements": api.ListPublishedAnnouncementsResponse(announcements=[one]),
        "CatalogueService.ListSessions": catalogue_service_pb2.ListSessionsResponse(),
        "AnnouncementService.CreateAnnouncement": one,
        "AnnouncementService.WithdrawAnnouncement": one,
    }
    return operator


async def test_an_announcement_is_read_in_both_languages_before_it_is_published(publisher: Browser) -> None:  # EN-17
    page = (await publisher.send(PAGE, **WORDS)).text
    assert "缴费&lt;提醒&gt;" in page
    assert "Pay in time" in page
    assert not any(one.path.endswith("/CreateAnnouncement") for one in publisher.services.asked)
    answer = await publisher.send(f"{PAGE}/publish", **WORDS)
    assert answer.headers["location"] == PAGE
    asked = publisher.asked("AnnouncementService/CreateAnnouncement", api.CreateAnnouncementRequest)
    assert (asked.announcement.audience, asked.announcement.session_id) == (2, "2026-10")
    assert (asked.announcement.title_zh, asked.request_id) == ("缴费<提醒>", ME)


async def test_words_are_kept_on_the_way_back(publisher: Browser) -> None:
    page = (await publisher.send(PAGE, **WORDS, edit="yes")).text
    assert "不要重复支付。</textarea>" in page


async def test_what_is_in_force_can_be_withdrawn(publisher: Browser) -> None:  # EN-17
    assert f'action="{PAGE}/{ME}/withdraw"' in (await publisher.get(PAGE)).text
    await publisher.send(f"{PAGE}/{ME}/withdraw")
    asked = publisher.asked("AnnouncementService/WithdrawAnnouncement", api.WithdrawAnnouncementRequest)
    assert asked.announcement_id == ME
