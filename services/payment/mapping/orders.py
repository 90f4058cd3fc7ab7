"""Orders, their timeline and their receipts, between the contract's words and the domain's."""

from datetime import UTC

from google.api.httpbody_pb2 import HttpBody
from zikao.payment.v1 import payment_service_pb2, resources_pb2

from services.payment.domain.next_step import Contact, Guidance, guidance
from services.payment.domain.orders import Attempt, AttemptState, Item, NewOrder, Order, OrderFilter, OrderState
from services.payment.domain.polling_pace import PollingPace, RefreshedOrder, next_refresh
from services.payment.domain.receipts import DatedReceipt
from services.payment.domain.timeline import Timeline, TimelineEntry
from services.payment.domain.timeline_words import in_words
from services.payment.domain.trades import Acknowledgement
from services.payment.mapping.timestamps import day, instant


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

    def __init__(self, contact: Contact, pace: PollingPace) -> None:
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
            receipt_date=day(order.receipt_date),
            next_refresh_time=instant(next_refresh(order, self._pace)),
        )

    def refreshed(self, refreshed: RefreshedOrder) -> payment_service_pb2.RefreshOrderResponse:
        """An order after a refresh."""
        shown = self.order(refreshed.order)
        return payment_service_pb2.RefreshOrderResponse(
            order=shown,
            asked=refreshed.asked,
            provider_reachable=refreshed.reachable,
            next_refresh_time=shown.next_refresh_time if shown.HasField("next_refresh_time") else None,
        )

    def timeline(self, timeline: Timeline) -> payment_service_pb2.GetTimelineResponse:
        """The money timeline of an order."""
        return payment_service_pb2.GetTimelineResponse(
            entries=[_entry(entry) for entry in timeline.entries],
            guidance=_guidance(guidance(timeline.order, self._contact)),
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
        refund_date=day(said.refund_date),
        contact_zh=said.contact.zh if said.contact else "",
        contact_en=said.contact.en if said.contact else "",
    )


def _entry(entry: TimelineEntry) -> resources_pb2.TimelineEntry:
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


def receipt(dated: DatedReceipt) -> resources_pb2.Receipt:
    """A receipt."""
    row = dated.receipt
    return resources_pb2.Receipt(
        order_id=row.order_id,
        state=row.state,
        available_date=day(row.available_date),
        unpublished_year=dated.unpublished_year,
        amount_fen=row.amount_fen,
        code=row.code,
        number=row.number,
        url=row.url,
        issue_time=instant(row.issue_time),
    )


def acknowledgement(answer: Acknowledgement) -> HttpBody:
    """The answer that a platform expects."""
    return HttpBody(content_type=answer.content_type, data=answer.body)
