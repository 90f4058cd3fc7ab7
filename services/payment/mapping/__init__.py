"""Between the contracts' words and the domain's: the only place that knows both."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Final

from google.api.httpbody_pb2 import HttpBody
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.payment.v1 import events_pb2, payment_service_pb2, resources_pb2

from services.payment.domain.exceptions import ExceptionKind, ExceptionState
from services.payment.domain.guidance import Contact, Guidance, guidance
from services.payment.domain.order import Attempt, AttemptState, Item, NewOrder, Order, OrderState
from services.payment.domain.outcomes import in_words
from services.payment.domain.schedule import Pace, next_refresh
from services.payment.domain.timeline import Entry
from services.payment.ports import Acknowledgement, OrderFilter, ReceiptRow

_OUTCOMES: Final = {
    OrderState.EXPIRED: events_pb2.OrderEndedUnpaid.EXPIRED,
    OrderState.CANCELLED: events_pb2.OrderEndedUnpaid.CANCELLED,
    OrderState.FAILED: events_pb2.OrderEndedUnpaid.FAILED,
}


def instant(time: datetime | None) -> Timestamp | None:
    """An instant, where there is one."""
    if time is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def order_paid(order: Order, paid_time: datetime) -> events_pb2.OrderPaid:
    """The fact that an order is paid."""
    return events_pb2.OrderPaid(
        order_id=order.order_id,
        candidate_id=order.candidate_id,
        session_id=order.session_id,
        paid_time=instant(paid_time),
        amount_fen=order.total_fen,
        item_ids=[item.item_id for item in order.items],
    )


def order_ended(order: Order, state: OrderState, end_time: datetime) -> events_pb2.OrderEndedUnpaid:
    """The fact that an order has ended and no money came."""
    return events_pb2.OrderEndedUnpaid(
        order_id=order.order_id,
        candidate_id=order.candidate_id,
        session_id=order.session_id,
        outcome=_OUTCOMES[state],
        end_time=instant(end_time),
    )


def late_money_arrived(order: Order, amount_fen: int, paid_time: datetime) -> events_pb2.LateMoneyArrived:
    """The fact that money has come on an order that had ended."""
    return events_pb2.LateMoneyArrived(
        order_id=order.order_id,
        candidate_id=order.candidate_id,
        session_id=order.session_id,
        paid_time=instant(paid_time),
        amount_fen=amount_fen,
        item_ids=[item.item_id for item in order.items],
    )


def new_order(request: payment_service_pb2.CreateOrderRequest) -> NewOrder:
    """The order that enrollment asks for."""
    return NewOrder(
        order_id=request.order_id,
        candidate_id=request.candidate_id,
        session_id=request.session_id,
        items=tuple(
            Item(item.item_id, item.registration_id, item.course_code, item.course_name, item.fee_fen)
            for item in request.items
        ),
        total_fen=request.total_fen,
        undertaking_version=request.undertaking_version,
        payment_cutoff_time=request.payment_cutoff_time.ToDatetime(tzinfo=UTC),
    )


class OrderMapping:
    """Orders as callers see them: with what to do next, whom to contact, and when to ask again."""

    def __init__(self, contact: Contact, pace: Pace) -> None:
        self._contact = contact
        self._pace = pace

    def order(self, order: Order) -> resources_pb2.Order:
        """An order."""
        return resources_pb2.Order(
            order_id=order.order_id,
            candidate_id=order.candidate_id,
            session_id=order.session_id,
            items=[_item(item) for item in order.items],
            total_fen=order.total_fen,
            state=order.state.value,
            undertaking_version=order.undertaking_version,
            undertaking_accept_time=instant(order.undertaking_accept_time),
            create_time=instant(order.create_time),
            expire_time=instant(order.expire_time) if order.live else None,
            payment_cutoff_time=instant(order.payment_cutoff_time),
            submit_time=instant(order.submit_time),
            paid_time=instant(order.paid_time),
            end_time=instant(order.end_time),
            refunded_fen=order.refunded_fen,
            attempt=_attempt(order.attempt) if order.attempt else None,
            guidance=_guidance(guidance(order, self._contact)),
            receipt_date=_day(order.receipt_date),
            next_refresh_time=instant(next_refresh(order, self._pace)),
        )

    def refreshed(self, order: Order, *, asked: bool, reachable: bool) -> payment_service_pb2.RefreshOrderResponse:
        """An order after a refresh."""
        shown = self.order(order)
        return payment_service_pb2.RefreshOrderResponse(
            order=shown,
            asked=asked,
            provider_reachable=reachable,
            next_refresh_time=shown.next_refresh_time if shown.HasField("next_refresh_time") else None,
        )

    def timeline(self, order: Order, entries: Iterable[Entry]) -> payment_service_pb2.GetTimelineResponse:
        """The money timeline of an order."""
        return payment_service_pb2.GetTimelineResponse(
            entries=[_entry(entry) for entry in entries],
            guidance=_guidance(guidance(order, self._contact)),
        )


def _item(item: Item) -> resources_pb2.OrderItem:
    return resources_pb2.OrderItem(
        item_id=item.item_id,
        registration_id=item.registration_id,
        course_code=item.course_code,
        course_name=item.course_name,
        fee_fen=item.fee_fen,
        refunded=item.refunded,
    )


def _attempt(attempt: Attempt) -> resources_pb2.PaymentAttempt:
    is_open = attempt.state is AttemptState.OPEN
    return resources_pb2.PaymentAttempt(
        number=attempt.number,
        provider=attempt.provider,
        out_trade_no=attempt.out_trade_no,
        platform_trade_no=attempt.platform_trade_no,
        state=attempt.state.value,
        qr_content=attempt.qr_content if is_open else "",
        pay_url=attempt.pay_url if is_open else "",
        create_time=instant(attempt.create_time),
        expire_time=instant(attempt.expire_time),
    )


def _guidance(said: Guidance) -> resources_pb2.Guidance:
    return resources_pb2.Guidance(
        next_step=said.next_step.value,
        text_zh=said.zh,
        text_en=said.en,
        refund_date=_day(said.refund_date),
        contact_zh=said.contact.zh if said.contact else "",
        contact_en=said.contact.en if said.contact else "",
    )


def _entry(entry: Entry) -> resources_pb2.TimelineEntry:
    event, said = entry.event, in_words(entry.event.outcome)
    return resources_pb2.TimelineEntry(
        time=instant(entry.time),
        kind=event.kind.value,
        source=event.source.value,
        outcome=event.outcome,
        outcome_zh=said.zh,
        outcome_en=said.en,
        attempt_number=event.attempt_number,
        amount_fen=event.amount_fen,
        count=entry.count,
        last_time=instant(entry.last_time),
    )


def order_filter(request: payment_service_pb2.ListOrdersRequest) -> OrderFilter:
    """Which orders are asked for."""
    states = tuple(OrderState(resources_pb2.Order.State.Name(state)) for state in request.states)
    candidate_id = None if request.candidate_id in ("", "me") else request.candidate_id
    return OrderFilter(candidate_id, request.session_id or None, states)


def receipt(row: ReceiptRow, unpublished_year: int) -> resources_pb2.Receipt:
    """A receipt."""
    return resources_pb2.Receipt(
        order_id=row.order_id,
        state=row.state,
        available_date=_day(row.available_date),
        unpublished_year=unpublished_year,
        amount_fen=row.amount_fen,
        code=row.code,
        number=row.number,
        url=row.url,
        issue_time=instant(row.issue_time),
    )


def acknowledgement(answer: Acknowledgement) -> HttpBody:
    """The answer that a platform expects."""
    return HttpBody(content_type=answer.content_type, data=answer.body)


def exception_state(value: int) -> ExceptionState | None:
    """The state asked for, if any."""
    return ExceptionState(resources_pb2.Exception.State.Name(value)) if value else None


def exception_kind(value: int) -> ExceptionKind | None:
    """The kind asked for, if any."""
    return ExceptionKind(resources_pb2.Exception.Kind.Name(value)) if value else None
