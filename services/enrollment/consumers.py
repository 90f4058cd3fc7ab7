"""Events in: each becomes one use case, inside the transaction that also notes the event as received."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from google.protobuf.message import Message
from sqlalchemy.ext.asyncio import AsyncConnection
from zikao.identity.v1 import events_pb2 as identity_events
from zikao.payment.v1 import events_pb2 as payment_events
from zikao.review.v1 import events_pb2 as review_events
from zikao.review.v1 import resources_pb2 as review_pb2

from chassis.events.receiver import ReactTo, ReactToSeveral
from services.enrollment.domain.registration import ProofEvent
from services.enrollment.mapping import messages
from services.enrollment.ports import Changes, Ports
from services.enrollment.usecases import outcomes
from services.enrollment.usecases.standing import hear_standing

_VERDICTS = {
    review_pb2.Decision.APPROVED: ProofEvent.APPROVED,
    review_pb2.Decision.REJECTED: ProofEvent.REJECTED,
    review_pb2.Decision.ASKED_AGAIN: ProofEvent.ASKED_AGAIN,
}


class Consumers:
    """What enrollment does when it hears of something."""

    def __init__(self, ports: Ports, within: Callable[[AsyncConnection], Changes]) -> None:
        self._ports = ports
        self._changes = within

    def handlers(self) -> Mapping[type[Message], ReactTo]:
        """One handler per type of event."""
        return {
            identity_events.StandingChanged: self.standing_changed,
            payment_events.OrderEndedUnpaid: self.order_ended_unpaid,
            payment_events.LateMoneyArrived: self.late_money_arrived,
            review_events.CaseDecided: self.case_decided,
        }

    def together(self) -> Mapping[type[Message], ReactToSeveral]:
        """One handler per type that comes in bursts: when everybody pays, or gets money back."""
        return {payment_events.OrderPaid: self.orders_paid, payment_events.OrderRefunded: self.orders_refunded}

    async def standing_changed(self, transaction: AsyncConnection, message: Any, _: object) -> None:
        """ID-9, EN-2: the newest standing is kept, and the ticket numbers it makes due are issued."""
        await hear_standing(messages.standing(message.standing), self._changes(transaction), self._ports.tickets)

    async def orders_paid(self, transaction: AsyncConnection, told: Sequence[Any]) -> None:
        """EN-8: what is paid counts."""
        paid = {message.order_id: list(message.item_ids) for message in told}
        await outcomes.orders_paid(paid, self._changes(transaction), self._ports.clock.now())

    async def order_ended_unpaid(self, transaction: AsyncConnection, message: Any, _: object) -> None:
        """EN-9: the courses can be checked out again."""
        await outcomes.order_ended_unpaid(message.order_id, self._changes(transaction), self._ports)

    async def orders_refunded(self, transaction: AsyncConnection, told: Sequence[Any]) -> None:
        """Invariant 2: what was refunded does not count."""
        refunded = [item_id for message in told for item_id in message.item_ids]
        await outcomes.items_refunded(refunded, self._changes(transaction), self._ports.clock.now())

    async def late_money_arrived(self, transaction: AsyncConnection, message: Any, _: object) -> None:
        """PA-6: attached when its courses are still held, else given back."""
        items = list(message.item_ids)
        await outcomes.late_money_arrived(message.order_id, items, self._changes(transaction), self._ports.clock.now())

    async def case_decided(self, transaction: AsyncConnection, message: Any, _: object) -> None:
        """EN-4, EN-10: proofs of a special major, or a practice course. Other cases are identity's."""
        changes, verdict = self._changes(transaction), _VERDICTS[message.decision]
        match message.kind:
            case review_pb2.SPECIAL_MAJOR:
                if verdict is ProofEvent.REJECTED and not _is_final(verdict, message.submissions_left):
                    verdict = ProofEvent.ASKED_AGAIN  # RE-5: it may be handed in again
                await outcomes.proofs_decided(message.subject_id, verdict, changes, self._ports)
            case review_pb2.PRACTICE_COURSE if _is_final(verdict, message.submissions_left):
                approved, now = verdict is ProofEvent.APPROVED, self._ports.clock.now()
                await outcomes.practice_decided(message.subject_id, approved=approved, changes=changes, now=now)


def _is_final(verdict: ProofEvent, submissions_left: int) -> bool:
    """RE-5: an approval is final; a rejection is, once nothing more can be submitted."""
    return verdict is ProofEvent.APPROVED or (verdict is ProofEvent.REJECTED and submissions_left == 0)
