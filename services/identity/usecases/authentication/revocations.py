"""Which login sessions have ended while their access tokens might still be valid, for every process that verifies
tokens (F-32). Nothing is kept beside the login sessions themselves: what ends one, ends it for everybody.
"""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Final

from chassis.security.revocations import News, Revocation, RevocationsUnknown, digest_of
from services.identity.dependencies import Dependencies
from services.identity.domain.login_sessions import ACCESS_TTL

OVERLAP: Final = timedelta(seconds=10)
"""How far back to look again: a transaction may commit so much later than the instant that it writes by another
replica's clock. Statements end after five seconds.
"""
HEARTBEAT_SECONDS: Final = 2.0
MOST_IN_A_MESSAGE: Final = 5000
RETRY_AFTER: Final = timedelta(seconds=2)


async def learn_revocations(deps: Dependencies) -> None:
    """Reads what has ended since the last time, at whichever replica, into this one's memory; those who follow this one
    hear of it. The first reading is of everything that still matters.

    A use case that has ended a login session calls it when that is committed: whoever is told that it has ended can
    rely on it here, and within milliseconds elsewhere.
    """
    now, heard_until = deps.clock.now(), deps.revocations.heard_until
    since = now - ACCESS_TTL
    if heard_until is not None:
        since = max(since, min(heard_until - ACCESS_TTL, now) - OVERLAP)
    ended = await deps.login_sessions.list_ends_of_login_sessions(since)
    deps.revocations.hear(Revocation(digest_of(session), end_time + ACCESS_TTL) for session, end_time in ended)


async def watch_revocations(deps: Dependencies, heard_until: datetime | None) -> AsyncGenerator[News, None]:
    """What expires later than `heard_until`, or everything, then the news, and nothing when there is none, so that the
    reader knows that we are there. Raises RevocationsUnknown while the database does not answer.
    """
    await learn_revocations(deps)
    with deps.revocations.news() as reader:
        known = deps.revocations.since(heard_until and heard_until - OVERLAP)
        for start in range(0, max(1, len(known)), MOST_IN_A_MESSAGE):
            yield known[start : start + MOST_IN_A_MESSAGE]
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    news = await reader.get()
            except TimeoutError:
                news = ()
            if deps.revocations.unknown:
                raise RevocationsUnknown(retry_after=RETRY_AFTER)
            for start in range(0, max(1, len(news)), MOST_IN_A_MESSAGE):
                yield news[start : start + MOST_IN_A_MESSAGE]
