"""First answers, kept so that a repeated request gets the same one (AIP-155, F-10).

A request is claimed before it runs and completed with its answer. A claim that was never completed, because its process
died, lapses and the request runs again; use cases derive the ids of what they create from the request id, so the second
run finds what the first left.

When the database goes away between, whoever asks again must not wait for a lapse: what could not be written of a claim
is written as soon as the database is back (F-30).
"""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg

from chassis.clock import Clock
from chassis.errors import Overloaded, RequestIdReused
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import Statement, sql
from chassis.process.background_tasks import BackgroundTasks
from chassis.security.encryption import BlindIndex, FieldCipher, Undecipherable
from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

LEASE: Final = timedelta(seconds=30)
"""How long a claim stands; longer than any call may take."""

POLL_SECONDS: Final = 0.05
MOST_POLLS: Final = 100
SETTLE_SECONDS: Final = 0.5

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
_COMPLETE: Final = sql(f"UPDATE kept_answers SET answer = :answer, candidate_id = :candidate_id WHERE {_OPEN}")
_ABANDON: Final = sql(f"DELETE FROM kept_answers WHERE {_OPEN} AND claim_time <= :now")
_ABANDON_MINE: Final = sql(f"DELETE FROM kept_answers WHERE {_OPEN} AND claim_time = :claim_time")


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

    @property
    def context(self) -> str:
        """What a kept answer is bound to."""
        return f"{self.caller} {self.method} {self.request_id}"


class KeptAnswers:
    """The kept answers of one service."""

    def __init__(self, db: Database, clock: Clock, secret: bytes) -> None:
        """`secret`: 32 bytes, the same in all replicas."""
        self._db = db
        self._clock = clock
        self._cipher = FieldCipher({"kept": secret})
        self._hash = BlindIndex(hashlib.sha256(b"requests" + secret).digest())
        self._settling = BackgroundTasks()

    async def claim(self, key: RequestKey) -> bytes | None:
        """None when the caller shall run the request now; otherwise the first answer.

        While another run of the same request is under way, waits for its answer. Raises RequestIdReused for another
        body, and Overloaded when the other run takes longer than five seconds.
        """
        key = replace(key, body_hash=self._hash.of(key.body_hash.hex()))
        for _ in range(MOST_POLLS):
            now = self._clock.now()
            lapsed = now - LEASE
            found = await self._claimed(key, now, lapsed)
            if found is None:  # the other run was abandoned between the two halves of the statement
                continue
            if found["mine"]:
                return None
            if (sealed := found["answer"]) is not None:
                return self._opened(key, found["body_hash"], sealed)
            if found["body_hash"] != key.body_hash:
                raise RequestIdReused()
            await asyncio.sleep(POLL_SECONDS)
        raise Overloaded(retry_after=timedelta(seconds=1))

    async def complete(self, key: RequestKey, answer: bytes, *, candidate_id: str = "") -> None:
        """Keeps the answer of a claimed request, now or as soon as that is possible. `candidate_id`: whom it is about
        (ID-20).
        """
        sealed = self._cipher.seal(answer, context=key.context)
        await self._settle(_COMPLETE, **key.row, answer=sealed, candidate_id=candidate_id)

    async def abandon(self, key: RequestKey) -> None:
        """Gives a claim back, now or as soon as that is possible: the request was refused or failed, and a repetition
        shall run afresh.
        """
        await self._settle(_ABANDON, **key.row, now=self._clock.now())

    async def _claimed(self, key: RequestKey, now: datetime, lapsed: datetime) -> "asyncpg.Record | None":
        try:
            return await self._db.hot.fetch_one(_CLAIM, **key.row, body_hash=key.body_hash, now=now, lapsed=lapsed)
        except Exception:
            # It may have been committed and the answer lost: then nobody works on it.
            self._settling.start(self._settle_later(_ABANDON_MINE, {**key.row, "claim_time": now}))
            raise

    async def _settle(self, statement: Statement, **values: Any) -> None:
        try:
            await self._db.hot.execute(statement, **values)
        except Exception as error:
            _log.warning("a request's claim is settled later", error=type(error).__name__)
            self._settling.start(self._settle_later(statement, values))

    async def _settle_later(self, statement: Statement, values: Mapping[str, Any]) -> None:
        """Tries until it is done, or the claim has lapsed by itself."""
        async with asyncio.timeout(LEASE.total_seconds()):
            while True:
                await asyncio.sleep(SETTLE_SECONDS)
                with suppress(Exception):
                    await self._db.hot.execute(statement, **values)
                    return

    def _opened(self, key: RequestKey, body_hash: bytes, sealed: bytes) -> bytes | None:
        """The first answer; None for one under a key that is gone, with which its request's hash cannot be compared."""
        try:
            answer = self._cipher.unseal(sealed, context=key.context)
        except Undecipherable:
            return None
        if body_hash != key.body_hash:
            raise RequestIdReused()
        return answer
