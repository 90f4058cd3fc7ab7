"""Removes images that no row names: a process that dies between storing an image and writing its row leaves one behind,
and so does one that dies between a change and the removal of what it replaced.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.media.blobs import SealedBlobs
from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

EVERY_SECONDS: Final = 6 * 3600.0
SAFE_AGE: Final = timedelta(days=7)
"""A row follows its image within seconds. A week also leaves time to notice a database that was restored to an earlier
state, whose images would all look like nobody's.
"""

AT_ONCE: Final = 500
MOST_REMOVED: Final = 1000
"""In one round: whatever goes wrong goes wrong slowly, and shows in the log first."""

Named = Callable[[Sequence[str]], Awaitable[Collection[str]]]
"""Those of some keys that a row names, or that are not of this sweep's making."""


class Sweep:
    """A background job over one service's images. Safe beside others of its kind: removing twice is no error."""

    def __init__(self, blobs: SealedBlobs, named: Named, clock: Clock) -> None:
        self._blobs = blobs
        self._named = named
        self._clock = clock

    async def run(self) -> None:
        """Every six hours, until cancelled; a store or a database that is away is asked again then."""
        while True:
            try:
                await self.sweep()
            except Exception as error:
                _log.warning("images that nobody names were not removed", error=type(error).__name__)
            await asyncio.sleep(EVERY_SECONDS)

    async def sweep(self) -> int:
        """Once; the number of images removed."""
        removed = 0
        async for keys in self._blobs.older_than(self._clock.now() - SAFE_AGE, AT_ONCE):
            named = set(await self._named(keys))
            for key in keys:
                if key not in named and await self._blobs.is_ours(key):
                    await self._blobs.delete(key)
                    removed += 1
                if removed == MOST_REMOVED:
                    break
            else:
                continue
            break
        if removed:
            _log.warning("images that nobody named were removed", images=removed)
        return removed
