"""Getting receipts from the portal when they are due (PA-9)."""

from datetime import timedelta
from functools import partial
from typing import Final

from chassis.process.periodic_job import PeriodicJob
from services.payment.dependencies import Dependencies
from services.payment.jobs.leased_worker import DueWork
from services.payment.usecases.receipt_collection import request_receipt
from services.payment.usecases.working_days import date_undated_receipts

DATED_EVERY: Final = timedelta(hours=1)
"""How often dates are looked for that were missing for want of a year's holidays: a release may have brought them."""


def receipt_collection(deps: Dependencies) -> DueWork:
    """Asks the portal for receipts, and whether they are there."""
    claim, work = deps.receipts.claim_due_receipts, partial(request_receipt, deps)
    return DueWork("receipt collection", deps.config.receipts, deps.clock, claim, work)


def receipt_dating(deps: Dependencies) -> PeriodicJob:
    """Dates receipts that had none, once the holidays they wait for are known."""
    return PeriodicJob("receipt dating", partial(date_undated_receipts, deps), DATED_EVERY)
