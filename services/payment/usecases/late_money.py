"""Money that an order cannot take as it comes (PA-6): late, twice, or for courses that are paid for already. It is
attached, or given back once, and shown either way.
"""

from datetime import datetime

from chassis.clock import SHANGHAI
from chassis.errors import Overloaded
from chassis.ids import derived_id
from chassis.security.tokens import Access, Principal
from chassis.transitions import advance
from services.payment.domain.exceptions import ExceptionKind, Resolution
from services.payment.domain.order import ENDED_UNPAID, ORDER_TRANSITIONS, Order, OrderEvent
from services.payment.domain.refund import Surplus, late_money
from services.payment.domain.timeline import Event, EventKind, Source
from services.payment.domain.trade import Trade
from services.payment.errors import NoLateMoney
from services.payment.ports import DuplicateSelection
from services.payment.usecases.receipts import dates_or_raise_it
from services.payment.usecases.till import Till

ROUNDS = 5


async def hold(till: Till, order: Order, trade: Trade, heard: Event, now: datetime) -> bool:
    """Records money on an order that has ended, and has enrollment asked whether its courses are still free."""
    return await till.moves.hold(order, trade, [heard, _arrived(order, trade, heard, "LATE_MONEY")], now=now)


async def give_back(till: Till, order: Order, trade: Trade, why: ExceptionKind, heard: Event, now: datetime) -> bool:
    """Records money that can never pay anything, and its refund."""
    events = [
        heard,
        _arrived(order, trade, heard, why.value),
        _requested(order.attempt_number, trade.amount_fen, heard.source),
    ]
    return await till.refunds.give_back(order, trade, _surplus(till, order, order.attempt_number, now), events, now=now)


async def refuse(till: Till, order: Order, trade: Trade, heard: Event, now: datetime) -> bool:
    """Ends a live order whose courses have been paid for under another one, and gives its money back (PA-7)."""
    failed = advance(ORDER_TRANSITIONS, order.state, OrderEvent.TRADE_FAILED)
    events = [
        heard,
        _arrived(order, trade, heard, ExceptionKind.DOUBLE_MONEY.value),
        Event(EventKind.STATE_CHANGED, heard.source, failed.value, order.attempt_number, order.total_fen),
        _requested(order.attempt_number, trade.amount_fen, heard.source),
    ]
    return await till.refunds.refuse(order, trade, _surplus(till, order, order.attempt_number, now), events, now=now)


async def settle_late_money(till: Till, order_id: str, *, attach: bool, who: Principal) -> Order:
    """PA-6: what becomes of the money that an order holds. The first decision stands. Raises NotFound, NoLateMoney."""
    source = Source.OPERATOR if who.kind is Access.OPERATOR else Source.SERVICE
    for _ in range(ROUNDS):
        order = await till.orders.get(order_id)
        if not order.held:
            return await _decided(till, order, attach=attach)
        if await _decide(till, order, attach=attach, source=source):
            till.changes.publish(order_id)
    raise Overloaded()


async def _decided(till: Till, order: Order, *, attach: bool) -> Order:
    """Nothing is held any more. Whoever hoped to attach money that goes back must hear that the order stays ended."""
    if not any(entry.event.kind is EventKind.MONEY_HELD for entry in await till.orders.timeline(order.order_id)):
        raise NoLateMoney()
    now = till.clock.now()
    await till.queue.settle(order.order_id, ExceptionKind.LATE_MONEY, Resolution.LATE_MONEY_DECIDED, now=now)
    if attach and order.state in ENDED_UNPAID:
        await till.moves.end_again(order, now=now)
    return await till.orders.get(order.order_id)


async def _decide(till: Till, order: Order, *, attach: bool, source: Source) -> bool:
    decision = late_money(order, attach=attach)
    if decision.attached is not None:
        return await _attach(till, order, decision.attached, source)
    return any([await _return(till, order, number, source) for number in decision.returned])


async def _attach(till: Till, order: Order, number: int, source: Source) -> bool:
    now = till.clock.now()
    held = next(held for held in order.held if held.number == number)
    receipt = await dates_or_raise_it(till, held.paid_time)
    state = advance(ORDER_TRANSITIONS, order.state, OrderEvent.LATE_MONEY_ATTACHED)
    changed = Event(EventKind.STATE_CHANGED, source, state.value, number, order.total_fen)
    try:
        return await till.moves.attach(order, number, receipt, [changed], now=now)
    except DuplicateSelection:
        return await _return(till, order, number, source)


async def _return(till: Till, order: Order, number: int, source: Source) -> bool:
    now = till.clock.now()
    amount = next(held.amount_fen for held in order.held if held.number == number)
    surplus = _surplus(till, order, number, now)
    return await till.refunds.return_held(order, surplus, [_requested(number, amount, source)], now=now)


def _surplus(till: Till, order: Order, number: int, now: datetime) -> Surplus:
    """The one refund of an attempt's money: its number follows from the attempt, so that it is made once."""
    refund_id = derived_id("surplus-refund", order.order_id, str(number))
    return Surplus(refund_id, number, till.refund_terms.due_date(now, SHANGHAI))


def _arrived(order: Order, trade: Trade, heard: Event, why: str) -> Event:
    return Event(EventKind.MONEY_HELD, heard.source, why, order.attempt_number, trade.amount_fen)


def _requested(number: int, amount_fen: int, source: Source) -> Event:
    return Event(EventKind.REFUND_REQUESTED, source, "REQUESTED", number, amount_fen)
