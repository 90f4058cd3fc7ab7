"""Making and reading orders."""

from dataclasses import dataclass

from chassis.errors import NotFound
from chassis.security.tokens import Access, Principal
from services.payment.domain.order import NewOrder, Order, check_new, has_receipt, opened, same_or_refuse
from services.payment.domain.timeline import Entry, Event, EventKind, Source, fold
from services.payment.errors import CalendarUnpublished, LiveOrderExists
from services.payment.ports import OrderFilter, ReceiptRow
from services.payment.usecases.receipts import receipt_dates
from services.payment.usecases.till import Till, order_for, position


async def create_order(till: Till, asked: NewOrder) -> Order:
    """EN-10, PA-7: makes the order, or answers with the one that the same request made before (F-10).

    Raises AmountsDiffer, PaymentCutoffPassed, OrderIdReused, LiveOrderExists.
    """
    now = till.clock.now()
    if asked.payment_cutoff_time <= now and (existing := await till.orders.find(asked.order_id)):
        return same_or_refuse(existing, asked)
    check_new(asked, now)
    order = opened(asked, till.terms, now)
    event = Event(EventKind.ORDER_CREATED, Source.SERVICE, order.state.value, amount_fen=order.total_fen)
    try:
        if await till.orders.create(order, event):
            return order
    except LiveOrderExists as refusal:
        # The live order may be this very one, made by the same request a moment ago.
        if refusal.metadata["order_id"] != asked.order_id:
            raise
    return same_or_refuse(await till.orders.get(asked.order_id), asked)


async def get_order(till: Till, order_id: str, who: Principal) -> Order:
    """The order as it stands here. Raises NotFound."""
    return await order_for(till, order_id, who)


async def list_orders(
    till: Till, which: OrderFilter, who: Principal, after: tuple[str, ...] | None, limit: int
) -> list[Order]:
    """A candidate's own orders, or for operators all that match, newest first."""
    if who.kind is Access.CANDIDATE:
        which = OrderFilter(who.subject_id, which.session_id, which.states)
    return await till.orders.page(which, position(after), limit)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The order and what happened to its money."""

    order: Order
    entries: list[Entry]


async def read_timeline(till: Till, order_id: str, who: Principal) -> Timeline:
    """PA-11. Raises NotFound."""
    order = await order_for(till, order_id, who)
    return Timeline(order, fold(await till.orders.timeline(order_id)))


@dataclass(frozen=True, slots=True)
class DatedReceipt:
    """A receipt; `unpublished_year` when its date depends on holidays nobody has published, 0 otherwise."""

    row: ReceiptRow
    unpublished_year: int


async def read_receipt(till: Till, order_id: str, who: Principal) -> DatedReceipt:
    """PA-9. Raises NotFound, OrderNotPaid."""
    order = await order_for(till, order_id, who)
    has_receipt(order)
    row = await till.calendar.receipt(order_id)
    if row is None:
        raise NotFound()
    return DatedReceipt(row, 0 if row.available_date or order.paid_time is None else await _missing_year(till, order))


async def _missing_year(till: Till, order: Order) -> int:
    assert order.paid_time is not None
    now = till.clock.now()
    try:
        receipt_dates(order.paid_time, await till.calendar.load(now=now))
    except CalendarUnpublished as unpublished:
        return int(unpublished.metadata["year"])
    return 0
