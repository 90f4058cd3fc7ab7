"""Removes what nobody needs any more."""

from datetime import timedelta
from functools import partial
from typing import Final

from chassis.process.periodic_job import PeriodicJob
from services.identity.dependencies import Dependencies
from services.identity.usecases.reviewed_phone_changes import delete_proof_images

NAME: Final = "expired records"
EVERY: Final = timedelta(hours=1)
KEPT_AFTER_END: Final = timedelta(days=7)
"""Ended login sessions are kept so long, so that a stolen refresh token is still recognised as one."""


def expired_records(deps: Dependencies) -> PeriodicJob:
    """The job that removes ended login sessions with their refresh tokens, expired password recoveries, counts of
    questions to the register, and the images of phone changes that are over, once an hour.
    """
    return PeriodicJob(NAME, partial(delete_expired_records, deps), EVERY)


async def delete_expired_records(deps: Dependencies) -> None:
    """One round."""
    before = deps.clock.now() - KEPT_AFTER_END
    await deps.login_sessions.delete_ended_login_sessions(before)
    await deps.password_recoveries.delete_expired_recoveries(before)
    await deps.candidates.delete_register_questions(before.date())
    await delete_proof_images(deps, before)
