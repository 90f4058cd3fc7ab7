"""The catalogue, kept in the process and never older than what is asked for."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import Clock
from services.enrollment.domain.catalogue import EMPTY, Catalogue
from services.enrollment.repository.catalogue import CatalogueRepository

CHECKED_EVERY: Final = timedelta(seconds=1)
"""How old a catalogue may be for reading; decisions name the revision they need."""


class CatalogueCache:
    """Never the source of truth: whoever decides names the revision read beside the facts."""

    def __init__(self, repository: CatalogueRepository, clock: Clock) -> None:
        self._repository = repository
        self._clock = clock
        self._kept = EMPTY
        self._check_time: datetime | None = None
        self._loading = asyncio.Lock()
        self._checking = asyncio.Lock()

    async def current(self) -> Catalogue:
        """The catalogue as it was at most a second ago: for reading."""
        if not self._is_fresh():
            async with self._checking:  # one statement a second at most, however many read
                if not self._is_fresh():
                    return await self.latest()
        return self._kept

    async def latest(self) -> Catalogue:
        """The catalogue as it is now: for deciding where no facts are read beside it."""
        now = self._clock.now()
        catalogue = await self.at(await self._repository.get_revision())
        self._check_time = now
        return catalogue

    def _is_fresh(self) -> bool:
        return self._check_time is not None and self._clock.now() < self._check_time + CHECKED_EVERY

    async def at(self, revision: int) -> Catalogue:
        """The catalogue at this revision or a later one: for deciding."""
        if self._kept.revision >= revision:
            return self._kept
        async with self._loading:
            if self._kept.revision < revision:
                self._kept = await self._repository.load_catalogue()
        return self._kept
