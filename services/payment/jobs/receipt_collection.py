"""Getting receipts from the portal when they are due (PA-9)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.process.periodic_job import PeriodicJob
from services.payment.dependencies import Dependencies
from services.payment.jobs.due_work import DueWork
from services.payment.usecases.receipt_requests import request_receipt
from services.payment.usecases.working_days import date_undated_receipts

DATED_EVERY: Final = timedelta(hours=1)
"""How often dates are looked for that were missing for want of a year's holidays: a release may have brought them."""


def receipt_collection(deps: Dependencies) -> DueWork:
    """Asks the portal for receipts, and whether they are there."""
    limits = deps.config.receipts

    async def claim() -> Sequence[str]:
        return await deps.receipts.claim_due_receipts(now=deps.clock.now(), lease=limits.lease, size=limits.batch)

    async def collect(order_id: str) -> bool:
        return await request_receipt(deps, order_id)

    return DueWork("receipt collection", limits, claim, collect)


def receipt_dating(deps: Dependencies) -> PeriodicJob:
    """Dates receipts that had none, once the holidays they wait for are known."""

    async def date() -> None:
        await date_undated_receipts(deps)

    return PeriodicJob("receipt dating", date, DATED_EVERY)
