"""The audit log of a service in its schema: entries are added in the transaction of what they note, and read page by
page.

PostgreSQL numbers and chains them (`chassis.postgres.audit_chain`). Writers stand in line from the entry on until their
transaction ends, so adding it is the last thing a transaction does.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import DateTime, Executable, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.audit_log.notes import LOOKS, Actor, AuditAction, AuditFilter, AuditNote
from chassis.clock import Clock
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import Statements, sql
from chassis.postgres.rows import Row
from chassis.security.tokens import Access

Changed = TypeVar("Changed")

_TYPES: Final = {
    "create_time": "timestamptz",
    "actor_id": "text",
    "actor_role": "text",
    "organisation": "text",
    "action": "text",
    "object_kind": "text",
    "object_id": "text",
    "candidate_id": "text",
    "reason": "text",
    "facts": "jsonb",
}
_INTO: Final = f"INSERT INTO audit_entries ({', '.join(_TYPES)})"
_VALUES: Final = ", ".join(f"CAST(:audit_{column} AS {kind})" for column, kind in _TYPES.items())
_ADD: Final = f"{_INTO} VALUES ({_VALUES})"
_ADD_ALONE: Final = sql(_ADD)
_ADD_TOGETHER: Final = text(_ADD).bindparams(bindparam("audit_create_time", type_=DateTime(timezone=True)))
_LIST: Final = sql("""
SELECT * FROM audit_entries WHERE number > :after AND (:object_id = '' OR object_id = :object_id)
  AND (:candidate_id = '' OR candidate_id = :candidate_id) AND (:since::timestamptz IS NULL OR create_time >= :since)
ORDER BY number LIMIT :size
""")

_LIST_LOOKS: Final = sql("""
SELECT * FROM audit_entries
WHERE candidate_id = :candidate_id AND action = ANY(:actions) AND actor_role = ANY(:roles)
  AND (:before::bigint IS NULL OR number < :before)
ORDER BY number DESC LIMIT :size
""")
_ERASE_REASONS: Final = text("""
UPDATE audit_entries SET reason = '', reason_salt = NULL
WHERE candidate_id = :candidate_id AND reason_salt IS NOT NULL
""")
_STAFF: Final = (Access.REVIEWER.value, Access.OPERATOR.value)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry; `number` counts from 1 without gaps. `reason_salt` is empty once the reason was erased (ID-20)."""

    number: int
    create_time: datetime
    note: AuditNote
    reason_salt: bytes
    reason_digest: bytes
    hash: bytes


def insert_from(step: str) -> str:
    """A fragment that adds an entry if `step`, an earlier part of the statement, has a row; its parameters are those of
    `parameters`.
    """
    return f"{_INTO} SELECT {_VALUES} FROM {step} LIMIT 1"


def parameters(note: AuditNote, at: datetime) -> Mapping[str, Any]:
    """A note as the named parameters of `insert_from`."""
    values = (
        at,
        note.actor.actor_id,
        note.actor.role,
        note.actor.organisation,
        note.action.value,
        note.object_kind,
        note.object_id,
        note.candidate_id,
        note.reason,
        json.dumps(dict(note.facts), ensure_ascii=False),
    )
    return {f"audit_{column}": value for column, value in zip(_TYPES, values, strict=True)}


def insert_entry(note: AuditNote, at: datetime) -> Executable:
    """The statement that adds an entry."""
    return _ADD_TOGETHER.bindparams(**parameters(note, at))


async def append_entry(transaction: AsyncConnection, note: AuditNote, *, at: datetime) -> None:
    """Adds an entry inside the transaction that does what it notes; the last thing to do in it."""
    await transaction.execute(insert_entry(note, at))


async def erase_reasons(transaction: AsyncConnection, candidate_id: str) -> int:
    """Erases what people typed about a candidate; ids, codes and the chain stay (ID-20). The number of entries."""
    erased = await transaction.execute(_ERASE_REASONS, {"candidate_id": candidate_id})
    return erased.rowcount


async def change_with_entry(
    db: Database, note: AuditNote | None, at: datetime, change: Callable[[Statements], Awaitable[Changed]]
) -> Changed:
    """What `change` does with statements of the hot few, and the entry that notes it, committed together. There is no
    entry where it changes nothing, which is a false answer, nor without a note.
    """
    if note is None:
        return await change(db.hot)
    async with db.hot_transaction() as together:
        if changed := await change(together):
            await together.execute(_ADD_ALONE, **parameters(note, at))
    return changed


class AuditLog:
    """The log by itself: what changes nothing is noted here, and everything is read here."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def add_entry(self, note: AuditNote) -> None:
        """Notes what changes nothing: a look, an export. It is committed when this returns."""
        await self._db.hot.execute(_ADD_ALONE, **parameters(note, self._clock.now()))

    async def list_entries(
        self, wanted: AuditFilter, *, since: datetime | None, after: int, size: int
    ) -> Sequence[AuditEntry]:
        """A page of the log, oldest first, after entry number `after`."""
        found = await self._db.hot.fetch(
            _LIST, after=after, object_id=wanted.object_id, candidate_id=wanted.candidate_id, since=since, size=size
        )
        return [_entry(row) for row in found]

    async def list_looks(self, candidate_id: str, *, before: int | None, size: int) -> Sequence[AuditEntry]:
        """A page of the looks that staff took at a candidate (ID-19), newest first, before entry number `before`."""
        actions = [action.value for action in LOOKS]
        found = await self._db.hot.fetch(
            _LIST_LOOKS, candidate_id=candidate_id, actions=actions, roles=list(_STAFF), before=before, size=size
        )
        return [_entry(row) for row in found]


def _entry(row: Row) -> AuditEntry:
    note = AuditNote(
        AuditAction(row["action"]),
        row["object_kind"],
        row["object_id"],
        row["candidate_id"],
        row["reason"],
        json.loads(row["facts"]),
        Actor(row["actor_id"], row["actor_role"], row["organisation"]),
    )
    return AuditEntry(
        row["number"],
        row["create_time"],
        note,
        bytes(row["reason_salt"] or b""),
        bytes(row["reason_digest"]),
        bytes(row["hash"]),
    )
