"""The audit log (RE-7): who did what to which case, each entry chained to the one before by hash."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Final

GENESIS: Final = bytes(32)
"""What the first entry is chained to."""


class AuditAction(Enum):
    """What was done."""

    CASE_OPENED = "CASE_OPENED"
    MATERIAL_ADDED = "MATERIAL_ADDED"
    CASE_SUBMITTED = "CASE_SUBMITTED"
    CASE_CLAIMED = "CASE_CLAIMED"
    CASE_RELEASED = "CASE_RELEASED"
    MATERIAL_VIEWED = "MATERIAL_VIEWED"
    CASE_DECIDED = "CASE_DECIDED"
    EXPORTED = "EXPORTED"
    CASE_REVIEWED_AGAIN = "CASE_REVIEWED_AGAIN"
    PORTRAIT_VIEWED = "PORTRAIT_VIEWED"
    PARTICULARS_VIEWED = "PARTICULARS_VIEWED"
    CASE_WITHDRAWN = "CASE_WITHDRAWN"


@dataclass(frozen=True, slots=True)
class AuditNote:
    """What is to be noted; `facts` are ids and codes, never personal data."""

    actor_id: str
    action: AuditAction
    case_id: str
    material_id: str = ""
    facts: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry; `number` counts from 1 without gaps."""

    number: int
    create_time: datetime
    note: AuditNote
    hash: bytes = b""


def chained(note: AuditNote, *, number: int, at: datetime, previous: bytes) -> AuditEntry:
    """The next entry after the one whose hash is `previous`."""
    entry = AuditEntry(number, at, note)
    return replace(entry, hash=_hash(entry, previous))


def first_broken(entries: Iterable[AuditEntry]) -> int | None:
    """The number at which a whole log, read in order, stops being what was written; None when it verifies.

    A changed, removed or reordered entry breaks the chain; so does one put in between. Entries cut off at the end are
    only found by comparing with a hash kept elsewhere.
    """
    previous, expected = GENESIS, 1
    for entry in entries:
        if entry.number != expected or entry.hash != _hash(entry, previous):
            return expected
        previous, expected = entry.hash, expected + 1
    return None


def _hash(entry: AuditEntry, previous: bytes) -> bytes:
    note = entry.note
    words = [
        entry.number,
        entry.create_time.astimezone(UTC).isoformat(timespec="microseconds"),
        note.actor_id,
        note.action.value,
        note.case_id,
        note.material_id,
        sorted((note.facts or {}).items()),
    ]
    return hashlib.sha256(previous + json.dumps(words, ensure_ascii=False).encode()).digest()
