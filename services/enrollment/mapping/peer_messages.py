"""What enrollment says to other services and hears from them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from zikao.enrollment.v1 import events_pb2
from zikao.identity.v1 import resources_pb2 as identity_pb2
from zikao.identity.v1 import standing_service_pb2
from zikao.payment.v1 import payment_service_pb2, settlement_service_pb2
from zikao.payment.v1 import resources_pb2 as payment_pb2
from zikao.review.v1 import resources_pb2 as review_pb2
from zikao.review.v1 import review_service_pb2

from chassis.errors import RemoteRefusal
from chassis.ids import derived_id
from chassis.rpc.error_details import from_status
from chassis.rpc.message_mapping import message_of
from services.enrollment.domain.catalogue import PROOF_IMAGES, SpecialProof, TimeRange
from services.enrollment.domain.checkouts import Checkout, OrderFate
from services.enrollment.domain.papers import PaperHolder
from services.enrollment.domain.registrations import CaseToOpen, CorrectionState, IdentityState, Registration, Standing
from services.enrollment.domain.selections import Selection
from services.enrollment.domain.window_operations import SessionNotice

_PROOF = "PROOF_"
"""How the ids of a special major's images begin, so that review's own, such as OTHER, are none of them."""

Outcome: TypeAlias = payment_service_pb2.BatchCreateOrdersResponse.Outcome

_FATES = {
    payment_pb2.Order.PAID: OrderFate.PAID,
    payment_pb2.Order.REFUNDING: OrderFate.PAID,
    payment_pb2.Order.REFUNDED: OrderFate.PAID,
    payment_pb2.Order.EXPIRED: OrderFate.ENDED_UNPAID,
    payment_pb2.Order.CANCELLED: OrderFate.ENDED_UNPAID,
    payment_pb2.Order.FAILED: OrderFate.ENDED_UNPAID,
}


def order_to_create(
    checkout: Checkout, drafts: Sequence[Selection], names: Mapping[str, str]
) -> payment_service_pb2.CreateOrderRequest:
    """The order of a checkout; `names` holds the courses' names by code."""
    items = [
        message_of(payment_pb2.OrderItem, draft, item_id=draft.selection_id, course_name=names[draft.course_code])
        for draft in drafts
    ]
    request = payment_service_pb2.CreateOrderRequest
    return message_of(request, checkout, items=items, payment_cutoff_time=checkout.payment_cutoff)


def refund_to_create(order_id: str, selection_ids: Sequence[str]) -> payment_service_pb2.CreateRefundRequest:
    """The refund of items that cannot count; its id is derived, so that it is made once (PA-6)."""
    items = sorted(selection_ids)
    return payment_service_pb2.CreateRefundRequest(
        order_id=order_id,
        refund_id=derived_id("refund-of-void", order_id, *items),
        item_ids=items,
        reason=payment_pb2.Refund.SELECTION_VOID,
    )


def requested_refund(order_id: str, selection_id: str) -> payment_service_pb2.CreateRefundRequest:
    """The refund of a course that a candidate asked for and an operator approved (PA-14)."""
    return payment_service_pb2.CreateRefundRequest(
        order_id=order_id,
        refund_id=derived_id("refund-on-request", selection_id),
        item_ids=[selection_id],
        reason=payment_pb2.Refund.ON_REQUEST,
    )


def order_to_cancel(order_id: str) -> payment_service_pb2.CancelOrderRequest:
    """The end of an order whose account has ended (ID-15)."""
    return payment_service_pb2.CancelOrderRequest(order_id=order_id)


def refunds_of_session(session_id: str, reason: str) -> settlement_service_pb2.CreateRefundBatchRequest:
    """The refund of everything paid for a cancelled session (PA-12); payment makes one batch for a session."""
    return settlement_service_pb2.CreateRefundBatchRequest(session_id=session_id, note=reason)


def late_money_decision(order_id: str, *, attach: bool) -> payment_service_pb2.SettleLateMoneyRequest:
    """What payment shall do with money that arrived late (PA-6)."""
    request = payment_service_pb2.SettleLateMoneyRequest
    return request(order_id=order_id, decision=request.ATTACH if attach else request.REFUND)


def order_fate(order: payment_pb2.Order | Outcome) -> OrderFate:
    """Where an order stands, as far as enrollment cares."""
    return _FATES.get(order.state, OrderFate.UNSETTLED)


def order_outcome(outcome: Outcome) -> OrderFate | RemoteRefusal:
    """What became of one of several orders."""
    return from_status(outcome.refusal) if outcome.HasField("refusal") else order_fate(outcome)


def case_to_open(case: CaseToOpen) -> review_service_pb2.OpenCaseRequest:
    """A review case, with what it asks for (EN-4, RE-10)."""
    return message_of(
        review_service_pb2.OpenCaseRequest,
        case,
        organisation=case.school_code,
        conditions=[
            message_of(review_pb2.Condition, proof, fact_zh=proof.fact)
            for proof in case.proofs
            if proof.kind == "CONDITION"
        ],
        required_images=_required_images([proof for proof in case.proofs if proof.kind == "DOCUMENT"]),
    )


def _required_images(documents: Sequence[SpecialProof]) -> list[review_pb2.RequiredImage]:
    """The images of documents, in the order in which people look for them. Each has the name of what it shows for an
    id, and a number where there are several of a kind.
    """
    seen: Counter[str] = Counter()
    images = []
    for proof in sorted(documents, key=lambda one: PROOF_IMAGES.index(one.shows)):
        seen[proof.shows] += 1
        number = seen[proof.shows]
        images.append(
            message_of(
                review_pb2.RequiredImage,
                proof,
                required_image_id=f"{_PROOF}{proof.shows}" if number == 1 else f"{_PROOF}{proof.shows}_{number}",
                kind=proof.shows,
                name_zh=proof.fact,
                name_en=proof.fact_en,
            )
        )
    return images


def case_to_withdraw(case_id: str) -> review_service_pb2.WithdrawCaseRequest:
    """A review case about a selection that is gone."""
    return review_service_pb2.WithdrawCaseRequest(case_id=case_id)


def ticket_number_issued(registration: Registration, ticket_number: str) -> events_pb2.TicketNumberIssued:
    """The event that makes the ticket number a login name (ID-9)."""
    return message_of(events_pb2.TicketNumberIssued, registration, ticket_number=ticket_number)


def window_changed(
    session_id: str, start: datetime, end: datetime, version: int
) -> events_pb2.RegistrationWindowChanged:
    """The event by which identity knows when registration is open (ID-10)."""
    return events_pb2.RegistrationWindowChanged(
        session_id=session_id, version=version, registration_start_time=start, registration_end_time=end
    )


def practice_time_told(
    candidate_id: str, session_id: str, course_name: str, time: TimeRange, *, collides: bool
) -> events_pb2.CandidateNotified:
    """What a candidate is told when a school sets the time of a practice course (EN-6)."""
    told = events_pb2.CandidateNotified
    return told(
        candidate_id=candidate_id,
        about=told.PRACTICE_TIME_COLLIDES if collides else told.PRACTICE_TIME_SET,
        session_id=session_id,
        course_name=course_name,
        start_time=time.start,
        end_time=time.end,
    )


def session_cancelled(candidate_id: str, session_id: str) -> events_pb2.CandidateNotified:
    """What a candidate is told whose selections end with their session (PA-12)."""
    told = events_pb2.CandidateNotified
    return told(candidate_id=candidate_id, about=told.SESSION_CANCELLED, session_id=session_id)


def session_notice(candidate_id: str, notice: SessionNotice) -> events_pb2.CandidateNotified:
    """What a candidate is told of a session's window (EN-19)."""
    return message_of(events_pb2.CandidateNotified, notice, candidate_id=candidate_id, about=notice.about.value)


def paper_holder(message: standing_service_pb2.PaperHolder) -> PaperHolder:
    """Whom a paper is about, as identity says it (EN-18)."""
    return PaperHolder(message.masked_name, message.document_number_ending, message.digest)


def standing(message: identity_pb2.Standing) -> Standing:
    """The facts identity states about a person."""
    return Standing(
        candidate_id=message.candidate_id,
        version=message.version,
        details_confirmed=message.details_confirmed,
        phone_verified=message.phone_verified,
        identity_state=_identity_state(message.identity_state),
        document_type=identity_pb2.DocumentType.Name(message.document_type),
        correction_state=_correction_state(message.correction_state),
    )


def _identity_state(value: identity_pb2.IdentityState) -> IdentityState:
    name = identity_pb2.IdentityState.Name(value)
    return IdentityState[name] if name in IdentityState.__members__ else IdentityState.PENDING


def _correction_state(value: identity_pb2.Correction.State) -> CorrectionState:
    name = identity_pb2.Correction.State.Name(value)
    return CorrectionState[name] if name in CorrectionState.__members__ else CorrectionState.NONE
