"""Learns of login sessions that other replicas have ended (F-32)."""

from datetime import timedelta
from functools import partial
from typing import Final

from chassis.process.periodic_job import PeriodicJob
from services.identity.dependencies import Dependencies
from services.identity.usecases.authentication.revocations import learn_revocations

NAME: Final = "revocations"
EVERY: Final = timedelta(milliseconds=200)


def revocation_reading(deps: Dependencies) -> PeriodicJob:
    """The job that reads them, five times a second: one statement that an index answers. NOTIFY is not used: it takes a
    database-wide lock at every commit.
    """
    return PeriodicJob(NAME, partial(_read, deps), EVERY)


async def _read(deps: Dependencies) -> None:
    deps.revocations.follow()
    await learn_revocations(deps)
