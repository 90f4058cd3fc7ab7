"""Closes each session at the second it ends (EN-8, F-15)."""

from datetime import datetime, timedelta
from typing import Final

from chassis.process.periodic_job import PeriodicJob
from services.enrollment.dependencies import Dependencies
from services.enrollment.usecases.administration.session_end import end_session

LONGEST_PAUSE: Final = timedelta(seconds=1)
"""How long after its end a session may wait to be closed, when nothing knew of it beforehand."""

LOOKED_AT_EVERY: Final = timedelta(seconds=15)
"""How often a closed session is looked at while orders made in it are not settled: a look reads all its selections."""


class SessionDeadlines:
    """Remembers when it looked at which session."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps
        self._looked_at: dict[str, datetime] = {}

    def job(self) -> PeriodicJob:
        """The job that keeps the deadlines."""
        return PeriodicJob("session deadlines", self.end_due_sessions, LONGEST_PAUSE)

    async def end_due_sessions(self) -> timedelta:
        """One round: every session that has ended is closed at once, and looked at again until it is settled.

        The answer is how long the next round can wait.
        """
        clock = self._deps.clock
        for session_id in await self._deps.session_end.list_unsettled_sessions(clock.now()):
            now = clock.now()
            last = self._looked_at.get(session_id)
            if last is None or now - last >= LOOKED_AT_EVERY:
                await end_session(self._deps, session_id)
                self._looked_at[session_id] = now
        now = clock.now()
        end = await self._deps.session_end.get_next_end(now)
        return LONGEST_PAUSE if end is None else min(LONGEST_PAUSE, end - now)
