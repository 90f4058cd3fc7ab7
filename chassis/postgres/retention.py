"""Forgets kept answers and heard events when nobody can ask for them again: answers may repeat what people sent, and
neither table may grow for ever.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import Clock
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from chassis.process.periodic_job import PeriodicJob

EVERY: Final = timedelta(hours=1)
AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """A table whose rows lose their use: the column that says how old a row is, and how long it is kept."""

    table: str
    column: str
    kept: timedelta


ANSWERS: Final = RetentionRule("kept_answers", "claim_time", timedelta(days=2))
"""A caller that repeats a request does so within minutes; two days outlast any client that was switched off."""

EVENTS: Final = RetentionRule("inbox", "receive_time", timedelta(days=90))
"""An event is delivered again until it is acknowledged; ninety days outlast any outage of a receiver."""

REFUSALS: Final = RetentionRule("refusal_counts", "minute", timedelta(days=3))
"""The day on one page shows today and yesterday (OP-4)."""


def retention(db: Database, clock: Clock) -> PeriodicJob:
    """The job that removes, once an hour, what nobody can ask for any more."""

    async def round_() -> None:
        for rule in (ANSWERS, EVENTS, REFUSALS):
            await delete_expired(db, rule, clock.now())

    return PeriodicJob("retention", round_, EVERY)


async def delete_expired(db: Database, rule: RetentionRule, now: datetime) -> int:
    """Removes what a rule keeps no longer, a few rows at a time, so that no lock lasts; the number of rows."""
    statement = sql(
        f"DELETE FROM {rule.table} WHERE ctid = ANY (ARRAY("
        f"SELECT ctid FROM {rule.table} WHERE {rule.column} < :oldest LIMIT {AT_ONCE}))"
    )
    removed = 0
    while True:
        count = await db.hot.execute(statement, oldest=now - rule.kept)
        removed += count
        if count < AT_ONCE:
            return removed
