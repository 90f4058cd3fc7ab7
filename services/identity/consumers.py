"""Events in: what a reviewer decided, ticket numbers as names to log in with, when registration is open, and what
candidates are to be told.
"""

from collections.abc import Callable, Mapping
from datetime import UTC

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection
from zikao.common.v1.event_pb2 import Event
from zikao.enrollment.v1.events_pb2 import CandidateNotified, RegistrationWindowChanged, TicketNumberIssued
from zikao.review.v1.events_pb2 import CaseDecided
from zikao.review.v1.resources_pb2 import DETAILS, PHONE_CHANGE

from chassis.clock import Clock
from chassis.events.receiver import ReactTo
from services.identity.domain.phone_changes import PhoneChangeRules
from services.identity.mapping.checks import ABOUT_IDENTITY, DECISIONS
from services.identity.mapping.corrections import correction_event, finding_of
from services.identity.mapping.notices import notice_from
from services.identity.mapping.phone_changes import PHONE_DECISIONS, decision_note
from services.identity.ports import Store
from services.identity.usecases import checks, corrections, phone_changes


class Consumers:
    """Applies other services' events, each inside the transaction that notes it as received."""

    def __init__(self, within: Callable[[AsyncConnection], Store], rules: PhoneChangeRules, clock: Clock) -> None:
        self._within = within
        self._rules = rules
        self._clock = clock

    @property
    def handlers(self) -> Mapping[type[Message], ReactTo]:
        """By type of event."""
        return {
            CaseDecided: self.case_decided,
            TicketNumberIssued: self.ticket_number_issued,
            RegistrationWindowChanged: self.registration_window_changed,
            CandidateNotified: self.candidate_notified,
        }

    async def case_decided(self, transaction: AsyncConnection, message: CaseDecided, _event: Event) -> None:
        """A reviewer decided who the person is, whose phone it is, or on a correction (RE-6); decisions about anything
        else are not ours.
        """
        if message.kind == DETAILS:
            await corrections.decide(
                message.candidate_id,
                message.case_id,
                message.submission,
                correction_event(message),
                finding_of(message),
                candidates=self._within(transaction).candidates,
                clock=self._clock,
            )
        if message.kind == PHONE_CHANGE:
            await phone_changes.decide_change(
                message.subject_id,
                PHONE_DECISIONS[message.decision],
                decision_note(message),
                store=self._within(transaction),
                rules=self._rules,
                clock=self._clock,
            )
        if message.kind not in ABOUT_IDENTITY:
            return
        await checks.decide(
            message.candidate_id,
            message.case_id,
            DECISIONS[message.decision],
            candidates=self._within(transaction).candidates,
            clock=self._clock,
        )

    async def ticket_number_issued(
        self, transaction: AsyncConnection, message: TicketNumberIssued, _event: Event
    ) -> None:
        """The candidate may log in with the ticket number too (ID-1)."""
        candidates = self._within(transaction).candidates
        await candidates.add_login_name(message.candidate_id, message.ticket_number, self._clock.now())

    async def registration_window_changed(
        self, transaction: AsyncConnection, message: RegistrationWindowChanged, _event: Event
    ) -> None:
        """While registration is open, a phone may be changed by a code (ID-10)."""
        start = message.registration_start_time.ToDatetime(UTC)
        end = message.registration_end_time.ToDatetime(UTC)
        await self._within(transaction).windows.note(message.session_id, start, end, message.version)

    async def candidate_notified(self, transaction: AsyncConnection, message: CandidateNotified, event: Event) -> None:
        """The candidate is told, once (EN-6, F-13): the notice has the id of the event."""
        await self._within(transaction).notices.add(notice_from(event.event_id, message), self._clock.now())
