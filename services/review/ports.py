"""What review needs from outside: its own store, a place for images, and somebody who checks images."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.review.domain.audit import Entry, Note
from services.review.domain.case import Case, CaseKind, CaseState, Decision
from services.review.domain.likeness import Duplicate, Print, Suspect
from services.review.domain.materials import Image, Material
from services.review.domain.sample import SecondReview


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
    double_reviewed: int
    agreed: int


@dataclass(frozen=True, slots=True)
class ExportedDecision:
    """One decision as it is exported (RE-9): ids and codes, no personal data."""

    case_id: str
    kind: str
    candidate_id: str
    submission: int
    verdict: str
    reason: str
    reviewer_id: str
    decide_time: datetime
    second_verdict: str


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

    async def add_material(
        self, before: Case, material: Material, known_by: Print | None, note: Note
    ) -> Material | None:
        """Adds a material; the one that exists for the same image; None when the case has changed since `before`.

        Raises TooManyMaterials, also when several are added at once.
        """
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

    async def decided(
        self, organisation: str, *, since: datetime, until: datetime, most: int
    ) -> Sequence[ExportedDecision]:
        """What was decided since one instant and before another, oldest first."""
        ...

    async def entries(self, case_id: str, *, since: datetime | None, after: int, size: int) -> Sequence[Entry]:
        """A page of the audit log, oldest first, after entry number `after`; of all cases when `case_id` is empty."""
        ...


class Likenesses(Protocol):
    """Which materials show the same image as another person's (RE-8)."""

    async def uncompared(self, case_ids: Sequence[str]) -> Mapping[str, Print | None]:
        """The materials that were not compared with others' yet, and what they are recognised by."""
        ...

    async def suspects(self, material_id: str, outlines: Sequence[int]) -> Sequence[Suspect]:
        """Other people's materials whose outlines lie near one of an image's eight, the nearest first."""
        ...

    async def keep(self, material_id: str, same: Collection[str]) -> None:
        """Keeps that a material was compared: with those that show the same, and with those that are the same file."""
        ...

    async def duplicates(self, material_ids: Sequence[str]) -> Sequence[Duplicate]:
        """Where the same images were seen with other people."""
        ...


class Comparison(Protocol):
    """Compares images (RE-8)."""

    def lying(self, known_by: Print) -> Sequence[Print]:
        """What an image is recognised by in each of the eight ways it can lie, as it is first."""
        ...

    async def same(self, lying: Sequence[Print], suspects: Sequence[Suspect]) -> frozenset[str]:
        """The ids of those suspects that show the same image, in whichever way it lies. Raises Overloaded."""
        ...


class Samples(Protocol):
    """Decisions that are judged a second time (RE-9)."""

    async def waiting(self, organisation: str, reviewer_id: str, size: int) -> Sequence[SecondReview]:
        """Sampled decisions of others that nobody has judged again yet, oldest first."""
        ...

    async def get(self, case_id: str, submission: int) -> SecondReview:
        """A sampled decision, judged again or not. Raises NotFound."""
        ...

    async def awaits(self, case_id: str, reviewer_id: str) -> bool:
        """Whether a decision of this case awaits a second reviewer, who this one may be."""
        ...

    async def judge(self, review: SecondReview, note: Note) -> bool:
        """Keeps the second judgement. False when there is one already."""
        ...


class BlobStore(Protocol):
    """Where images lie, by key."""

    async def put(self, key: str, content: bytes) -> None:
        """Keeps an image."""
        ...

    async def get(self, key: str) -> bytes:
        """The image. Raises NotFound."""
        ...

    async def delete(self, key: str) -> None:
        """Forgets an image."""
        ...


class Images(Protocol):
    """Checks and re-encodes images (RE-3)."""

    async def checked(self, content: bytes) -> Image:
        """The image, re-encoded without metadata. Raises MaterialRefused, Overloaded."""
        ...
