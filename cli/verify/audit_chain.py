"""Reads the audit log as an auditor does (RE-7): every entry over the API, each hash computed anew.

The format is written down in docs/security.md and read here without review's own code, so that a fault in one of the
two shows.
"""

import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Self

from cli.staff.api_client import Api, Json

PAGE: Final = 1000
BEFORE_THE_FIRST: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of a log at some time: an entry's number and hash. Kept elsewhere, it shows later whether the log was cut
    off or written anew.
    """

    number: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `NUMBER:HASH`. Raises ValueError."""
        number, _, digest = text.partition(":")
        if len(bytes.fromhex(digest)) != len(BEFORE_THE_FIRST):
            raise ValueError(text)
        return cls(int(number), digest.lower())

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


@dataclass(slots=True)
class ChainCheck:
    """What was read and what was found; `broken` is empty for a log that is as it was written."""

    entries: int = 0
    first_time: str = ""
    last_time: str = ""
    actions: Counter[str] = field(default_factory=Counter)
    head: ChainHead | None = None
    broken: str = ""


async def check(api: Api, known: Collection[ChainHead] = ()) -> ChainCheck:
    """Reads the whole log, up to the first entry that is not as it was written, or not as an earlier head says. Raises
    ApiProblem.
    """
    return await check_entries(api.list_all("/v1/audit-entries", "entries", pageSize=str(PAGE)), known)


async def check_entries(entries: AsyncIterator[Json], known: Collection[ChainHead] = ()) -> ChainCheck:
    """The same over entries in the order in which the log gives them."""
    checked, previous = ChainCheck(), BEFORE_THE_FIRST
    heads = {head.number: head.hash for head in known}
    async for entry in entries:
        checked.broken = _break_at(entry, checked.entries + 1, previous, heads)
        if checked.broken:
            return checked
        previous = bytes.fromhex(entry["hash"])
        checked.entries += 1
        checked.first_time = checked.first_time or entry["createTime"]
        checked.last_time = entry["createTime"]
        checked.actions[entry["action"]] += 1
        checked.head = ChainHead(checked.entries, entry["hash"])
    longest = max(heads, default=0)
    if checked.entries < longest:
        checked.broken = f"The log ends with entry {checked.entries}; it had {longest} when its head was noted."
    return checked


def hash_of(entry: Mapping[str, object], previous: bytes) -> str:
    """SHA-256 over the hash before and a JSON array of the entry's fields."""
    facts = entry.get("facts") or {}
    assert isinstance(facts, Mapping)
    words = [
        int(str(entry["number"])),
        datetime.fromisoformat(str(entry["createTime"])).astimezone(UTC).isoformat(timespec="microseconds"),
        entry.get("actorId", ""),
        entry["action"],
        entry.get("caseId", ""),
        entry.get("materialId", ""),
        sorted(facts.items()),
    ]
    return hashlib.sha256(previous + json.dumps(words, ensure_ascii=False).encode()).hexdigest()


def _break_at(entry: Json, expected: int, previous: bytes, heads: Mapping[int, str]) -> str:
    number = int(entry["number"])
    if number != expected:
        return f"Entry {expected} is missing: entry {number} follows entry {expected - 1}."
    if entry["hash"] != hash_of(entry, previous):
        return f"Entry {number} is not what was written: its hash fits neither its content nor the entry before."
    if heads.get(number, entry["hash"]) != entry["hash"]:
        return f"Entry {number} is another than when the head was noted: the log was written anew."
    return ""
