"""Removes images that no row names: a process that dies between storing an image and writing its row leaves one behind,
and so does one that dies between a change and the removal of what it replaced.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.media.blobs import SealedBlobs
from chassis.process.periodic_job import PeriodicJob
from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

EVERY: Final = timedelta(hours=6)
SAFE_AGE: Final = timedelta(days=7)
"""A row follows its image within seconds. A week also leaves time to notice a database that was restored to an earlier
state, whose images would all look like nobody's.
"""

AT_ONCE: Final = 500
MOST_REMOVED: Final = 1000
"""In one round: whatever goes wrong goes wrong slowly, and shows in the log first."""

NamedKeys = Callable[[Sequence[str]], Awaitable[Collection[str]]]
"""Those of some keys that a row names, or that are not ours."""


class OrphanImages:
    """The images of one service that no row names. Safe beside others of its kind: removing twice is no error."""

    def __init__(self, blobs: SealedBlobs, named: NamedKeys, clock: Clock) -> None:
        self._blobs = blobs
        self._named = named
        self._clock = clock

    def job(self) -> PeriodicJob:
        """The job that removes them, every six hours."""
        return PeriodicJob("orphan images", self._round, EVERY)

    async def remove(self) -> int:
        """Removes those that are old enough; the number of images removed."""
        removed = 0
        async for key in self._orphans():
            await self._blobs.delete(key)
            removed += 1
            if removed == MOST_REMOVED:
                break
        if removed:
            _log.warning("images that nobody named were removed", images=removed)
        return removed

    async def _round(self) -> None:
        await self.remove()

    async def _orphans(self) -> AsyncIterator[str]:
        async for keys in self._blobs.older_than(self._clock.now() - SAFE_AGE, AT_ONCE):
            named = set(await self._named(keys))
            for key in keys:
                if key not in named and await self._blobs.is_ours(key):
                    yield key
