"""Orders for the tests of payment's rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.payment.domain.orders import Attempt, AttemptState, Item, Order, OrderState

NOW = datetime(2026, 10, 12, 2, 0, tzinfo=UTC)
ORDER_ID = "0f3c1d6e-8a47-4a0e-9a53-5d1f7c2b9e11"
ITEM = Item(
    "5b1c0d6e-8a47-4a0e-9a53-5d1f7c2b9e11",
    "7b1c0d6e-8a47-4a0e-9a53-5d1f7c2b9e11",
    "00538",
    "中国古代文学史（一）",
    7000,
)


def an_order(state: OrderState = OrderState.CREATED, **changes: object) -> Order:
    """An order of 70 yuan made a minute ago, by default with no attempt."""
    order = Order(
        order_id=ORDER_ID,
        candidate_id="1a3c1d6e-8a47-4a0e-9a53-5d1f7c2b9e11",
        session_id="2026-10",
        items=(ITEM,),
        total_fen=7000,
        state=state,
        undertaking_version="3",
        create_time=NOW - timedelta(minutes=1),
        open_until=NOW + timedelta(hours=2),
        payment_cutoff_time=NOW + timedelta(days=2),
    )
    return replace(order, **changes)  # type: ignore[arg-type]


def an_attempt(state: AttemptState = AttemptState.OPEN, **changes: object) -> Attempt:
    """The first attempt, whose QR code ends in 29 minutes."""
    attempt = Attempt(
        order_id=ORDER_ID,
        number=1,
        provider="sandbox",
        state=state,
        create_time=NOW - timedelta(minutes=1),
        expire_time=NOW + timedelta(minutes=29),
        qr_content="https://pay.example/scan/1",
        pay_url="https://pay.example/1",
    )
    return replace(attempt, **changes)  # type: ignore[arg-type]


def awaiting(**changes: object) -> Order:
    """An order whose QR code is shown."""
    return replace(an_order(OrderState.AWAITING_PAYMENT, attempt=an_attempt()), **changes)  # type: ignore[arg-type]
