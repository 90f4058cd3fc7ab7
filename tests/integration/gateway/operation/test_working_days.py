"""What operators know better than the calendar (PA-9)."""

import pytest
from zikao.payment.v1 import settlement_service_pb2

from tests.integration.gateway.logged_in_browser import Browser

DAYS = "/operation/days"
Days = settlement_service_pb2.SetDayOverridesRequest


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
