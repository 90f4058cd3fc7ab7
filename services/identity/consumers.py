"""Events in: what a reviewer decided, ticket numbers as names to log in with, when registration is open, and what
candidates are to be told: of what they selected, and of their orders (EN-19).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection
from zikao.common.v1.event_pb2 import Event
from zikao.enrollment.v1.events_pb2 import CandidateNotified, RegistrationWindowChanged, TicketNumberIssued
from zikao.payment.v1.events_pb2 import OrderEndedUnpaid, OrderExpiring, OrderPaid, OrderRefunded, ReceiptIssued
from zikao.review.v1.events_pb2 import CaseDecided
from zikao.review.v1.resources_pb2 import DETAILS, PHONE_CHANGE, Decision

from chassis.events.receiver import ReactTo, ReactToSeveral
from services.identity.dependencies import Dependencies
from services.identity.domain.candidates import IdentityEvent
from services.identity.domain.messages.message_kinds import Message as ToldMessage
from services.identity.domain.reviewed_phone_changes import PhoneChangeEvent
from services.identity.mapping.corrections import correction_event, finding_of
from services.identity.mapping.identity_checks import ABOUT_IDENTITY
from services.identity.mapping.messages import (
    decision_from,
    ended_from,
    expiring_from,
    notice_from,
    paid_from,
    receipt_from,
    refunded_from,
    ticket_number_from,
)
from services.identity.mapping.review_cases import event_of
from services.identity.mapping.reviewed_phone_changes import decision_note
from services.identity.usecases.corrections import decide_correction
from services.identity.usecases.identity_checks import decide_identity
from services.identity.usecases.messages import tell
from services.identity.usecases.reviewed_phone_changes import decide_phone_change


class Consumers:
    """Applies other services' events, each inside the transaction that notes it as received."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    @property
    def handlers(self) -> Mapping[type[Message], ReactTo]:
        """By type of event."""
        return {
            CaseDecided: self.case_decided,
            TicketNumberIssued: self.ticket_number_issued,
            RegistrationWindowChanged: self.registration_window_changed,
            CandidateNotified: self.candidate_notified,
        }

    @property
    def together(self) -> Mapping[type[Message], ReactToSeveral]:
        """What comes in bursts, when everybody pays or gets money back: told in one statement (EN-19)."""
        return {
            OrderPaid: partial(self._tell_of_orders, paid_from),
            OrderExpiring: partial(self._tell_of_orders, expiring_from),
            OrderEndedUnpaid: partial(self._tell_of_orders, ended_from),
            OrderRefunded: partial(self._tell_of_orders, refunded_from),
            ReceiptIssued: partial(self._tell_of_orders, receipt_from),
        }

    async def _tell_of_orders(
        self, made_of: Callable[[Any, datetime], ToldMessage], transaction: AsyncConnection, told: Sequence[Any]
    ) -> None:
        deps = self._deps.within(transaction)
        await deps.messages.add_messages([made_of(event, deps.clock.now()) for event in told])

    async def case_decided(self, transaction: AsyncConnection, message: CaseDecided, _event: Event) -> None:
        """A reviewer decided who the person is, whose phone it is, or on a correction (RE-6). The candidate is told, of
        decisions about anything else too (EN-19).
        """
        deps, case_id = self._deps.within(transaction), message.case_id
        if message.kind == DETAILS:
            event, finding = correction_event(message), finding_of(message)
            await decide_correction(deps, message.candidate_id, case_id, message.submission, event, finding)
        elif message.kind == PHONE_CHANGE:
            decision = event_of(PhoneChangeEvent, message)
            await decide_phone_change(deps, message.subject_id, decision, decision_note(message))
        elif message.kind in ABOUT_IDENTITY:
            await decide_identity(deps, message.candidate_id, case_id, event_of(IdentityEvent, message))
        if not _told_otherwise(message):
            await tell(deps, decision_from(message, deps.clock.now()))

    async def ticket_number_issued(
        self, transaction: AsyncConnection, message: TicketNumberIssued, _event: Event
    ) -> None:
        """The candidate may log in with the ticket number too (ID-1), and is told (EN-19)."""
        deps = self._deps.within(transaction)
        await deps.candidates.add_ticket_number(message.candidate_id, message.ticket_number, deps.clock.now())
        await tell(deps, ticket_number_from(message, deps.clock.now()))

    async def registration_window_changed(
        self, transaction: AsyncConnection, message: RegistrationWindowChanged, _event: Event
    ) -> None:
        """While registration is open, a phone may be changed by a code (ID-10)."""
        start = message.registration_start_time.ToDatetime(UTC)
        end = message.registration_end_time.ToDatetime(UTC)
        windows = self._deps.within(transaction).registration_windows
        await windows.put_window(message.session_id, start, end, message.version)

    async def candidate_notified(self, transaction: AsyncConnection, message: CandidateNotified, event: Event) -> None:
        """The candidate is told, once (EN-6, F-13): the notice has the id of the event."""
        deps = self._deps.within(transaction)
        await tell(deps, notice_from(message, event.event_id, deps.clock.now()))


def _told_otherwise(decided: CaseDecided) -> bool:
    """What a correction came to, and an approved phone, the candidate is told as that (EN-4, ID-11)."""
    return decided.kind == DETAILS or (decided.kind == PHONE_CHANGE and decided.decision == Decision.APPROVED)
