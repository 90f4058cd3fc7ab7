"""Forgets what nobody needs any more."""

import asyncio
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.logs import get_logger
from services.identity.ports import Store

_log = get_logger(__name__)

EVERY_SECONDS: Final = 3600.0
KEPT_AFTER_END: Final = timedelta(days=7)
"""Ended login sessions are kept so long, so that a stolen refresh token is still recognised as one."""


class Housekeeping:
    """A background job that removes ended login sessions with their refresh tokens."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Once an hour, until cancelled; a database that is away is asked again an hour later."""
        while True:
            try:
                await self._store.logins.forget_ended(self._clock.now() - KEPT_AFTER_END)
            except Exception as error:
                _log.warning("ended login sessions were not removed", error=type(error).__name__)
            await asyncio.sleep(EVERY_SECONDS)
