"""Events in: each becomes one use case, inside the transaction that also notes the event as received."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection
from zikao.identity.v1 import events_pb2 as identity_events
from zikao.payment.v1 import events_pb2 as payment_events
from zikao.review.v1 import events_pb2 as review_events
from zikao.review.v1 import resources_pb2 as review_pb2

from chassis.events.receiver import EventReceiver
from chassis.postgres.database import Database
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.registrations import ProofEvent
from services.enrollment.mapping import peer_messages
from services.enrollment.repository.transactional_writes import Transaction
from services.enrollment.usecases import order_outcomes, practice_administration, registrations, ticket_numbers

_VERDICTS = {
    review_pb2.Decision.APPROVED: ProofEvent.APPROVED,
    review_pb2.Decision.REJECTED: ProofEvent.REJECTED,
    review_pb2.Decision.ASKED_AGAIN: ProofEvent.ASKED_AGAIN,
}


def event_receiver(deps: Dependencies, db: Database) -> EventReceiver:
    """What enrollment does when it hears of something; what comes in bursts, when everybody pays or gets money back, is
    applied together.
    """
    consumers = Consumers(deps)
    return EventReceiver(
        {
            identity_events.StandingChanged: consumers.standing_changed,
            payment_events.OrderEndedUnpaid: consumers.order_ended_unpaid,
            payment_events.LateMoneyArrived: consumers.late_money_arrived,
            review_events.CaseDecided: consumers.case_decided,
        },
        db,
        deps.clock,
        together={
            payment_events.OrderPaid: consumers.orders_paid,
            payment_events.OrderRefunded: consumers.orders_refunded,
        },
    )


class Consumers:
    """One method per type of event."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def standing_changed(
        self, connection: AsyncConnection, message: identity_events.StandingChanged, _: object
    ) -> None:
        """ID-9, EN-2: the newest standing is kept, and the ticket numbers it makes due are issued."""
        standing = peer_messages.standing(message.standing)
        await ticket_numbers.keep_standing(self._deps, self._within(connection), standing)

    async def orders_paid(self, connection: AsyncConnection, told: Sequence[payment_events.OrderPaid]) -> None:
        """EN-8: what is paid counts."""
        paid = {message.order_id: list(message.item_ids) for message in told}
        await order_outcomes.count_paid_orders(self._deps, self._within(connection), paid)

    async def order_ended_unpaid(
        self, connection: AsyncConnection, message: payment_events.OrderEndedUnpaid, _: object
    ) -> None:
        """EN-9: the courses can be checked out again."""
        await order_outcomes.release_unpaid_order(self._deps, self._within(connection), message.order_id)

    async def orders_refunded(self, connection: AsyncConnection, told: Sequence[payment_events.OrderRefunded]) -> None:
        """Invariant 2: what was refunded does not count."""
        refunded = [item_id for message in told for item_id in message.item_ids]
        await order_outcomes.void_refunded_items(self._deps, self._within(connection), refunded)

    async def late_money_arrived(
        self, connection: AsyncConnection, message: payment_events.LateMoneyArrived, _: object
    ) -> None:
        """PA-6: attached when its courses are still held, else given back."""
        items, transaction = list(message.item_ids), self._within(connection)
        await order_outcomes.decide_late_money(self._deps, transaction, message.order_id, items)

    async def case_decided(self, connection: AsyncConnection, message: review_events.CaseDecided, _: object) -> None:
        """EN-4, EN-10: proofs of a special major, or a practice course. Other cases are identity's."""
        transaction, verdict = self._within(connection), _VERDICTS[message.decision]
        match message.kind:
            case review_pb2.SPECIAL_MAJOR:
                if verdict is ProofEvent.REJECTED and not _is_final(verdict, message.submissions_left):
                    verdict = ProofEvent.ASKED_AGAIN  # RE-5: it may be handed in again
                await registrations.record_proofs_decision(self._deps, transaction, message.subject_id, verdict)
            case review_pb2.PRACTICE_COURSE if _is_final(verdict, message.submissions_left):
                approved = verdict is ProofEvent.APPROVED
                await practice_administration.record_practice_decision(
                    self._deps, transaction, message.subject_id, approved=approved
                )

    def _within(self, connection: AsyncConnection) -> Transaction:
        return self._deps.transactions.within(connection)


def _is_final(verdict: ProofEvent, submissions_left: int) -> bool:
    """RE-5: an approval is final; a rejection is, once nothing more can be submitted."""
    return verdict is ProofEvent.APPROVED or (verdict is ProofEvent.REJECTED and submissions_left == 0)
