"""An exam session as operators see it, extend it, cancel it and take its roster away."""

import re
from collections.abc import AsyncIterator

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.common.v1 import half_day_pb2
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2, practice_service_pb2

from chassis.errors import NotFound
from tests.integration.gateway.answering_services import Said
from tests.integration.gateway.logged_in_browser import Browser

SESSION = "2026-10"
PATH = f"/operation/sessions/{SESSION}"


@pytest.fixture
def at_session(operator: Browser) -> Browser:
    """An operator before an open session with some selections."""
    session = catalogue_pb2.ExamSession(
        session_id=SESSION,
        display_name_zh="2026年10月",
        state=catalogue_pb2.ExamSession.OPEN,
        registration_start_time=Timestamp(seconds=1_790_000_000),
        registration_end_time=Timestamp(seconds=1_790_500_000),
        payment_cutoff_time=Timestamp(seconds=1_790_501_800),
        etag="etag-1",
    )
    counts = practice_service_pb2.SessionCounts(session_id=SESSION)
    counts.counts.add(
        half_day=half_day_pb2.HalfDay(date="2026-10-24", period=half_day_pb2.AM), live=5, effective=3, paid_fen=9_000
    )
    operator.services.answers |= {
        "CatalogueService.GetSession": session,
        "PracticeService.GetSessionCounts": counts,
        "CatalogueService.ExtendSession": session,
        "CatalogueService.CancelSession": session,
    }
    return operator


async def test_a_session_is_shown_with_its_counts(at_session: Browser) -> None:
    page = (await at_session.get(PATH)).text
    assert "10-24 上午" in page
    assert "有效 3 / 全部 5" in re.sub(r"\s+", " ", page)


async def test_cancelling_says_how_many_and_how_much_before_it_is_done(at_session: Browser) -> None:  # PA-12
    page = re.sub(r"<[^>]+>|\s+", " ", (await at_session.get(PATH)).text)
    page = re.sub(r" +", " ", page)
    assert "将作废的选课 5 其中已生效 3 将退还的金额 ¥90.00" in page


async def test_a_window_is_extended_to_an_instant_in_shanghai(at_session: Browser) -> None:  # F-15
    answer = await at_session.send(f"{PATH}/extend", registration_end_time="2026-10-10T16:00", etag="etag-1")
    assert answer.status_code == 303
    asked = at_session.asked("CatalogueService/ExtendSession", catalogue_service_pb2.ExtendSessionRequest)
    assert asked.registration_end_time.ToJsonString() == "2026-10-10T08:00:00Z"
    assert not asked.HasField("payment_cutoff_time")


async def test_an_instant_that_is_none_is_a_mistake_at_its_input(at_session: Browser) -> None:
    answer = await at_session.send(f"{PATH}/extend", registration_end_time="tomorrow", etag="etag-1")
    assert answer.status_code == 400
    assert '<a href="#registration_end_time">' in answer.text


async def test_a_session_is_not_cancelled_by_a_slip(at_session: Browser) -> None:  # PA-12
    answer = await at_session.send(f"{PATH}/cancel", reason="停电", sure="", etag="etag-1")
    assert answer.status_code == 400
    assert not [one for one in at_session.services.asked if one.path.endswith("CancelSession")]
    await at_session.send(f"{PATH}/cancel", reason="停电", sure="yes", etag="etag-1")
    asked = at_session.asked("CatalogueService/CancelSession", catalogue_service_pb2.CancelSessionRequest)
    assert (asked.reason, asked.etag) == ("停电", "etag-1")


async def test_a_roster_arrives_in_one_piece(operator: Browser) -> None:  # OP-1
    async def pieces() -> AsyncIterator[Said]:
        yield practice_service_pb2.ExportRosterResponse(content=b"ticket,")
        yield practice_service_pb2.ExportRosterResponse(content=b"course\n")

    operator.services.answers["PracticeService.ExportRoster"] = pieces
    answer = await operator.get(f"{PATH}/roster?format=csv")
    assert answer.content == b"ticket,course\n"
    assert "roster-2026-10.csv" in answer.headers["content-disposition"]


async def test_a_roster_that_is_refused_is_a_page_that_says_so(operator: Browser) -> None:
    async def pieces() -> AsyncIterator[Said]:
        yield NotFound()

    operator.services.answers["PracticeService.ExportRoster"] = pieces
    assert (await operator.get(f"{PATH}/roster")).status_code == 404
