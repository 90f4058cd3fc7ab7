"""An open page: shown every change, and asking the platform every few seconds while it is open (PA-4, F-1)."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

from chassis.security.tokens import Principal
from services.payment.domain.order import Order
from services.payment.domain.timeline import Source
from services.payment.usecases.asking import ask_if_allowed
from services.payment.usecases.till import Till, order_for


async def watch_order(till: Till, order_id: str, who: Principal, *, lasting: timedelta) -> AsyncGenerator[Order, None]:
    """The order as it stands, then whenever it changes, until it is no longer live or the time is up. Raises
    NotFound.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + lasting.total_seconds()
    with till.changes.watching(order_id) as watch:
        order = await order_for(till, order_id, who)
        yield order
        while order.live and loop.time() < until:
            told = await watch.changed(till.pace.page)
            fresh = await till.orders.get(order_id) if told else await _asked(till, order)
            if _shown(fresh) != _shown(order):
                yield fresh
            order = fresh


async def _asked(till: Till, order: Order) -> Order:
    asked = await ask_if_allowed(till, order, Source.OPEN_PAGE)
    return asked.order if asked else await till.orders.get(order.order_id)


def _shown(order: Order) -> Order:
    """The order without what asking about it changes, and the page does not show."""
    return replace(order, ask_time=None, asks=0)
