"""Exam sessions of a test's own: published when asked for, and closed for good when time comes."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chassis.clock import SHANGHAI, ManualClock
from chassis.ids import new_id
from chassis.postgres.database import Database
from cli.demo.session_dates import SESSION_FILES
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.checkouts import Checkout
from services.enrollment.domain.imports.file_rows import CatalogueFile
from services.enrollment.domain.registrations import IdentityState, Standing
from services.enrollment.domain.selections import Selection, SelectionState, VoidReason
from services.enrollment.usecases import checkouts, registrations, selections, session_preliminaries
from services.enrollment.usecases.administration import catalogue_changes
from services.enrollment.usecases.ticket_numbers import keep_standing
from tests.integration.enrollment.stand_ins import ANSWERS, STAFF_MANAGEMENT, STAFF_UNIVERSITY, Candidate

WINDOW = timedelta(hours=2)
_NUMBERS = itertools.count(1)


class Session:
    """A session whose window has opened just now, and what candidates and time do to it."""

    def __init__(self, deps: Dependencies, session_id: str, clock: ManualClock) -> None:
        self.deps, self.session_id, self.clock = deps, session_id, clock
        self.end = clock.now() + WINDOW

    async def candidate(self, *places: tuple[str, str], passed: Iterable[str] = ()) -> Candidate:
        """Somebody to whom every gate is open, registered for the places named, in their order."""
        candidate_id, process = new_id(), self.deps
        async with process.transactions.begin() as transaction:
            known = Standing(candidate_id, 3, True, True, IdentityState.VERIFIED, "RESIDENT_CARD")
            await keep_standing(process, transaction, known)
            await transaction.add_passed_courses((candidate_id, code) for code in passed)
        for school, major in places or [(STAFF_UNIVERSITY, STAFF_MANAGEMENT)]:
            await registrations.register_for_major(process, candidate_id, school, major, "1")
        await session_preliminaries.submit_questionnaire(process, candidate_id, self.session_id, ANSWERS)
        await session_preliminaries.acknowledge_notice(process, candidate_id, self.session_id, "1")
        held = await process.registrations.list_registrations(candidate_id)
        order = {place: number for number, place in enumerate(places)}
        return Candidate(
            candidate_id, tuple(sorted(held, key=lambda one: order.get((one.school_code, one.major_code), 0)))
        )

    async def select(
        self, who: Candidate, course_code: str, deps: Dependencies | None = None, registration: int = 0
    ) -> Selection:
        """Selects a course under one of the candidate's registrations."""
        registration_id = who.registrations[registration].registration_id
        chosen = await selections.select_course(
            deps or self.deps, who.candidate_id, registration_id, self.session_id, course_code
        )
        return chosen.selection

    async def check_out(self, who: Candidate, deps: Dependencies | None = None) -> Checkout:
        """Checks out all of a candidate's drafts."""
        done = await checkouts.check_out(deps or self.deps, who.candidate_id, self.session_id, new_id())
        return done.checkout

    async def state_of(self, selection: Selection) -> tuple[SelectionState, VoidReason | None]:
        """Where a selection stands, and why it ended."""
        kept = await self.deps.selections.get_selection(selection.candidate_id, selection.selection_id)
        assert kept is not None
        return kept.state, kept.void_reason

    def ends(self) -> None:
        """Time moves on to the very instant at which the window is over."""
        self.clock.advance(max(self.end - self.clock.now(), timedelta()))

    async def settled(self, db: Database) -> bool:
        """Whether nothing is left but what counts."""
        statement = "SELECT settle_time FROM exam_sessions WHERE session_id = $1"
        return await db.driver.fetchval(statement, self.session_id) is not None


async def publish(
    deps: Dependencies, files: Sequence[CatalogueFile], clock: ManualClock, opens_in: timedelta = timedelta()
) -> Session:
    """A copy of the demonstration's session under an id of its own, its window open from now on, or later."""
    session_id = f"20{30 + next(_NUMBERS):02d}-10"
    copies = published_as(session_id, files, clock.now() + opens_in)
    outcome, _ = await catalogue_changes.import_catalogue(deps, copies, dry_run=False)
    assert not outcome.problems
    return Session(deps, session_id, clock)


def published_as(session_id: str, files: Sequence[CatalogueFile], opening: datetime) -> list[CatalogueFile]:
    """The files of the demonstration's session under another id, with a window that opens then."""
    return [
        _with_window(replace(file, content=file.content.replace(b"2026-10,", f"{session_id},".encode())), opening)
        for file in files
        if file.name in SESSION_FILES
    ]


def _with_window(file: CatalogueFile, now: datetime) -> CatalogueFile:
    start, end = now.astimezone(SHANGHAI), (now + WINDOW).astimezone(SHANGHAI)
    text = file.content.decode()
    for published, moved in (
        ("2026-09-01T10:00:00+08:00", start),
        ("2026-09-05T16:00:00+08:00", end),
        ("2026-09-05T16:30:00+08:00", end + timedelta(minutes=30)),
    ):
        text = text.replace(published, moved.isoformat())
    return replace(file, content=text.encode())
