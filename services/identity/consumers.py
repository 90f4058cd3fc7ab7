"""Events in: what a reviewer decided, and ticket numbers as names to log in with."""

from collections.abc import Callable, Mapping

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection
from zikao.common.v1.event_pb2 import Event
from zikao.enrollment.v1.events_pb2 import TicketNumberIssued
from zikao.review.v1.events_pb2 import CaseDecided

from chassis.clock import Clock
from chassis.receiver import ReactTo
from services.identity import mapping
from services.identity.ports import Candidates
from services.identity.usecases import checks


class Consumers:
    """Applies other services' events, each inside the transaction that notes it as received."""

    def __init__(self, within: Callable[[AsyncConnection], Candidates], clock: Clock) -> None:
        self._within = within
        self._clock = clock

    @property
    def handlers(self) -> Mapping[type[Message], ReactTo]:
        """By type of event."""
        return {CaseDecided: self.case_decided, TicketNumberIssued: self.ticket_number_issued}

    async def case_decided(self, transaction: AsyncConnection, message: CaseDecided, _event: Event) -> None:
        """A reviewer decided who the person is (RE-6); decisions about anything else are not ours."""
        if message.kind not in mapping.ABOUT_IDENTITY:
            return
        await checks.decide(
            message.candidate_id,
            message.case_id,
            mapping.DECISIONS[message.decision],
            candidates=self._within(transaction),
            clock=self._clock,
        )

    async def ticket_number_issued(
        self, transaction: AsyncConnection, message: TicketNumberIssued, _event: Event
    ) -> None:
        """The candidate may log in with the ticket number too (ID-1)."""
        candidates = self._within(transaction)
        await candidates.add_login_name(message.candidate_id, message.ticket_number, self._clock.now())
