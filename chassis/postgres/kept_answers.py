"""First answers, kept so that a repeated request gets the same one (AIP-155, F-10).

A request is claimed before it runs and completed with its answer. A claim that was never completed, because its process
died, lapses and the request runs again; use cases derive the ids of what they create from the request id, so the second
run finds what the first left.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.errors import Overloaded, RequestIdReused
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql

LEASE: Final = timedelta(seconds=30)
"""How long a claim stands; longer than any call may take."""

POLL_SECONDS: Final = 0.05
MOST_POLLS: Final = 100

# One statement claims: a new row, or one whose claim has lapsed. The answer or the other's claim comes back otherwise.
_CLAIM: Final = sql("""
WITH claimed AS (
  INSERT INTO kept_answers AS kept (caller, method, request_id, body_hash, claim_time)
  VALUES (:caller, :method, :request_id, :body_hash, :now)
  ON CONFLICT (caller, method, request_id) DO UPDATE SET claim_time = excluded.claim_time
    WHERE kept.answer IS NULL AND kept.claim_time < :lapsed AND kept.body_hash = excluded.body_hash
  RETURNING true)
SELECT true AS mine, NULL::bytea AS body_hash, NULL::bytea AS answer FROM claimed
UNION ALL
SELECT false, body_hash, answer FROM kept_answers
WHERE caller = :caller AND method = :method AND request_id = :request_id AND NOT EXISTS (SELECT FROM claimed)
""")
_OPEN: Final = "caller = :caller AND method = :method AND request_id = :request_id AND answer IS NULL"
_COMPLETE: Final = sql(f"UPDATE kept_answers SET answer = :answer WHERE {_OPEN}")
_ABANDON: Final = sql(f"DELETE FROM kept_answers WHERE {_OPEN}")


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What makes two requests the same: who asks, for what, under which id, with which body (its SHA-256)."""

    caller: str
    method: str
    request_id: str
    body_hash: bytes

    @property
    def row(self) -> Mapping[str, str]:
        """The primary key, by column."""
        return {"caller": self.caller, "method": self.method, "request_id": self.request_id}


class KeptAnswers:
    """The kept answers of one service."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def claim(self, key: RequestKey) -> bytes | None:
        """None when the caller shall run the request now; otherwise the first answer.

        While another run of the same request is under way, waits for its answer. Raises RequestIdReused for another
        body, and Overloaded when the other run takes longer than five seconds.
        """
        for _ in range(MOST_POLLS):
            now = self._clock.now()
            lapsed = now - LEASE
            found = await self._db.hot.fetch_one(_CLAIM, **key.row, body_hash=key.body_hash, now=now, lapsed=lapsed)
            if found is None:  # the other run was abandoned between the two halves of the statement
                continue
            if found["mine"]:
                return None
            if found["body_hash"] != key.body_hash:
                raise RequestIdReused()
            if found["answer"] is not None:
                return bytes(found["answer"])
            await asyncio.sleep(POLL_SECONDS)
        raise Overloaded(retry_after=timedelta(seconds=1))

    async def complete(self, key: RequestKey, answer: bytes) -> None:
        """Keeps the answer of a claimed request."""
        await self._db.hot.execute(_COMPLETE, **key.row, answer=answer)

    async def abandon(self, key: RequestKey) -> None:
        """Gives a claim back: the request was refused or failed, and a repetition shall run afresh."""
        await self._db.hot.execute(_ABANDON, **key.row)
