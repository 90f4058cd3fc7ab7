"""An order's page: what is next stands first, on a phone and beside one (PA-1, PA-9, EN-9)."""

import pytest
from zikao.common.v1 import half_day_pb2
from zikao.enrollment.v1 import catalogue_pb2, resources_pb2
from zikao.payment.v1 import payment_service_pb2
from zikao.payment.v1 import resources_pb2 as payment

from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import Browser

ORDER, ITEM = "019a0000-0000-7000-8000-0000000000d1", "019a0000-0000-7000-8000-0000000000c1"
PHONE = {"user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) Mobile/15E148 Safari/604.1"}
LINK, CODE = "在本机打开支付页面", f"/orders/{ORDER}/qr"
State = payment.Order.State


@pytest.fixture
def shown(candidate: Browser, services: Services):
    """Shows the order in a state."""
    sitting = catalogue_pb2.Sitting(
        half_day=half_day_pb2.HalfDay(date="2027-04-10", period=half_day_pb2.AM),
        start_time={"seconds": 1_807_318_800},
        end_time={"seconds": 1_807_327_800},
    )
    held = resources_pb2.Selection(selection_id=ITEM, sitting=sitting)
    services.answers["EnrollmentService.GetSessionOverview"] = resources_pb2.SessionOverview(selections=[held])
    services.answers["PaymentService.GetTimeline"] = payment_service_pb2.GetTimelineResponse()
    services.answers["PaymentService.GetReceipt"] = payment.Receipt(available_date="2027-03-08")

    async def show(state: State, headers: dict[str, str] | None = None, **fields: object) -> str:
        items = [payment.OrderItem(item_id=ITEM, course_code="00037", course_name="美学", fee_fen=6500)]
        named = {"order_id": ORDER, "session_id": "2027-04", "total_fen": 6500, "items": items, **fields}
        services.answers["PaymentService.GetOrder"] = payment.Order(state=state, **named)  # type: ignore[arg-type]
        return (await candidate.http.get(f"/orders/{ORDER}", headers=headers)).text

    return show


async def test_a_phone_shows_the_link_first_and_folds_the_code(shown) -> None:  # PA-1
    on_phone = await shown(payment.Order.AWAITING_PAYMENT, PHONE)
    beside_one = await shown(payment.Order.AWAITING_PAYMENT)
    assert on_phone.index(LINK) < on_phone.index(CODE)
    assert beside_one.index(CODE) < beside_one.index(LINK)
    assert ("<details open>" in on_phone, "<details open>" in beside_one) == (False, True)


async def test_a_paid_order_says_when_the_exams_are_and_lets_a_course_be_appended(shown) -> None:  # EN-9, PA-9
    page = await shown(payment.Order.PAID, receipt_date="2027-03-08")
    assert "2027-04-10" in page
    assert "周六" in page
    assert "09:00–11:30" in page
    assert "2027-03-08" in page
    assert 'href="/sessions/2027-04/courses">继续选课（追加课程）</a>' in page


async def test_every_order_has_a_short_number_to_quote(shown) -> None:  # PA-4
    assert "019A-0000" in await shown(payment.Order.EXPIRED)


async def test_late_money_that_went_back_is_not_called_unpaid_alone(shown) -> None:  # PA-6
    page = await shown(payment.Order.CANCELLED, refunded_fen=6500)
    assert "已退回 ¥65.00" in page
    assert f'href="/orders/{ORDER}/refunds"' in page
