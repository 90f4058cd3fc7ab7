"""The day on one page: what all services count, added up, in numbers, pictures and tables, and live (OP-4)."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.common.v1 import activity_pb2, external_system_pb2, half_day_pb2
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2, practice_service_pb2
from zikao.payment.v1 import resources_pb2, settlement_service_pb2
from zikao.review.v1 import resources_pb2 as review_pb2
from zikao.review.v1 import review_service_pb2

from chassis.errors import Code, Refusal
from gateway.http.front_door.front_door import FrontDoor
from tests.integration.gateway.answering_services import Said
from tests.integration.gateway.logged_in_browser import Browser

Kind = activity_pb2.ActivityCount
START = datetime(2026, 10, 10, 4, tzinfo=UTC)
MINUTES = 60
DAY = f"/operation/day?hours={MINUTES // 60}"


class Away(Refusal):
    reason = "UPSTREAM_UNAVAILABLE"
    code = Code.UNAVAILABLE
    zh = "服务暂不可用。"
    en = "The service is away."


def activity(**today: int) -> activity_pb2.Activity:
    """Everything in the last minute, and half as much yesterday."""
    return activity_pb2.Activity(
        start_time=START,
        counts=[
            Kind(
                kind=kind,
                per_minute=[0] * (MINUTES - 1) + [number],
                per_minute_yesterday=[0] * MINUTES,
                today=number,
                yesterday=number // 2,
            )
            for kind, number in today.items()
        ],
    )


def each(browser: Browser, **said: activity_pb2.Activity | Refusal) -> Callable[[], Awaitable[Said]]:
    """What each service answers, by its name."""

    async def answer() -> Said:
        return said[browser.services.asked[-1].path.split(".")[1]]

    return answer


def counts(*cells: tuple[str, int, str, int]) -> practice_service_pb2.SessionCounts:
    """Live selections by half-day and district."""
    message = practice_service_pb2.SessionCounts(session_id="2026-10")
    for date, period, district, live in cells:
        message.counts.add(half_day=half_day_pb2.HalfDay(date=date, period=period), district_code=district, live=live)
    return message


@pytest.fixture
def at_day(operator: Browser) -> Browser:
    """An operator on a day with an open session, one exception, balanced books and an old case."""
    session = catalogue_pb2.ExamSession(
        session_id="2026-10", display_name_zh="2026年10月", state=catalogue_pb2.ExamSession.OPEN
    )
    session.registration_end_time.FromDatetime(datetime.now(UTC) + timedelta(days=3, hours=1))
    figures = settlement_service_pb2.SettlementFigures(awaiting_payment=17, awaiting_payment_fen=119_000)
    figures.exceptions.add(kind=resources_pb2.Exception.LATE_MONEY, longer=2, oldest_create_time=Timestamp(seconds=1))
    balanced = resources_pb2.Statement(date="2026-10-09", provider="wechat", state=resources_pb2.Statement.BALANCED)
    oldest = review_pb2.ReviewFigures(organisation="10269", waiting=4, oldest_submit_time=Timestamp(seconds=9))
    operator.services.answers |= {
        "ActivityService.GetActivity": each(
            operator,
            identity=activity(LOGINS=40),
            enrollment=activity(SELECTIONS=30, REFUSED_BY_RULE=5),
            payment=activity(ORDERS=20, PAYMENTS=10, PAID_FEN=70_000, REFUSED_BY_RULE=2, FAILED=1),
            review=activity(REFUSED_ACCESS=3),
        ),
        "CatalogueService.ListSessions": catalogue_service_pb2.ListSessionsResponse(sessions=[session]),
        "CatalogueService.ListDistricts": catalogue_service_pb2.ListDistrictsResponse(
            districts=[catalogue_pb2.District(district_code="310110", display_name="杨浦区")]
        ),
        "PracticeService.GetSessionCounts": counts(
            ("2026-10-24", half_day_pb2.AM, "310110", 100),
            ("2026-10-24", half_day_pb2.PM, "310110", 1),
            ("2026-10-24", half_day_pb2.PM, "", 20),
        ),
        "ExternalSystemService.ListExternalSystems": external_system_pb2.ListExternalSystemsResponse(),
        "SettlementService.GetSettlementFigures": figures,
        "SettlementService.ListStatements": settlement_service_pb2.ListStatementsResponse(statements=[balanced]),
        "ReviewService.ListReviewFigures": review_service_pb2.ListReviewFiguresResponse(figures=[oldest]),
    }
    return operator


def words(text: str) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


async def test_the_services_numbers_add_up_beside_yesterdays(at_day: Browser) -> None:  # OP-4
    page = words((await at_day.get(DAY)).text)
    assert "登录次数 40 昨日此时 20 · +100%" in page
    assert "到账金额 ¥700.00 昨日此时 ¥350.00" in page
    assert "现有待支付订单 17 ¥1190.00" in page
    assert "被拒绝的请求 10 昨日此时 4" in page
    assert "失败的请求 1" in page


async def test_every_line_is_a_table_too_and_told_apart_without_colour(at_day: Browser) -> None:  # OP-4
    page = (await at_day.get(DAY)).text
    assert page.count("<polyline") == 2 * 4 + 3
    assert page.count('class="line yesterday" points=') == 5
    assert page.count("<desc ") == 5
    assert re.search(r'id="lines-logins-table".*?<td class="number">40</td>', page, re.DOTALL)
    assert len(page.encode()) < 100_000


async def test_a_long_span_adds_minutes_up_and_stays_small(at_day: Browser) -> None:  # OP-4
    page = (await at_day.get("/operation/day?hours=24")).text
    assert max(len(points.split()) for points in re.findall(r'points="([^"]+)"', page)) <= 180
    assert len(page.encode()) < 100_000


async def test_half_days_and_districts_are_the_darker_the_fuller(at_day: Browser) -> None:  # OP-4
    page = (await at_day.get(DAY)).text
    assert '<td class="number heat-5">100</td>' in page
    assert '<td class="number heat-1">1</td>' in page
    assert "未选区县 0 20 20" in words(page)
    assert "合计 100 21 121" in words(page)


async def test_books_that_agree_are_one_line_and_what_waits_is_told_by_age(at_day: Browser) -> None:  # OP-4, PA-10
    page = words((await at_day.get(DAY)).text)
    assert "2026-10-09 及之前各日 已平" in page
    assert "逾期到账 0 0 2" in page
    assert "10269 1970-01-01 08:00 4 0" in page


async def test_a_service_that_is_away_is_named_and_hides_no_other(at_day: Browser) -> None:  # OP-4, GW-7
    at_day.services.answers["ActivityService.GetActivity"] = each(
        at_day, identity=activity(LOGINS=40), enrollment=Away(), payment=Away(), review=activity()
    )
    for name in ("SettlementService.GetSettlementFigures", "PracticeService.GetSessionCounts"):
        at_day.services.answers[name] = Away()
    answer = await at_day.get(DAY)
    assert answer.status_code == 200
    page = words(answer.text)
    assert "下列数字不含它的部分： enrollment" in page
    assert "登录次数 40" in page
    assert "支付服务没有应答" in page


async def test_the_overview_begins_with_a_search_and_tells_today_and_the_days_left(at_day: Browser) -> None:  # OP-4
    page = (await at_day.get("/operation")).text
    assert page.index('action="/operation/people"') < page.index("昨日此时")
    told = words(page)
    assert "登录次数 40 昨日此时 20" in told
    assert "距报名结束 3 天" in told
    assert "有效 0 / 全部 121" in told


async def test_whatever_changes_is_sent_as_its_part_alone(  # OP-4
    at_day: Browser, door: FrontDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    async def renewed(_self: FrontDoor, _seconds: float) -> bool:
        at_day.services.answers["SettlementService.ListStatements"] = settlement_service_pb2.ListStatementsResponse()
        return events.qsize() == 2 or bool(await events.put({}))

    monkeypatch.setattr(FrontDoor, "leaves_within", renewed)
    answer = await at_day.get("/operation/day/live?hours=1")
    assert answer.headers["content-type"].startswith("text/event-stream")
    told = [json.loads(one.removeprefix("data: ")) for one in answer.text.split("\n\n") if one]
    assert told[0].keys() == {"tiles", "charts", "half_days", "attention"}
    assert told[1].keys() <= {"attention", "tiles"}
    assert "尚无对账单" in told[1]["attention"]


async def test_a_stream_is_refused_before_it_has_begun(at_day: Browser) -> None:  # OP-4
    class Forbidden(Refusal):
        reason = "PERMISSION_DENIED"
        code = Code.PERMISSION_DENIED
        zh = "无权限。"
        en = "Not yours."

    at_day.services.answers["ReviewService.ListReviewFigures"] = Forbidden()
    assert (await at_day.get("/operation/day/live?hours=1")).status_code == 403
