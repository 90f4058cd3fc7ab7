"""Getting receipts from the portal (PA-9): asked for once an order is paid, looked for until they are there, whatever
is killed or out of reach meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import SHANGHAI
from services.payment.domain.exceptions import Detail, ExceptionKind, Finding
from services.payment.domain.receipts import AwaitedReceipt, ReceiptPace, ReceiptState, is_overdue, next_look
from services.payment.domain.timeline import Event, EventKind, Source
from services.payment.ports.receipts import PortalUnavailable, ReceiptPortal, Receipts, ReceiptUnknown
from services.payment.usecases.receipts import date_what_is_known_now
from services.payment.usecases.rounds import Limits, Rounds
from services.payment.usecases.till import Till

DATES_EVERY: Final = timedelta(hours=1)
"""How often dates are looked for that were missing for want of a year's holidays: a release may have brought them."""


@dataclass(frozen=True, slots=True)
class Counter:
    """What the job works with beside the till."""

    till: Till
    receipts: Receipts
    portal: ReceiptPortal
    pace: ReceiptPace


class Issuing:
    """The background job."""

    def __init__(self, counter: Counter, limits: Limits) -> None:
        self.counter = counter
        self._limits = limits
        self._rounds = Rounds("receipts", limits, self._claim, self._look_for)
        self._dated: datetime | None = None

    async def run(self) -> None:
        """Gets receipts until cancelled."""
        await self._rounds.run()

    async def once(self) -> int:
        """Looks for the receipts that are due now, one batch at most, and says how many there were."""
        return await self._rounds.once()

    async def _claim(self) -> Sequence[str]:
        counter, now = self.counter, self.counter.till.clock.now()
        if self._dated is None or now - self._dated >= DATES_EVERY:
            await date_what_is_known_now(counter.till)
            self._dated = now
        return await counter.receipts.claim_due(now=now, lease=self._limits.lease, limit=self._limits.batch)

    async def _look_for(self, order_id: str) -> bool:
        awaited = await self.counter.receipts.awaited(order_id)
        return await look_for(self.counter, awaited) if awaited else True


async def look_for(counter: Counter, receipt: AwaitedReceipt) -> bool:
    """Asks the portal for a receipt, or whether it is there. False when the portal does not answer."""
    now = counter.till.clock.now()
    if not receipt.owed:
        await counter.receipts.void(receipt.order_id)
        return True
    try:
        if receipt.state is ReceiptState.PENDING:
            await counter.portal.request(receipt, receipt.available_time(SHANGHAI))
            due = _due(counter, 0, receipt, now)
            await counter.receipts.requested(receipt.order_id, [_event("REQUESTED", receipt)], now=now, due=due)
        elif issued := await counter.portal.fetch(receipt.order_id):
            await counter.receipts.issued(receipt.order_id, issued, [_event("ISSUED", receipt)], now=now)
        else:
            await _later(counter, receipt, [], now)
    except ReceiptUnknown:
        await counter.receipts.forgotten(receipt.order_id, [_event("UNKNOWN_TO_PORTAL", receipt)], now=now)
    except PortalUnavailable:
        await _later(counter, receipt, [_event("UNREACHABLE", receipt)], now)
        return False
    return True


async def _later(counter: Counter, receipt: AwaitedReceipt, events: Sequence[Event], now: datetime) -> None:
    if is_overdue(receipt.available_time(SHANGHAI), now, counter.pace):
        finding = Finding(
            ExceptionKind.RECEIPT_OVERDUE,
            about=receipt.order_id,
            order_id=receipt.order_id,
            expected_fen=receipt.amount_fen,
            detail=Detail.RECEIPT_NOT_ISSUED,
            facts={"due_date": receipt.available_date.isoformat()},
        )
        await counter.till.queue.add(finding, now=now)
    due = _due(counter, receipt.tries, receipt, now)
    await counter.receipts.look_later(receipt.order_id, events, now=now, due=due)


def _due(counter: Counter, tries: int, receipt: AwaitedReceipt, now: datetime) -> datetime:
    return next_look(tries, receipt.available_time(SHANGHAI), now, counter.pace)


def _event(outcome: str, receipt: AwaitedReceipt) -> Event:
    return Event(EventKind.RECEIPT_REQUESTED, Source.SERVICE, outcome, amount_fen=receipt.amount_fen)
