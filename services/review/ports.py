"""What review needs from outside: its own store, a place for images, and somebody who checks images."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.review.domain.audit import Entry, Note
from services.review.domain.case import Case, CaseKind, CaseState, Decision
from services.review.domain.materials import Image, Material


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which cases of an organisation to list: the queue when `state` is None."""

    organisation: str
    state: CaseState | None = None
    kind: CaseKind | None = None
    claimed_by: str = ""


@dataclass(frozen=True, slots=True)
class DayFigures:
    """What was decided on one day (ISO 8601, Asia/Shanghai)."""

    date: str
    approved: int
    rejected: int
    asked_again: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of an organisation's queue (RE-9)."""

    waiting: int
    claimed: int
    overdue: int
    oldest_submit_time: datetime | None
    days: tuple[DayFigures, ...]


class Cases(Protocol):
    """Cases with their materials, decisions and audit entries. What is noted is noted with the change itself."""

    async def get(self, case_id: str) -> Case:
        """The case as it is stored. Raises NotFound."""
        ...

    async def open(self, case: Case, note: Note) -> Case:
        """Adds a case; the one that exists under its id otherwise."""
        ...

    async def replace(self, before: Case, after: Case, note: Note, decision: Decision | None = None) -> bool:
        """`after` in place of `before`, with its decision, which is announced to whoever carries it out (RE-6).

        False when the case has changed since `before` was read.
        """
        ...

    async def add_material(self, before: Case, material: Material, note: Note) -> Material | None:
        """Adds a material; the one that exists for the same image; None when the case has changed since `before`."""
        ...

    async def materials(self, case_ids: Sequence[str]) -> Sequence[Material]:
        """The materials of cases, oldest first."""
        ...

    async def decisions(self, case_ids: Sequence[str]) -> Sequence[Decision]:
        """The decisions of cases, oldest first."""
        ...

    async def note(self, note: Note) -> None:
        """Notes what changes nothing: a look."""
        ...

    async def queue(self, wanted: QueueFilter, *, after: tuple[datetime, str] | None, size: int) -> Sequence[Case]:
        """A page of cases: the queue by deadline, decided ones newest first; `after` is the last one of the page
        before.
        """
        ...

    async def of_candidate(self, candidate_id: str) -> Sequence[Case]:
        """A candidate's cases, newest first."""
        ...

    async def figures(self, organisation: str, *, now: datetime, since: datetime) -> Figures:
        """The queue now, and what was decided since."""
        ...

    async def entries(self, case_id: str, *, since: datetime | None, after: int, size: int) -> Sequence[Entry]:
        """A page of the audit log, oldest first, after entry number `after`; of all cases when `case_id` is empty."""
        ...


class BlobStore(Protocol):
    """Where images lie, by key."""

    async def put(self, key: str, content: bytes) -> None:
        """Keeps an image."""
        ...

    async def get(self, key: str) -> bytes:
        """The image. Raises NotFound."""
        ...


class Images(Protocol):
    """Checks and re-encodes images (RE-3)."""

    async def checked(self, content: bytes) -> Image:
        """The image, re-encoded without metadata. Raises MaterialRefused, Overloaded."""
        ...
