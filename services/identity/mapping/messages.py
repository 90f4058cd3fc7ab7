"""What candidates are told, and the events that it is told for (EN-19)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from google.protobuf.message import Message as Event
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.enrollment.v1 import events_pb2 as enrollment_events_pb2
from zikao.identity.v1 import message_service_pb2 as pb
from zikao.payment.v1 import events_pb2 as payment_events_pb2
from zikao.review.v1 import events_pb2 as review_events_pb2
from zikao.review.v1 import resources_pb2 as review_pb2

from chassis.ids import short_number
from chassis.rpc.message_mapping import message_of
from services.identity.domain.contact_addresses import ContactChannel
from services.identity.domain.messages.deliveries import ToldMessage
from services.identity.domain.messages.message_kinds import Message, MessageKind
from services.identity.domain.messages.message_texts import words_of
from services.identity.domain.messages.preferences import Language, MessagePreference

_ABOUT = ("order_id", "case_id", "session_id")


def told_message(told: ToldMessage) -> pb.Message:
    """A message with its texts in both languages and how it was sent."""
    zh, en = words_of(told.message, Language.ZH), words_of(told.message, Language.EN)
    stated = told.message.parameters
    return message_of(
        pb.Message,
        told.message,
        title_zh=zh.title,
        title_en=en.title,
        body_zh=zh.body,
        body_en=en.body,
        deliveries=[message_of(pb.MessageDelivery, one) for one in told.deliveries],
        **{name: stated.get(name, "") for name in _ABOUT},
    )


def preference_message(preference: MessagePreference) -> pb.MessagePreference:
    """How a candidate wants to be told."""
    return message_of(pb.MessagePreference, preference)


def preference_from(message: pb.MessagePreference) -> MessagePreference:
    """What a candidate chose."""
    return MessagePreference(
        ContactChannel[pb.MessagePreference.Channel.Name(message.channel)],
        Language[pb.MessagePreference.Language.Name(message.language)],
    )


def notice_from(event: enrollment_events_pb2.CandidateNotified, event_id: str, at: datetime) -> Message:
    """What became of something selected (EN-6, PA-12)."""
    kind = MessageKind[enrollment_events_pb2.CandidateNotified.About.Name(event.about)]
    return Message(event.candidate_id, kind, event_id, at, _stated(event, "session_id", "course_name"))


def ticket_number_from(event: enrollment_events_pb2.TicketNumberIssued, at: datetime) -> Message:
    """A ticket number (ID-9)."""
    stated = {"ticket_number": event.ticket_number}
    return Message(event.candidate_id, MessageKind.TICKET_NUMBER_ISSUED, event.registration_id, at, stated)


def decision_from(event: review_events_pb2.CaseDecided, at: datetime) -> Message:
    """A decision on a case (RE-6), without the reviewer's words: those are read on the case's page."""
    verdict, again = review_pb2.Decision.Verdict.Name(event.decision), event.submissions_left > 0
    following = "NOTHING_TO_DO" if verdict == "APPROVED" else "SUBMIT_AGAIN" if again else "TURN_TO_SCHOOL"
    stated = {
        "case_id": event.case_id,
        "case_kind": review_pb2.CaseKind.Name(event.kind),
        "verdict": verdict,
        "next": following,
    }
    return Message(event.candidate_id, MessageKind.CASE_DECIDED, f"{event.case_id}/{event.submission}", at, stated)


def paid_from(event: payment_events_pb2.OrderPaid, at: datetime) -> Message:
    """An order that is paid (EN-8)."""
    return _of_order(event, MessageKind.ORDER_PAID, event.order_id, at, amount_fen=str(event.amount_fen))


def expiring_from(event: payment_events_pb2.OrderExpiring, at: datetime) -> Message:
    """An unpaid order that ends soon (EN-9)."""
    return _of_order(event, MessageKind.ORDER_EXPIRING, event.order_id, at, **_stated(event))


def receipt_from(event: payment_events_pb2.ReceiptIssued, at: datetime) -> Message:
    """A receipt that is there (PA-9)."""
    return _of_order(event, MessageKind.RECEIPT_ISSUED, event.order_id, at)


def ended_from(event: payment_events_pb2.OrderEndedUnpaid, at: datetime) -> Message:
    """An order that has ended unpaid (EN-9)."""
    outcome = payment_events_pb2.OrderEndedUnpaid.Outcome.Name(event.outcome)
    return _of_order(event, MessageKind.ORDER_ENDED, event.order_id, at, outcome=outcome)


def refunded_from(event: payment_events_pb2.OrderRefunded, at: datetime) -> Message:
    """Money that is back (PA-12)."""
    return _of_order(event, MessageKind.ORDER_REFUNDED, event.refund_id, at, amount_fen=str(event.amount_fen))


def _of_order(event: Any, kind: MessageKind, cause: str, at: datetime, **stated: str) -> Message:
    order_id, session_id = event.order_id, event.session_id
    about = {"order_id": order_id, "order_number": short_number(order_id), "session_id": session_id}
    return Message(event.candidate_id, kind, cause, at, {**about, **stated})


def _stated(event: Event, *names: str) -> Mapping[str, str]:
    """What an event says under these names, and its instants, as parameters of a message."""
    stated = {name: str(value) for name in names if (value := getattr(event, name))}
    for field, value in event.ListFields():
        if isinstance(value, Timestamp):
            stated[field.name] = value.ToDatetime(UTC).isoformat()
    return stated
