"""Exam sessions of a scenario's own: what ends in them ends for nobody else."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.clock import SHANGHAI, SystemClock
from cli.staff.api_client import Api, ApiProblem

SESSION_IDS = tuple(f"1{number:03d}-{month:02d}" for number in range(1000) for month in range(1, 13))
"""They sort behind every real session's."""

FEE_FEN = 6500
MOMENTS = timedelta(minutes=1)
HALF_AN_HOUR = timedelta(minutes=30)
FIRST_SITTING_AFTER = timedelta(days=400)
"""So far ahead that nothing of it overlaps with a sitting of the demonstration's session."""


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session with a few theory courses, one in each half-day, and without questions."""

    operator: Api
    session_id: str
    theory_courses: tuple[str, ...]
    start: datetime
    payment_lasts: timedelta
    """From the end of the window to the payment cut-off."""

    @classmethod
    async def begin(
        cls,
        operator: Api,
        theory_courses: Sequence[str],
        window: timedelta,
        *,
        opens_in: timedelta = -MOMENTS,
        payment_lasts: timedelta = HALF_AN_HOUR,
    ) -> "OwnSession":
        """Publishes a session whose window ends after so long, under an id that no session has had."""
        taken = {session["sessionId"] for session in (await operator.get("/v1/sessions"))["sessions"]}
        session_id = random.SystemRandom().choice([one for one in SESSION_IDS if one not in taken])
        now = SystemClock().now()
        session = cls(operator, session_id, tuple(theory_courses), now + opens_in, payment_lasts)
        await session._publish({**session._window(now + window), **session._contents(now)})
        return session

    async def end_at(self, end: datetime) -> None:
        """Moves the end of the window, earlier too, as only a new publication can."""
        await self._publish(self._window(end))

    def _window(self, end: datetime) -> dict[str, bytes]:
        instants = (self.start, end, end + self.payment_lasts)
        start, until, cutoff = (instant.astimezone(SHANGHAI).isoformat() for instant in instants)
        header = (
            "session_id,display_name_zh,display_name_en,registration_start,registration_end,payment_cutoff,"
            "notice_zh,notice_en"
        )
        return _file(
            "session.csv", header, f"{self.session_id},演练考期,Rehearsal,{start},{until},{cutoff},仅供演练,Rehearsal"
        )

    def _contents(self, now: datetime) -> dict[str, bytes]:
        first = (now + FIRST_SITTING_AFTER).astimezone(SHANGHAI).date()
        sittings = [
            f"{self.session_id},*,{code},{first + timedelta(days=number)},AM,09:00,11:30"
            for number, code in enumerate(self.theory_courses)
        ]
        fees = [f"{self.session_id},{item},{FEE_FEN}" for item in ("theory_course", "practice_course")]
        return _file("timetable.csv", "session_id,school_code,course_code,date,period,start,end", *sittings) | _file(
            "fees.csv", "session_id,fee_item,amount_fen", *fees
        )

    async def _publish(self, files: dict[str, bytes]) -> None:
        answer = await self.operator.import_catalogue(files)
        if not answer["applied"]:
            raise ApiProblem("CATALOGUE_REFUSED", f"The session was refused: {answer['problems'][:3]}")


def _file(name: str, header: str, *rows: str) -> dict[str, bytes]:
    return {name: "\n".join((header, *rows, "")).encode()}
