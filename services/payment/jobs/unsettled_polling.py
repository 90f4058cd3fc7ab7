"""The sweep (PA-3, PA-4): looks at every unsettled order when it is due, so that a lost notification heals itself and
no order is forgotten; thousands of them without hammering the platform.
"""

from services.payment.dependencies import Dependencies
from services.payment.domain.timeline import Source
from services.payment.jobs.leased_worker import DueWork
from services.payment.usecases.platform_queries import query_platform


def unsettled_polling(deps: Dependencies) -> DueWork:
    """Asks the platform about unsettled orders that are due."""

    async def poll(order_id: str) -> bool:
        return (await query_platform(deps, await deps.orders.get_order(order_id), Source.SWEEP)).reachable

    return DueWork("unsettled polling", deps.config.sweep, deps.clock, deps.orders.claim_due_orders, poll)
