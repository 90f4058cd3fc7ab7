"""What a candidate has in a session, read in one statement each, with the revision of the catalogue it belongs to."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from chassis.postgres.rows import from_row
from chassis.process.call_batching import Batcher
from services.enrollment.domain.candidate_session_state import CandidateSession
from services.enrollment.domain.checkouts import Checkout
from services.enrollment.domain.gates import Facts, Participation
from services.enrollment.domain.registrations import Registration, Standing
from services.enrollment.domain.selections import Selection
from services.enrollment.repository import rows


def _with_facts(*beside: str) -> str:
    """The facts of a candidate, and what is read beside them in the same statement."""
    return f"""
SELECT (SELECT revision FROM catalogue_revision) AS revision,
  s.version, s.details_confirmed, s.phone_verified, s.identity_state, s.document_type, s.correction_state,
  p.questionnaire_time, p.notice_version, p.district_code,
  ARRAY(SELECT course_code FROM passed_courses WHERE candidate_id = :candidate_id) AS passed,
  ARRAY(SELECT {rows.REGISTRATION.row_of("r")} FROM registrations r
        WHERE r.candidate_id = :candidate_id ORDER BY r.create_time) AS registrations
  {"".join(f", {part}" for part in beside)}
FROM (SELECT :candidate_id::uuid AS candidate_id) c
LEFT JOIN standings s ON s.candidate_id = c.candidate_id
LEFT JOIN participations p ON p.candidate_id = c.candidate_id AND p.session_id = :session_id
"""


_LIVE_HERE: Final = f"""
  SELECT {rows.SELECTION.row_of("l")} FROM selections l
  WHERE l.candidate_id = :candidate_id AND l.session_id = :session_id AND l.live"""
_ENDED_HERE: Final = f"""
  SELECT {rows.SELECTION.row_of("e")} FROM selections e
  WHERE e.candidate_id = :candidate_id AND e.session_id = :session_id AND NOT e.live AND e.void_reason <> 'REMOVED'"""
_UNSETTLED: Final = f"""
  ARRAY(SELECT {rows.CHECKOUT.row_of("o")} FROM checkouts o
        WHERE o.candidate_id = :candidate_id AND o.session_id = :session_id AND o.state = 'UNSETTLED') AS unsettled"""
_REPLAYED: Final = f"""
  ARRAY(SELECT {rows.CHECKOUT.row_of("o")} FROM checkouts o
        WHERE o.order_id = :order_id AND o.candidate_id = :candidate_id) AS replayed"""

FACTS: Final = sql(_with_facts())
CANDIDATE_SESSION: Final = sql(_with_facts(f"ARRAY({_LIVE_HERE}) AS selections", _UNSETTLED, _REPLAYED))
OVERVIEW: Final = sql(_with_facts(f"ARRAY({_LIVE_HERE} UNION ALL {_ENDED_HERE}) AS selections", _UNSETTLED))
LIVE: Final = sql(f"SELECT {rows.SELECTION.of('l')} FROM selections l WHERE l.candidate_id = :candidate_id AND l.live")

ALL: Final = sql(
    f"SELECT {rows.SELECTION.of('l')} FROM selections l WHERE l.candidate_id = :candidate_id "
    "ORDER BY l.create_time DESC, l.selection_id DESC"
)


class CandidateSessionRepository:
    """Reads that come before every selection and checkout: those of a moment share a round trip."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._fetch_facts = Batcher(self._fetch_all_facts)
        self._fetch_state = Batcher(self._fetch_all_states)

    async def get_facts(self, candidate_id: str, session_id: str) -> Facts:
        """What the gates look at."""
        row = await self._fetch_facts({"candidate_id": candidate_id, "session_id": session_id})
        return _facts(candidate_id, row)

    async def _fetch_all_facts(self, asked: Sequence[Mapping[str, str]]) -> Sequence[Any]:
        return await self._db.hot.fetch_each(FACTS, asked)

    async def get_candidate_session(self, candidate_id: str, session_id: str, order_id: str) -> CandidateSession:
        """Facts, live selections, the unsettled checkout, and the checkout of `order_id` if it exists."""
        row = await self._fetch_state({"candidate_id": candidate_id, "session_id": session_id, "order_id": order_id})
        return CandidateSession(
            _facts(candidate_id, row), _selections(row), _checkout(row["unsettled"]), _checkout(row["replayed"])
        )

    async def _fetch_all_states(self, asked: Sequence[Mapping[str, str]]) -> Sequence[Any]:
        return await self._db.hot.fetch_each(CANDIDATE_SESSION, asked)

    async def get_overview(self, candidate_id: str, session_id: str) -> CandidateSession:
        """The same with the selections that ended, but for those the candidate took back, and no earlier checkout."""
        row: Any = await self._db.hot.fetch_one(OVERVIEW, candidate_id=candidate_id, session_id=session_id)
        return CandidateSession(_facts(candidate_id, row), _selections(row), _checkout(row["unsettled"]), None)

    async def list_live_selections(self, candidate_id: str) -> tuple[Selection, ...]:
        """The candidate's live selections in all sessions."""
        return tuple(rows.selection(row) for row in await self._db.hot.fetch(LIVE, candidate_id=candidate_id))

    async def list_selections(self, candidate_id: str) -> tuple[Selection, ...]:
        """The candidate's selections in all sessions and states, the newest first."""
        return tuple(rows.selection(row) for row in await self._db.hot.fetch(ALL, candidate_id=candidate_id))


def _facts(candidate_id: str, row: Any) -> Facts:
    return Facts(
        revision=row["revision"],
        standing=from_row(Standing, row, candidate_id=candidate_id),
        participation=from_row(Participation, row),
        registrations=tuple(from_row(Registration, rows.REGISTRATION.named(each)) for each in row["registrations"]),
        passed=frozenset(row["passed"]),
    )


def _selections(row: Any) -> tuple[Selection, ...]:
    found = [rows.selection(rows.SELECTION.named(each)) for each in row["selections"]]
    return tuple(sorted(found, key=lambda held: (held.create_time, held.course_code)))


def _checkout(found: Sequence[Sequence[Any]]) -> Checkout | None:
    return from_row(Checkout, rows.CHECKOUT.named(found[0])) if found else None
