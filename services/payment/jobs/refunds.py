"""Giving money back, beside the calls that ask for it (PA-6, PA-12). Any number of replicas work at once."""

from datetime import timedelta
from functools import partial

from chassis.process.periodic_job import AT_ONCE, PeriodicJob
from services.payment.dependencies import Dependencies
from services.payment.jobs.leased_worker import DueWork
from services.payment.usecases.late_money import raise_undecided_money
from services.payment.usecases.refund_batches import complete_batches, queue_refunds
from services.payment.usecases.refund_execution import execute_refund


def refund_execution(deps: Dependencies) -> DueWork:
    """Asks the platform for refunds that are due."""
    claim, work = deps.refunds.claim_due_refunds, partial(execute_refund, deps)
    return DueWork("refund execution", deps.config.refunds, deps.clock, claim, work)


def refund_batches(deps: Dependencies) -> PeriodicJob:
    """Queues the refunds of cancelled sessions, completes batches, and raises late money nobody has decided about."""

    async def round_() -> timedelta | None:
        queued = await queue_refunds(deps)
        await complete_batches(deps)
        await raise_undecided_money(deps)
        return AT_ONCE if queued else None

    return PeriodicJob("refund batches", round_, deps.config.refunds.pause)
