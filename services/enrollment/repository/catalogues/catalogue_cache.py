"""The catalogue, kept in the process and never older than what is asked for; for reading, older while the database is
away (GW-7).
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import Clock
from chassis.dependency_outages import outage_of
from chassis.telemetry.logs import get_logger
from services.enrollment.domain.catalogue import EMPTY, Catalogue
from services.enrollment.repository.catalogues.catalogue import CatalogueRepository

CHECKED_EVERY: Final = timedelta(seconds=1)
"""How old a catalogue may be for reading; decisions name the revision they need."""

_log = get_logger(__name__)


class CatalogueCache:
    """Never the source of truth: whoever decides names the revision read beside the facts."""

    def __init__(self, repository: CatalogueRepository, clock: Clock, readable_for: timedelta) -> None:
        """`readable_for`: how old a catalogue may be for reading while the database is away."""
        self._repository = repository
        self._clock = clock
        self._readable_for = readable_for
        self._kept = EMPTY
        self._check_time: datetime | None = None
        self._try_time: datetime | None = None
        self._loading = asyncio.Lock()
        self._checking = asyncio.Lock()

    async def current(self) -> Catalogue:
        """The catalogue as it was at most a second ago: for reading. While the database is away, as it was last.

        Raises the outage when there is none yet, or it is too old.
        """
        if not self._is_fresh():
            async with self._checking:  # one statement a second at most, however many read
                if not self._is_fresh():
                    await self._look()
        return self._kept

    async def _look(self) -> None:
        try:
            await self.latest()
        except Exception as error:
            if outage_of(error) is None or not self._is_readable():
                raise
            self._try_time = self._clock.now()
            _log.warning("catalogue from memory", error=type(error).__name__)

    async def latest(self) -> Catalogue:
        """The catalogue as it is now: for deciding where no facts are read beside it."""
        now = self._clock.now()
        catalogue = await self.at(await self._repository.get_revision())
        self._check_time = self._try_time = now
        return catalogue

    def _is_fresh(self) -> bool:
        """Whether it was looked for a second ago at most, be it in vain."""
        return self._try_time is not None and self._clock.now() < self._try_time + CHECKED_EVERY

    def _is_readable(self) -> bool:
        return self._check_time is not None and self._clock.now() < self._check_time + self._readable_for

    async def at(self, revision: int) -> Catalogue:
        """The catalogue at this revision or a later one: for deciding."""
        if self._kept.revision >= revision:
            return self._kept
        async with self._loading:
            if self._kept.revision < revision:
                self._kept = await self._repository.load_catalogue()
        return self._kept
