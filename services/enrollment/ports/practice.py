"""What the use cases of practice courses, closing and rosters need from the store."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from services.enrollment.domain.catalogue import Period, Sitting, TimeRange
from services.enrollment.domain.practice import Collision, PracticeEntry
from services.enrollment.domain.selection import Selection, SelectionState, VoidReason

Position = tuple[str, str]
"""Where a page ended: the instant and the id of its last selection."""


@dataclass(frozen=True, slots=True)
class PracticeQuery:
    """Which practice selections of a school to list: live ones, unless a state is named."""

    session_id: str
    school_code: str
    course_code: str = ""
    state: SelectionState | None = None
    after: Position | None = None
    limit: int | None = None


class PracticeTimes(Protocol):
    """One practice time on its way to being set, while selections wait."""

    async def set(self, sitting: Sitting, course_name: str, now: datetime) -> None:
        """Keeps the sitting, gives its time to every selection that nothing collides with, and takes it from the
        others; all of them are told by the name of the course (EN-6).
        """
        ...

    async def collisions(self, sitting: Sitting) -> tuple[Collision, ...]:
        """The selections that collide with the sitting."""
        ...


class Practice(Protocol):
    """A session's practice selections, school by school."""

    def setting_time(self, revision: int) -> AbstractAsyncContextManager[PracticeTimes | None]:
        """A transaction in which selections wait; None when the catalogue has moved on from `revision`."""
        ...

    async def entries(self, query: PracticeQuery) -> tuple[PracticeEntry, ...]:
        """The selections asked for, the oldest first."""
        ...

    async def collisions(self, query: PracticeQuery) -> tuple[Collision, ...]:
        """The selections that have no time although their school has set one, by candidate; a page of them."""
        ...

    async def get(self, selection_id: str) -> PracticeEntry | None:
        """A practice selection."""
        ...

    async def confirm(self, selection_ids: Sequence[str], now: datetime) -> Mapping[str, Selection]:
        """EN-10: makes selections that await the school count, all of them or none; the answer holds them."""
        ...

    async def settle_times(self, candidate_id: str | None = None) -> int:
        """EN-6: gives the time to selections that nothing collides with any more; says how many."""
        ...


class Closing(Protocol):
    """Sessions that have ended and selections that go with them."""

    async def due(self, now: datetime) -> Sequence[str]:
        """The sessions whose window is over, or that are cancelled, and that are not settled."""
        ...

    async def next_end(self, now: datetime) -> datetime | None:
        """When the next window ends."""
        ...

    async def end_some(
        self, session_id: str, states: Sequence[SelectionState], reason: VoidReason, now: datetime, *, after: str
    ) -> Sequence[str]:
        """Ends one batch of a session's selections in these states, behind the id `after`; the answer holds their ids
        in order, none when there are no more.
        """
        ...

    async def reserved(self, session_id: str) -> int:
        """How many selections of a session wait for the fate of their order."""
        ...

    async def settle(self, session_id: str, lasting: Sequence[SelectionState], now: datetime) -> bool:
        """Notes that an ended session is settled, when no live selection is in another state than these."""
        ...


@dataclass(frozen=True, slots=True)
class RosterQuery:
    """Which effective selections of a session a roster lists; an empty word is no condition."""

    session_id: str
    course_code: str = ""
    school_code: str = ""
    district_code: str = ""
    half_day: TimeRange | None = None


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One effective selection on a roster."""

    session_id: str
    ticket_number: str
    school_code: str
    major_code: str
    course_code: str
    occupies: TimeRange | None
    district_code: str


@dataclass(frozen=True, slots=True)
class Count:
    """Live and effective selections of one half-day and district; no half-day for practice courses without a time."""

    day: date | None
    period: Period | None
    district_code: str
    live: int
    effective: int


class Rosters(Protocol):
    """Who sits where."""

    def rows(self, query: RosterQuery) -> AsyncIterator[tuple[int, Sequence[RosterRow]]]:
        """The rows by course, school and ticket number, of one moment, in batches; each with how many there are in
        all. There is one batch at least.
        """
        ...

    async def counts(self, session_id: str) -> Sequence[Count]:
        """A session's live selections, by half-day and district."""
        ...
