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


def orphan_images(blobs: SealedBlobs, named: NamedKeys, clock: Clock) -> PeriodicJob:
    """The job that removes the images of one service that no row names, every six hours. Safe beside others of its
    kind: removing twice is no error.
    """

    async def round_() -> None:
        await remove_orphan_images(blobs, named, clock)

    return PeriodicJob("orphan images", round_, EVERY)


async def remove_orphan_images(blobs: SealedBlobs, named: NamedKeys, clock: Clock) -> int:
    """Removes those that are old enough; the number of images removed."""
    removed = 0
    async for key in _orphans(blobs, named, clock):
        await blobs.delete(key)
        removed += 1
        if removed == MOST_REMOVED:
            break
    if removed:
        _log.warning("images that nobody named were removed", images=removed)
    return removed


async def _orphans(blobs: SealedBlobs, named: NamedKeys, clock: Clock) -> AsyncIterator[str]:
    async for keys in blobs.older_than(clock.now() - SAFE_AGE, AT_ONCE):
        nobodys = set(keys).difference(await named(keys))
        for key in keys:
            if key in nobodys and await blobs.is_ours(key):
                yield key
