"""Getting receipts from the portal (PA-9): asked for once an order is paid, looked for until they are there, whatever
is killed or out of reach meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime

from services.payment.dependencies import Dependencies
from services.payment.domain.operator_queue import Detail, ExceptionKind, Finding
from services.payment.domain.receipts import AwaitedReceipt, ReceiptState, is_overdue, next_look
from services.payment.domain.timeline import EventKind, Source, TimelineEvent
from services.payment.ports import PortalUnavailable, ReceiptUnknown


async def request_receipt(deps: Dependencies, order_id: str) -> bool:
    """Asks the portal for an order's receipt, or whether it is there. False when the portal does not answer."""
    receipt = await deps.receipts.find_awaited_receipt(order_id)
    if receipt is None:
        return True
    if not receipt.owed:
        await deps.receipts.void_receipt(order_id)
        return True
    now = deps.clock.now()
    try:
        await _ask(deps, receipt, now)
    except ReceiptUnknown:
        await deps.receipts.mark_pending_again(order_id, _event("UNKNOWN_TO_PORTAL", receipt), now=now)
    except PortalUnavailable:
        await _postpone(deps, receipt, [_event("UNREACHABLE", receipt)], now)
        return False
    return True


async def _ask(deps: Dependencies, receipt: AwaitedReceipt, now: datetime) -> None:
    """Raises ReceiptUnknown, PortalUnavailable."""
    if receipt.state is ReceiptState.PENDING:
        await deps.receipt_portal.request(receipt, receipt.available_time)
        due = _due(deps, 0, receipt, now)
        await deps.receipts.mark_requested(receipt.order_id, _event("REQUESTED", receipt), now=now, due=due)
    elif issued := await deps.receipt_portal.fetch(receipt.order_id):
        await deps.receipts.mark_issued(receipt, issued, _event("ISSUED", receipt), now=now)
    else:
        await _postpone(deps, receipt, [], now)


async def _postpone(
    deps: Dependencies, receipt: AwaitedReceipt, events: Sequence[TimelineEvent], now: datetime
) -> None:
    if is_overdue(receipt.available_time, now, deps.config.receipts):
        finding = Finding(
            ExceptionKind.RECEIPT_OVERDUE,
            about=receipt.order_id,
            order_id=receipt.order_id,
            expected_fen=receipt.amount_fen,
            detail=Detail.RECEIPT_NOT_ISSUED,
            facts={"due_date": receipt.available_date.isoformat()},
        )
        await deps.operator_queue.add_finding(finding, now=now)
    due = _due(deps, receipt.tries, receipt, now)
    await deps.receipts.postpone_receipt(receipt.order_id, events, now=now, due=due)


def _due(deps: Dependencies, tries: int, receipt: AwaitedReceipt, now: datetime) -> datetime:
    return next_look(tries, receipt.available_time, now, deps.config.receipts)


def _event(outcome: str, receipt: AwaitedReceipt) -> TimelineEvent:
    return TimelineEvent(EventKind.RECEIPT_REQUESTED, Source.SERVICE, outcome, amount_fen=receipt.amount_fen)
