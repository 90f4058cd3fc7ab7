"""How many calls of people each process refuses by the minute, and why, written down every few seconds: replicas add
up, and no call waits for it (OP-4).
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from zikao.common.v1 import activity_pb2

from chassis.call_context import Call
from chassis.clock import Clock
from chassis.errors import Code
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from chassis.process.periodic_job import PeriodicJob
from chassis.security.tokens import Access

Kind = activity_pb2.ActivityCount.Kind
WRITTEN_EVERY: Final = timedelta(seconds=5)
MINUTE: Final = timedelta(minutes=1)

KIND_OF_CODE: Final[Mapping[str, int]] = {
    Code.FAILED_PRECONDITION.value: Kind.REFUSED_BY_RULE,
    Code.ALREADY_EXISTS.value: Kind.REFUSED_BY_RULE,
    Code.ABORTED.value: Kind.REFUSED_BY_RULE,
    Code.OUT_OF_RANGE.value: Kind.REFUSED_BY_RULE,
    Code.NOT_FOUND.value: Kind.REFUSED_BY_RULE,
    Code.INVALID_ARGUMENT.value: Kind.REFUSED_INPUT,
    Code.UNAUTHENTICATED.value: Kind.REFUSED_ACCESS,
    Code.PERMISSION_DENIED.value: Kind.REFUSED_ACCESS,
    Code.RESOURCE_EXHAUSTED.value: Kind.REFUSED_TOO_MANY,
}
"""Whatever is not among them has failed."""

REFUSALS: Final = (*dict.fromkeys(KIND_OF_CODE.values()), Kind.FAILED)

# A process writes what it has counted in all, so that writing it again changes nothing.
_WRITE: Final = sql("""
INSERT INTO refusal_counts (minute, process_id, kind, count) VALUES (:minute, :process_id, :kind, :count)
ON CONFLICT (minute, process_id, kind) DO UPDATE SET count = excluded.count
""")


class RefusalCounts:
    """What one process has refused, until it is written down."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._process_id = new_id()
        self._counts: Counter[tuple[datetime, str]] = Counter()
        self._unwritten: set[tuple[datetime, str]] = set()

    def note(self, call: Call) -> None:
        """Counts a call that was refused; one of another service is no person's, and is told by that service."""
        if call.principal is not None and call.principal.kind is Access.SERVICE:
            return
        kind = KIND_OF_CODE.get(call.code, Kind.FAILED)
        at = self._clock.now().replace(second=0, microsecond=0), Kind.Name(kind)
        self._counts[at] += 1
        self._unwritten.add(at)

    async def write(self) -> None:
        """Writes down what is new."""
        if not (news := self._unwritten):
            return
        self._unwritten = set()
        rows = [
            {"minute": minute, "process_id": self._process_id, "kind": kind, "count": self._counts[minute, kind]}
            for minute, kind in sorted(news)
        ]
        try:
            await self._db.hot.execute_each(_WRITE, rows)
        except BaseException:
            self._unwritten |= news
            raise
        over = self._clock.now() - MINUTE
        for at in [at for at in self._counts if at[0] < over and at not in self._unwritten]:
            del self._counts[at]


@asynccontextmanager
async def refusal_counts(db: Database, clock: Clock) -> AsyncIterator[RefusalCounts]:
    """The counts of this process for the length of a block, written down every few seconds and at its end."""
    counts = RefusalCounts(db, clock)
    writing = PeriodicJob("refusal counts", counts.write, WRITTEN_EVERY)
    task = asyncio.create_task(writing.run())
    try:
        yield counts
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await writing.once()
