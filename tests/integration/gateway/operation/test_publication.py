"""Texts and working days: what operators publish, and what they know better than the calendar (EN-2, PA-9)."""

import pytest
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2
from zikao.payment.v1 import settlement_service_pb2

from chassis.errors import NotFound
from tests.integration.gateway.logged_in_browser import Browser

PLEDGE = "/operation/texts/INTEGRITY_PLEDGE"
WORDS = {"scope": "*", "title_zh": "承诺书", "body_zh": "我承诺<诚信>。", "title_en": "", "body_en": ""}
DAYS = "/operation/days"
Days = settlement_service_pb2.SetDayOverridesRequest


@pytest.fixture
def publisher(operator: Browser) -> Browser:
    """An operator before a pledge in its third version."""
    text = catalogue_pb2.Text(kind="INTEGRITY_PLEDGE", scope="*", version="3", title_zh="承诺书", body_zh="第三版")
    operator.services.answers |= {"CatalogueService.GetText": text, "CatalogueService.CreateText": text}
    return operator


@pytest.fixture
def calendar(operator: Browser) -> Browser:
    """An operator before a calendar in which one day is recorded."""
    known = settlement_service_pb2.ListDayOverridesResponse(complete_years=[2027], last_known_year=2027)
    known.overrides.add(date="2027-02-06", working_day=True, note="国办发明电")
    operator.services.answers |= {
        "SettlementService.ListDayOverrides": known,
        "SettlementService.SetDayOverrides": known,
    }
    return operator


def published(browser: Browser) -> list[str]:
    return [one.path for one in browser.services.asked if one.path.endswith("/CreateText")]


async def test_earlier_versions_stay_readable(publisher: Browser) -> None:
    page = (await publisher.get(PLEDGE)).text
    assert "第三版" in page
    assert all(f"?scope=*&amp;version={version}" in page for version in (2, 1))


async def test_a_text_is_read_before_it_is_published(publisher: Browser) -> None:  # ID-5
    page = (await publisher.send(PLEDGE, **WORDS)).text
    assert "我承诺&lt;诚信&gt;。" in page
    assert published(publisher) == []
    answer = await publisher.send(f"{PLEDGE}/publish", **WORDS)
    assert answer.headers["location"] == f"{PLEDGE}?scope=*&published=3"
    asked = publisher.asked("CatalogueService/CreateText", catalogue_service_pb2.CreateTextRequest).text
    assert (asked.kind, asked.body_zh) == (catalogue_pb2.Text.INTEGRITY_PLEDGE, "我承诺<诚信>。")


async def test_words_are_kept_on_the_way_back(publisher: Browser) -> None:
    page = (await publisher.send(PLEDGE, **WORDS, edit="yes")).text
    assert "我承诺&lt;诚信&gt;。</textarea>" in page
    assert published(publisher) == []


async def test_what_was_never_published_is_said_to_be_missing(publisher: Browser) -> None:
    publisher.services.answers["CatalogueService.GetText"] = NotFound()
    page = (await publisher.get("/operation/texts")).text
    assert page.count("尚未公布") == 6
    assert (await publisher.get("/operation/texts/OUTLYING_DISTRICT_NOTICE")).status_code == 200
    assert (await publisher.get("/operation/texts/POEM")).status_code == 404


async def test_a_span_of_days_is_recorded_day_by_day(calendar: Browser) -> None:  # PA-9
    answer = await calendar.send(DAYS, first_date="2027-02-27", last_date="2027-03-01", day="2", note="春节")
    assert answer.headers["location"] == DAYS
    asked = calendar.asked("SettlementService/SetDayOverrides", Days).overrides
    assert [(one.date, one.working_day, one.note) for one in asked] == [
        (date, False, "春节") for date in ("2027-02-27", "2027-02-28", "2027-03-01")
    ]


@pytest.mark.parametrize(
    ("first", "last", "day", "wrong"),
    [
        pytest.param("", "", "1", "first_date", id="no date"),
        pytest.param("2027-03-01", "2027-02-01", "1", "first_date", id="the wrong way round"),
        pytest.param("2027-01-01", "2027-12-31", "1", "first_date", id="too many"),
        pytest.param("2027-01-01", "", "", "day", id="nothing chosen"),
    ],
)
async def test_a_span_that_is_none_is_a_mistake_at_its_input(
    calendar: Browser, first: str, last: str, day: str, wrong: str
) -> None:
    answer = await calendar.send(DAYS, first_date=first, last_date=last, day=day)
    assert answer.status_code == 400
    assert f'<a href="#{wrong}">' in answer.text


async def test_days_and_years_are_taken_back(calendar: Browser) -> None:  # PA-9
    page = (await calendar.get(DAYS)).text
    assert "周六" in page
    await calendar.send(f"{DAYS}/remove", date="2027-02-06")
    assert list(calendar.asked("SettlementService/SetDayOverrides", Days).removed_dates) == ["2027-02-06"]
    await calendar.send(f"{DAYS}/complete", year="2028")
    assert list(calendar.asked("SettlementService/SetDayOverrides", Days).complete_years) == [2028]
    await calendar.send(f"{DAYS}/withdraw", withdrawn="2027")
    assert list(calendar.asked("SettlementService/SetDayOverrides", Days).withdrawn_years) == [2027]
