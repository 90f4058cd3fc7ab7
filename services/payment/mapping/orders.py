"""Orders, their timeline and their receipts, between the contract's words and the domain's."""

from collections.abc import Sequence
from datetime import UTC

from google.api.httpbody_pb2 import HttpBody
from zikao.payment.v1 import payment_service_pb2, resources_pb2

from chassis.errors import Refusal
from chassis.rpc.error_details import to_status
from chassis.rpc.message_mapping import message_of
from services.payment.domain.candidate_guidance import Contact, Guidance, guidance
from services.payment.domain.orders import Attempt, AttemptState, Item, NewOrder, Order, OrderFilter, OrderState
from services.payment.domain.platform_messages import Acknowledgement
from services.payment.domain.polling_pace import PollingPace, QueriedOrder, next_refresh
from services.payment.domain.receipts import Receipt
from services.payment.domain.timeline import Timeline, TimelineEntry
from services.payment.domain.timeline_words import in_words


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


def outcomes(made: Sequence[Order | Refusal]) -> payment_service_pb2.BatchCreateOrdersResponse:
    """What became of each order."""
    outcome = payment_service_pb2.BatchCreateOrdersResponse.Outcome
    return payment_service_pb2.BatchCreateOrdersResponse(
        outcomes=[
            outcome(refusal=to_status(one)) if isinstance(one, Refusal) else outcome(state=one.state.value)
            for one in made
        ]
    )


class OrderMapping:
    """Orders as callers see them: with what to do next, whom to contact, and when to ask again."""

    def __init__(self, contact: Contact, pace: PollingPace) -> None:
        self._contact = contact
        self._pace = pace

    def order(self, order: Order) -> resources_pb2.Order:
        """An order."""
        return message_of(
            resources_pb2.Order,
            order,
            items=[message_of(resources_pb2.OrderItem, item) for item in order.items],
            expire_time=order.expire_time if order.live else None,
            attempt=_attempt(order.attempt) if order.attempt else None,
            guidance=_guidance(guidance(order, self._contact)),
            next_refresh_time=next_refresh(order, self._pace),
        )

    def refreshed(self, queried: QueriedOrder) -> payment_service_pb2.RefreshOrderResponse:
        """An order after a refresh."""
        shown = self.order(queried.order)
        return payment_service_pb2.RefreshOrderResponse(
            order=shown,
            asked=queried.asked,
            provider_reachable=queried.reachable,
            next_refresh_time=shown.next_refresh_time if shown.HasField("next_refresh_time") else None,
        )

    def timeline(self, timeline: Timeline) -> payment_service_pb2.GetTimelineResponse:
        """The money timeline of an order."""
        return payment_service_pb2.GetTimelineResponse(
            entries=[_entry(entry) for entry in timeline.entries],
            guidance=_guidance(guidance(timeline.order, self._contact)),
        )


def _attempt(attempt: Attempt) -> resources_pb2.PaymentAttempt:
    shown = {} if attempt.state is AttemptState.OPEN else {"qr_content": "", "pay_url": ""}
    return message_of(resources_pb2.PaymentAttempt, attempt, **shown)


def _guidance(said: Guidance) -> resources_pb2.Guidance:
    return resources_pb2.Guidance(
        next_step=said.next_step.value,
        text_zh=said.zh,
        text_en=said.en,
        refund_date=said.refund_date.isoformat() if said.refund_date else "",
        contact_zh=said.contact.zh if said.contact else "",
        contact_en=said.contact.en if said.contact else "",
    )


def _entry(entry: TimelineEntry) -> resources_pb2.TimelineEntry:
    event, said = entry.event, in_words(entry.event.outcome)
    return message_of(
        resources_pb2.TimelineEntry,
        event,
        time=entry.time,
        last_time=entry.last_time,
        count=entry.count,
        outcome_zh=said.zh,
        outcome_en=said.en,
    )


def order_filter(request: payment_service_pb2.ListOrdersRequest) -> OrderFilter:
    """Which orders are asked for."""
    states = tuple(OrderState(resources_pb2.Order.State.Name(state)) for state in request.states)
    candidate_id = request.candidate_id or None
    return OrderFilter(candidate_id, request.session_id or None, states)


def receipt(said: Receipt) -> resources_pb2.Receipt:
    """A receipt."""
    return message_of(resources_pb2.Receipt, said)


def acknowledgement(answer: Acknowledgement) -> HttpBody:
    """The answer that a platform expects."""
    return HttpBody(content_type=answer.content_type, data=answer.body)
