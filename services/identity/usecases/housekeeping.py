"""Forgets what nobody needs any more."""

import asyncio
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.telemetry.logs import get_logger
from services.identity.domain.phone_changes import PhoneChangeRules
from services.identity.ports import Store
from services.identity.ports.images import BlobStore
from services.identity.usecases import phone_changes

_log = get_logger(__name__)

EVERY_SECONDS: Final = 3600.0
KEPT_AFTER_END: Final = timedelta(days=7)
"""Ended login sessions are kept so long, so that a stolen refresh token is still recognised as one."""


class Housekeeping:
    """A background job that removes ended login sessions with their refresh tokens, expired password recoveries, and
    the images of phone changes that are over.
    """

    def __init__(self, store: Store, blobs: BlobStore, rules: PhoneChangeRules, clock: Clock) -> None:
        self._store = store
        self._blobs = blobs
        self._rules = rules
        self._clock = clock

    async def run(self) -> None:
        """Once an hour, until cancelled; a database that is away is asked again an hour later."""
        while True:
            try:
                await self.tidy()
            except Exception as error:
                _log.warning("what nobody needs any more was not removed", error=type(error).__name__)
            await asyncio.sleep(EVERY_SECONDS)

    async def tidy(self) -> None:
        """Once."""
        before = self._clock.now() - KEPT_AFTER_END
        await self._store.logins.forget_ended(before)
        await self._store.recoveries.forget_expired(before)
        await phone_changes.forget_images(
            before, store=self._store, blobs=self._blobs, rules=self._rules, clock=self._clock
        )
