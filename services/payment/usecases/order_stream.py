"""An open page: shown every change, and asking the platform while it is open (PA-4, F-1): often while somebody is known
to look, and now and then after that.
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

from chassis.security.tokens import Principal
from services.payment.dependencies import Dependencies
from services.payment.domain.orders import Order
from services.payment.domain.polling_pace import page_interval
from services.payment.domain.timeline import Source
from services.payment.usecases.orders import get_order
from services.payment.usecases.platform_queries import query_if_allowed


async def watch_order(
    deps: Dependencies, order_id: str, who: Principal, *, just_shown: bool, lasting: timedelta
) -> AsyncGenerator[Order, None]:
    """The order as it stands, and after each change while it is live and the time is not up. Raises NotFound."""
    loop = asyncio.get_running_loop()
    until = loop.time() + lasting.total_seconds()
    shown_time = deps.clock.now() if just_shown else None
    with deps.order_changes.watching(order_id) as watch:
        order = await get_order(deps, order_id, who)
        yield order
        while order.live and loop.time() < until:
            draw = random.uniform(-1, 1)  # noqa: S311  # no secret
            interval = page_interval(order, shown_time, deps.clock.now(), deps.config.pace, draw=draw)
            within = min(interval, timedelta(seconds=max(0.0, until - loop.time())))
            told = await watch.changed(within)
            if not told and within < interval:
                return
            fresh = await deps.orders.get_order(order_id) if told else await query_for_page(deps, order)
            if _shown(fresh) != _shown(order):
                yield fresh
            order = fresh


async def query_for_page(deps: Dependencies, order: Order) -> Order:
    """The order after its platform was asked; as it is known where too many pages are asking."""
    if deps.page_questions.locked():
        return order
    async with deps.page_questions:
        queried = await query_if_allowed(deps, order, Source.OPEN_PAGE)
        return queried.order if queried else await deps.orders.get_order(order.order_id)


def _shown(order: Order) -> Order:
    """The order without what asking about it changes, and the page does not show."""
    return replace(order, ask_time=None, asks=0)
