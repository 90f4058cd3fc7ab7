"""Exam sessions of a test's own: published when asked for, and closed for good when time comes."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from chassis.clock import SHANGHAI, ManualClock
from chassis.ids import new_id
from chassis.postgres.database import Database
from cli.demo.session_dates import SESSION_FILES
from services.enrollment.domain.checkout import Checkout
from services.enrollment.domain.importing import CatalogueFile
from services.enrollment.domain.registration import IdentityState, Standing
from services.enrollment.domain.selection import Selection, SelectionState, VoidReason
from services.enrollment.ports import Ports
from services.enrollment.usecases import catalogue as operating
from services.enrollment.usecases import checking_out, preparing, registering, selecting
from services.enrollment.usecases.standing import hear_standing
from tests.integration.enrollment.stage import ANSWERS, STAFF_MANAGEMENT, STAFF_UNIVERSITY, Candidate

WINDOW = timedelta(hours=2)
_NUMBERS = itertools.count(1)


class Session:
    """A session whose window has opened just now, and what candidates and time do to it."""

    def __init__(self, ports: Ports, session_id: str, clock: ManualClock) -> None:
        self.ports, self.session_id, self.clock = ports, session_id, clock
        self.end = clock.now() + WINDOW

    async def candidate(self, *places: tuple[str, str], passed: Iterable[str] = ()) -> Candidate:
        """Somebody to whom every gate is open, registered for the places named, in their order."""
        candidate_id, process = new_id(), self.ports
        async with process.begin() as changes:
            known = Standing(candidate_id, 3, True, True, IdentityState.VERIFIED, "RESIDENT_CARD")
            await hear_standing(known, changes, process.tickets)
            await changes.add_passed((candidate_id, code) for code in passed)
        for school, major in places or [(STAFF_UNIVERSITY, STAFF_MANAGEMENT)]:
            await registering.register(candidate_id, school, major, "1", process)
        await preparing.submit_questionnaire(candidate_id, self.session_id, ANSWERS, process)
        await preparing.acknowledge_notice(candidate_id, self.session_id, "1", process)
        held = await process.registrations.of(candidate_id)
        order = {place: number for number, place in enumerate(places)}
        return Candidate(
            candidate_id, tuple(sorted(held, key=lambda one: order.get((one.school_code, one.major_code), 0)))
        )

    async def select(
        self, who: Candidate, course_code: str, ports: Ports | None = None, registration: int = 0
    ) -> Selection:
        """Selects a course under one of the candidate's registrations."""
        registration_id = who.registrations[registration].registration_id
        chosen = await selecting.select_course(
            who.candidate_id, registration_id, self.session_id, course_code, ports or self.ports
        )
        return chosen.selection

    async def check_out(self, who: Candidate, ports: Ports | None = None) -> Checkout:
        """Checks out all of a candidate's drafts."""
        done = await checking_out.check_out(who.candidate_id, self.session_id, new_id(), (), ports or self.ports)
        return done.checkout

    async def state_of(self, selection: Selection) -> tuple[SelectionState, VoidReason | None]:
        """Where a selection stands, and why it ended."""
        kept = await self.ports.selections.get(selection.candidate_id, selection.selection_id)
        assert kept is not None
        return kept.state, kept.void_reason

    def ends(self) -> None:
        """Time moves on to the very instant at which the window is over."""
        self.clock.advance(max(self.end - self.clock.now(), timedelta()))

    async def settled(self, db: Database) -> bool:
        """Whether nothing is left but what counts."""
        statement = "SELECT settle_time FROM exam_session WHERE session_id = $1"
        return await db.driver.fetchval(statement, self.session_id) is not None


async def publish(
    ports: Ports, files: Sequence[CatalogueFile], clock: ManualClock, opens_in: timedelta = timedelta()
) -> Session:
    """A copy of the demonstration's session under an id of its own, its window open from now on, or later."""
    session_id = f"20{30 + next(_NUMBERS):02d}-10"
    copies = published_as(session_id, files, clock.now() + opens_in)
    outcome, _ = await operating.import_catalogue(copies, ports, dry_run=False)
    assert not outcome.problems
    return Session(ports, session_id, clock)


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
