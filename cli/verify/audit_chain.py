"""Reads the audit logs as an auditor does (RE-7, RE-11): every entry over the API, each hash computed anew.

The format is written down in docs/security.md and read here without the statements that write it, so that a fault in
one of the two shows.
"""

import hashlib
import json
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Self

from cli.staff.api_client import Api, Json

SERVICES: Final = ("identity", "enrollment", "payment", "review")
"""Each keeps a log of its own."""

PAGE: Final = 1000
BEFORE_THE_FIRST: Final = bytes(32)
TEXTS: Final = (
    "actorId",
    "actorRole",
    "organisation",
    "action",
    "objectKind",
    "objectId",
    "candidateId",
    "reasonDigest",
)
"""The fields of an entry that are hashed as they are, between its time and its facts."""


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of a service's log at some time: an entry's number and hash. Kept elsewhere, it shows later whether the
    log was cut off or written anew.
    """

    service: str
    number: int
    hash: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `SERVICE:NUMBER:HASH`. Raises ValueError."""
        service, _, head = text.partition(":")
        number, _, digest = head.partition(":")
        if service not in SERVICES or len(bytes.fromhex(digest)) != len(BEFORE_THE_FIRST):
            raise ValueError(text)
        return cls(service, int(number), digest.lower())

    def __str__(self) -> str:
        return f"{self.service}:{self.number}:{self.hash}"


@dataclass(slots=True)
class ChainCheck:
    """What was read of a service's log and what was found; `broken` is empty for one that is as it was written."""

    service: str
    entries: int = 0
    first_time: str = ""
    last_time: str = ""
    actions: Counter[str] = field(default_factory=Counter)
    head: ChainHead | None = None
    broken: str = ""


async def check(api: Api, service: str, known: Collection[ChainHead] = ()) -> ChainCheck:
    """Reads the whole log of a service, up to the first entry that is not as it was written, or not as an earlier head
    says. Raises ApiProblem.
    """
    entries = api.list_all(f"/v1/{service}/audit-entries", "entries", pageSize=str(PAGE))
    return await check_entries(service, entries, known)


async def check_all(api: Api, known: Collection[ChainHead] = ()) -> Sequence[ChainCheck]:
    """The logs of all services, one after the other. Raises ApiProblem."""
    return [await check(api, service, known) for service in SERVICES]


async def check_entries(service: str, entries: AsyncIterator[Json], known: Collection[ChainHead] = ()) -> ChainCheck:
    """The same over entries in the order in which the log gives them."""
    checked, previous = ChainCheck(service), BEFORE_THE_FIRST
    heads = {head.number: head.hash for head in known if head.service == service}
    async for entry in entries:
        if broken := _break_at(entry, checked.entries + 1, previous, heads):
            checked.broken = f"{service}: {broken}"
            return checked
        previous = bytes.fromhex(entry["hash"])
        checked.entries += 1
        checked.first_time = checked.first_time or entry["createTime"]
        checked.last_time = entry["createTime"]
        checked.actions[entry["action"]] += 1
        checked.head = ChainHead(service, checked.entries, entry["hash"])
    longest = max(heads, default=0)
    if checked.entries < longest:
        checked.broken = (
            f"{service}: The log ends with entry {checked.entries}; it had {longest} when its head was noted."
        )
    return checked


def hash_of(entry: Mapping[str, object], previous: bytes) -> str:
    """SHA-256 over the hash before and a JSON array of the entry's fields."""
    facts = entry.get("facts") or {}
    assert isinstance(facts, Mapping)
    words = [
        int(str(entry["number"])),
        datetime.fromisoformat(str(entry["createTime"])).astimezone(UTC).isoformat(timespec="microseconds"),
        *(entry.get(field, "") for field in TEXTS),
        sorted(facts.items()),
    ]
    return hashlib.sha256(previous + json.dumps(words, ensure_ascii=False).encode()).hexdigest()


def _break_at(entry: Json, expected: int, previous: bytes, heads: Mapping[int, str]) -> str:
    number = int(entry["number"])
    if number != expected:
        return f"Entry {expected} is missing: entry {number} follows entry {expected - 1}."
    if entry["hash"] != hash_of(entry, previous):
        return f"Entry {number} is not what was written: its hash fits neither its content nor the entry before."
    if not _is_bound(entry):
        return f"Entry {number} has another reason than was written, or one that was erased by half."
    if heads.get(number, entry["hash"]) != entry["hash"]:
        return f"Entry {number} is another than when the head was noted: the log was written anew."
    return ""


def _is_bound(entry: Json) -> bool:
    """Whether the reason is the one that the digest is of, or was erased with its salt (ID-20)."""
    salt, reason = bytes.fromhex(entry.get("reasonSalt", "")), entry.get("reason", "")
    if not salt:
        return not reason
    return bool(hashlib.sha256(salt + reason.encode()).hexdigest() == entry["reasonDigest"])
