"""Answers that many ask for at once and nobody needs newer than some seconds: one look answers them all."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from chassis.clock import Clock

Answer = TypeVar("Answer")


class SharedAnswers(Generic[Answer]):
    """Answers by key, each for a while. However many ask meanwhile, one of them looks."""

    def __init__(self, clock: Clock, good_for: timedelta) -> None:
        self._clock = clock
        self._good_for = good_for
        self._kept: dict[Hashable, tuple[datetime, Answer]] = {}
        self._looking = asyncio.Lock()

    async def get(self, key: Hashable, look: Callable[[], Awaitable[Answer]]) -> Answer:
        """The answer of that key; raises what `look` raises, which is not kept."""
        async with self._looking:
            now = self._clock.now()
            self._kept = {one: kept for one, kept in self._kept.items() if now < kept[0] + self._good_for}
            if key not in self._kept:
                self._kept[key] = now, await look()
            return self._kept[key][1]
