"""Selections and checkouts: each change is one guarded statement on the driver (the hot few)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

import asyncpg

from chassis.events import outbox
from chassis.ids import derived_id
from chassis.postgres.database import Database, violated_constraint
from services.enrollment.domain.checkout import Checkout
from services.enrollment.domain.selection import Selection, VoidReason
from services.enrollment.mapping import messages
from services.enrollment.ports import CaseToOpen
from services.enrollment.repository import rows

CREATE_ORDER: Final = "payment.CreateOrder"
OPEN_CASE: Final = "review.OpenCase"
WITHDRAW_CASE: Final = "review.WithdrawCase"
NOTHING_NOTED: Final[list[list[object]]] = [[] for _ in outbox.COLUMNS]

# ON CONFLICT DO NOTHING rather than an error: it covers the exclusion constraint as well as the unique index, and,
# other
# than a plain insert, two of them that meet in one half-day cannot deadlock (speculative insertion). The revision guard
# keeps the decision and the timetable of one and the same moment together.
_PLACED: Final = """
INSERT INTO selection (selection_id, candidate_id, registration_id, session_id, course_code, course_kind, fee_fen,
state,
  time_range, review_case_id, create_time, update_time)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11
WHERE (SELECT revision FROM catalogue_revision) = $12
ON CONFLICT DO NOTHING
RETURNING selection_id
"""
_PLACED_WITH_CASE: Final = f"""
WITH placed AS ({_PLACED}), noted AS (
  {outbox.INSERT_INTO} SELECT $13::uuid, $14, $15, $16, $17::bytea, $18, $19::timestamptz, $20::timestamptz FROM placed)
SELECT selection_id FROM placed
"""
_GET: Final = f"SELECT {rows.SELECTION_COLUMNS} FROM selection WHERE selection_id = $1 AND candidate_id = $2"
_REMOVE: Final = f"""
UPDATE selection SET state = 'VOID', void_reason = $4, update_time = $5
WHERE selection_id = $1 AND candidate_id = $2 AND state = $3
RETURNING {rows.SELECTION_COLUMNS}
"""
_REMOVE_WITH_CASE: Final = f"""
WITH removed AS ({_REMOVE}), noted AS (
  {outbox.INSERT_INTO} SELECT $6::uuid, $7, $8, $9, $10::bytea, $11, $12::timestamptz, $13::timestamptz FROM removed)
SELECT * FROM removed
"""

# The candidate's live rows are locked first, in one order: two swaps of one person follow one another, and neither
# waits for what the other gives up. The insert is a plain one: a constraint that refuses it undoes the removal, too.
_SWAPPED: Final = f"""
WITH locked AS MATERIALIZED (
  SELECT selection_id FROM selection WHERE candidate_id = $2 AND live ORDER BY selection_id FOR UPDATE
), removed AS (
  UPDATE selection SET state = 'VOID', void_reason = $15, update_time = $11
  WHERE selection_id = $13 AND candidate_id = $2 AND state = $14 AND selection_id IN (SELECT selection_id FROM locked)
    AND (SELECT revision FROM catalogue_revision) = $12
  RETURNING selection_id
), placed AS (
  INSERT INTO selection (selection_id, candidate_id, registration_id, session_id, course_code, course_kind, fee_fen,
    state, time_range, review_case_id, create_time, update_time)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11 FROM removed
  RETURNING selection_id
), noted AS (
  {outbox.INSERT_INTO}
  SELECT * FROM unnest($16::uuid[], $17::text[], $18::text[], $19::text[], $20::bytea[], $21::text[],
    $22::timestamptz[], $23::timestamptz[])
  WHERE EXISTS (SELECT FROM placed)
)
SELECT selection_id FROM placed
"""
RIVALS: Final = frozenset({"selection_no_overlap", "selection_one_live_per_course"})

# The rows are locked first, in one order, and counted: either every draft is still a draft, or nothing happens at all.
# They are found by candidate and session: found by their ids alone, PostgreSQL would plan the statement anew at every
# call, since a plan for these very ids always looks cheaper to it than one for any, and planning costs half as much as
# the work.
_RESERVE: Final = f"""
WITH locked AS MATERIALIZED (
  SELECT selection_id FROM selection
  WHERE candidate_id = $3 AND session_id = $4 AND live AND selection_id = ANY($2::uuid[]) AND state = 'DRAFT'
  ORDER BY selection_id FOR UPDATE
), made AS (
  INSERT INTO checkout (order_id, selection_ids, candidate_id, session_id, state, undertaking_version, total_fen,
    fingerprint, payment_cutoff, create_time)
  SELECT $1, $2, $3, $4, 'UNSETTLED', $5, $6, $7, $8, $9
  WHERE (SELECT count(*) FROM locked) = cardinality($2::uuid[]) AND (SELECT revision FROM catalogue_revision) = $10
  ON CONFLICT DO NOTHING
  RETURNING order_id
), reserved AS (
  UPDATE selection SET state = 'RESERVED', order_id = made.order_id, update_time = $9
  FROM made
  WHERE selection.candidate_id = $3 AND selection.session_id = $4 AND live AND selection_id = ANY($2::uuid[])
), noted AS (
  {outbox.INSERT_INTO}
  SELECT $11::uuid, $12, $13, $14, $15::bytea, $16, $17::timestamptz, $18::timestamptz FROM made
)
SELECT order_id FROM made
"""
_CONFIRM: Final = f"""
WITH locked AS MATERIALIZED (
  SELECT selection_id FROM selection
  WHERE candidate_id = $1 AND session_id = $2 AND live AND selection_id = ANY($3::uuid[]) AND state = 'PREPARED'
  ORDER BY selection_id FOR UPDATE
), confirmed AS (
  UPDATE selection SET state = wanted.state, fee_fen = wanted.fee_fen, review_case_id = wanted.case_id, update_time = $7
  FROM unnest($3::uuid[], $4::text[], $5::bigint[], $6::uuid[]) AS wanted (id, state, fee_fen, case_id)
  WHERE candidate_id = $1 AND session_id = $2 AND live AND selection_id = wanted.id
    AND (SELECT count(*) FROM locked) = cardinality($3::uuid[])
    AND (SELECT revision FROM catalogue_revision) = $8
  RETURNING selection_id
), noted AS (
  {outbox.INSERT_INTO}
  SELECT * FROM unnest($9::uuid[], $10::text[], $11::text[], $12::text[], $13::bytea[], $14::text[],
    $15::timestamptz[], $16::timestamptz[])
  WHERE EXISTS (SELECT FROM confirmed)
)
SELECT count(*) FROM confirmed
"""
_PASSED: Final = "SELECT course_code FROM passed_course WHERE candidate_id = $1"


class SelectionRepository:
    """Selections and checkouts. `settle` takes the event id of a noted intent that was carried out in line."""

    def __init__(self, db: Database, *, wake: Callable[[], None], settle: Callable[[str], None]) -> None:
        self._db = db
        self._wake = wake
        self._settle = settle

    async def place(self, selection: Selection, *, revision: int, case: CaseToOpen | None) -> bool:
        """Takes a selection unless the catalogue has moved on, the course is held, or the time is taken (EN-5)."""
        values = _placing(selection, revision)
        if case is None:
            return await self._db.driver.fetchval(_PLACED, *values) is not None
        placed = await self._db.driver.fetchval(_PLACED_WITH_CASE, *values, *_opening(case, selection.create_time))
        self._wake()
        return placed is not None

    async def get(self, candidate_id: str, selection_id: str) -> Selection | None:
        """The candidate's selection."""
        found = await self._db.driver.fetchrow(_GET, selection_id, candidate_id)
        return rows.selection(tuple(found)) if found else None

    async def remove(self, selection: Selection, now: datetime) -> Selection | None:
        """Takes a selection back if it is still in the state it was read in; its review case is withdrawn."""
        key = selection.selection_id, selection.candidate_id, selection.state.value, VoidReason.REMOVED.value, now
        if selection.review_case_id:
            found = await self._db.driver.fetchrow(_REMOVE_WITH_CASE, *key, *_withdrawing(selection, now))
            self._wake()
        else:
            found = await self._db.driver.fetchrow(_REMOVE, *key)
        return rows.selection(tuple(found)) if found else None

    async def swap(self, old: Selection, new: Selection, *, revision: int, case: CaseToOpen | None) -> bool:
        """Takes one back if it is still in the state it was read in, and places the other, all in one statement; or
        nothing at all when the catalogue has moved on, the course is held, or the time is taken (EN-5).
        """
        noted = [] if case is None else [_opening(case, new.create_time)]
        noted += [_withdrawing(old, new.create_time)] if old.review_case_id else []
        try:
            placed = await self._db.driver.fetchval(
                _SWAPPED,
                *_placing(new, revision),
                old.selection_id,
                old.state.value,
                VoidReason.REMOVED.value,
                *_columns(noted),
            )
        except asyncpg.IntegrityConstraintViolationError as error:
            if violated_constraint(error) in RIVALS:
                return False
            raise
        if noted:
            self._wake()
        return placed is not None

    async def confirm(
        self, draft: Sequence[Selection], cases: Sequence[CaseToOpen], *, revision: int, now: datetime
    ) -> bool:
        """Makes prepared selections live as they are given, with the cases to open, all in one statement (EN-14)."""
        noted = [_opening(case, now) for case in cases]
        confirmed = await self._db.driver.fetchval(
            _CONFIRM,
            draft[0].candidate_id,
            draft[0].session_id,
            [held.selection_id for held in draft],
            [held.state.value for held in draft],
            [held.fee_fen for held in draft],
            [held.review_case_id or None for held in draft],
            now,
            revision,
            *_columns(noted),
        )
        if cases:
            self._wake()
        return bool(confirmed)

    async def reserve(
        self,
        checkout: Checkout,
        drafts: Sequence[Selection],
        names: Mapping[str, str],
        *,
        revision: int,
        later: datetime,
    ) -> bool:
        """Reserves exactly these drafts and notes the order to create, all in one statement (EN-10)."""
        order = messages.order_to_create(checkout, drafts, names)
        noted = outbox.values(
            CREATE_ORDER,
            checkout.order_id,
            order,
            checkout.create_time,
            event_id=_intent(checkout.order_id),
            available_time=later,
        )
        made = await self._db.driver.fetchval(
            _RESERVE,
            checkout.order_id,
            list(checkout.selection_ids),
            checkout.candidate_id,
            checkout.session_id,
            checkout.undertaking_version,
            checkout.total_fen,
            checkout.fingerprint,
            checkout.payment_cutoff,
            checkout.create_time,
            revision,
            *noted,
        )
        return made is not None

    def order_exists(self, order_id: str) -> None:
        """Says that payment has the order: the noted intent need not be carried out any more."""
        self._settle(_intent(order_id))

    async def passed_courses(self, candidate_id: str) -> frozenset[str]:
        """The courses the candidate has passed."""
        return frozenset(row["course_code"] for row in await self._db.driver.fetch(_PASSED, candidate_id))


def _placing(selection: Selection, revision: int) -> tuple[object, ...]:
    return (
        selection.selection_id,
        selection.candidate_id,
        selection.registration_id,
        selection.session_id,
        selection.course_code,
        selection.course_kind.value,
        selection.fee_fen,
        selection.state.value,
        rows.time_range(selection.occupies),
        selection.review_case_id or None,
        selection.create_time,
        revision,
    )


def _opening(case: CaseToOpen, now: datetime) -> tuple[object, ...]:
    return tuple(outbox.values(OPEN_CASE, case.case_id, messages.case_to_open(case), now))


def _withdrawing(selection: Selection, now: datetime) -> tuple[object, ...]:
    case_id = selection.review_case_id
    return tuple(outbox.values(WITHDRAW_CASE, case_id, messages.case_to_withdraw(case_id), now))


def _columns(noted: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*noted, strict=True)] or NOTHING_NOTED


def _intent(order_id: str) -> str:
    return derived_id("create-order", order_id)
