"""What a candidate has in a session, read in one statement each, with the revision of the catalogue it belongs to."""

from collections.abc import Sequence
from typing import Any, Final

from chassis.postgres.database import Database
from services.enrollment.domain.checkout import Checkout, Desk
from services.enrollment.domain.gates import Facts, Participation
from services.enrollment.domain.selection import Selection
from services.enrollment.repository import rows

_FACTS: Final = f"""
SELECT (SELECT revision FROM catalogue_revision) AS revision,
  s.version, s.details_confirmed, s.phone_verified, s.identity_state, s.document_type, s.correction_state,
  p.questionnaire_time, p.notice_version, p.district_code,
  ARRAY(SELECT course_code FROM passed_course WHERE candidate_id = $1) AS passed,
  ARRAY(SELECT ROW({rows.REGISTRATION_COLUMNS}) FROM registration
        WHERE candidate_id = $1 ORDER BY create_time) AS registrations
  %s
FROM (SELECT $1::uuid AS candidate_id) c
LEFT JOIN standing s ON s.candidate_id = c.candidate_id
LEFT JOIN participation p ON p.candidate_id = c.candidate_id AND p.session_id = $2
"""
_LIVE: Final = f"SELECT {rows.SELECTION_COLUMNS} FROM selection WHERE candidate_id = $1 AND live"
_LIVE_HERE: Final = f"""
  SELECT ROW({rows.SELECTION_COLUMNS}) FROM selection WHERE candidate_id = $1 AND session_id = $2 AND live"""
_ENDED_HERE: Final = f"""
  SELECT ROW({rows.SELECTION_COLUMNS}) FROM selection
  WHERE candidate_id = $1 AND session_id = $2 AND NOT live AND void_reason <> 'REMOVED'"""
_CHECKOUTS: Final = f"""
  ARRAY(SELECT ROW({rows.CHECKOUT_COLUMNS}) FROM checkout
        WHERE candidate_id = $1 AND session_id = $2 AND state = 'UNSETTLED') AS unsettled"""
_REPLAYED: Final = f"""
  ARRAY(SELECT ROW({rows.CHECKOUT_COLUMNS}) FROM checkout WHERE order_id = $3 AND candidate_id = $1) AS replayed"""

_FACTS_ONLY: Final = _FACTS % ""
_DESK: Final = _FACTS % f", ARRAY({_LIVE_HERE}) AS selections, {_CHECKOUTS}, {_REPLAYED}"
_OVERVIEW: Final = _FACTS % f", ARRAY({_LIVE_HERE} UNION ALL {_ENDED_HERE}) AS selections, {_CHECKOUTS}"


class DeskRepository:
    """Reads on the driver: they come before every selection and checkout."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def facts(self, candidate_id: str, session_id: str) -> Facts:
        """What the gates look at."""
        return _facts(candidate_id, await self._row(_FACTS_ONLY, candidate_id, session_id))

    async def desk(self, candidate_id: str, session_id: str, order_id: str) -> Desk:
        """Facts, live selections, the unsettled checkout, and the checkout of `order_id` if it exists."""
        row = await self._row(_DESK, candidate_id, session_id, order_id)
        return Desk(_facts(candidate_id, row), _selections(row), _one(row["unsettled"]), _one(row["replayed"]))

    async def overview(self, candidate_id: str, session_id: str) -> Desk:
        """The same with the selections that ended, but for those the candidate took back."""
        row = await self._row(_OVERVIEW, candidate_id, session_id)
        return Desk(_facts(candidate_id, row), _selections(row), _one(row["unsettled"]), None)

    async def live(self, candidate_id: str) -> tuple[Selection, ...]:
        """The candidate's live selections in all sessions."""
        return tuple(rows.selection(tuple(row)) for row in await self._db.driver.fetch(_LIVE, candidate_id))

    async def _row(self, statement: str, *values: str) -> Any:
        return await self._db.driver.fetchrow(statement, *values)


def _facts(candidate_id: str, row: Any) -> Facts:
    return Facts(
        revision=row["revision"],
        standing=rows.standing(candidate_id, row),
        participation=Participation(row["questionnaire_time"], row["notice_version"] or 0, row["district_code"] or ""),
        registrations=tuple(rows.registration(values) for values in row["registrations"]),
        passed=frozenset(row["passed"]),
    )


def _selections(row: Any) -> tuple[Selection, ...]:
    found = [rows.selection(values) for values in row["selections"]]
    return tuple(sorted(found, key=lambda held: (held.create_time, held.course_code)))


def _one(found: Sequence[Sequence[Any]]) -> Checkout | None:
    return rows.checkout(found[0]) if found else None
