"""Selections and checkouts: each change is one guarded statement."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

import asyncpg

from chassis.events import outbox
from chassis.events.inline_completions import InlineCompletions
from chassis.events.relay import WakeUp
from chassis.ids import derived_id
from chassis.postgres.database import Database, violated_constraint
from chassis.postgres.driver_statements import sql
from chassis.postgres.rows import row_of
from chassis.process.call_batching import Batcher
from services.enrollment.domain.checkouts import Checkout
from services.enrollment.domain.registrations import CaseToOpen
from services.enrollment.domain.selections import Selection
from services.enrollment.mapping import peer_messages
from services.enrollment.repository import rows
from services.enrollment.repository.outbox_destinations import CREATE_ORDER, OPEN_CASE, WITHDRAW_CASE
from services.enrollment.tables import NO_OVERLAP, ONE_LIVE_PER_COURSE, selections

RIVALS: Final = frozenset({NO_OVERLAP, ONE_LIVE_PER_COURSE})
"""Constraints that refuse a selection because of another one of the candidate's (EN-5, PA-7)."""

# The revision guard keeps the decision and the timetable of one and the same moment together.
_UNCHANGED_CATALOGUE: Final = "(SELECT revision FROM catalogue_revision) = :revision"
_STORED: Final = [column.name for column in selections.columns if column.computed is None]
_INSERT: Final = f"""
  INSERT INTO selections ({", ".join(_STORED)})
  SELECT {", ".join(f":{name}" for name in _STORED)}"""

# ON CONFLICT DO NOTHING rather than an error: it covers the exclusion constraint as well as the unique index, and two
# of them that meet in one half-day cannot deadlock, as plain inserts can (speculative insertion).
_PLACE: Final = f"""{_INSERT}
  WHERE {_UNCHANGED_CATALOGUE}
  ON CONFLICT DO NOTHING
  RETURNING selection_id"""
PLACE: Final = sql(f"WITH placed AS ({_PLACE}) SELECT count(*) FROM placed")
PLACE_WITH_CASE: Final = sql(f"""
WITH placed AS ({_PLACE}), noted AS ({outbox.insert_from("placed")})
SELECT selection_id FROM placed
""")

GET: Final = sql(f"""
SELECT {rows.SELECTION.of("s")} FROM selections s
WHERE s.selection_id = :selection_id AND s.candidate_id = :candidate_id
""")

_REMOVE: Final = f"""
  UPDATE selections s SET state = 'VOID', void_reason = 'REMOVED', update_time = :now
  WHERE s.selection_id = :selection_id AND s.candidate_id = :candidate_id AND s.state = :state
  RETURNING {rows.SELECTION.of("s")}"""
REMOVE: Final = sql(_REMOVE)
REMOVE_WITH_CASE: Final = sql(f"""
WITH removed AS ({_REMOVE}), noted AS ({outbox.insert_from("removed")})
SELECT * FROM removed
""")

# The candidate's live rows are locked first, in one order: two swaps of one person follow one another, and neither
# waits for what the other gives up. The insert is a plain one: a constraint that refuses it undoes the removal, too.
SWAP: Final = sql(f"""
WITH locked AS MATERIALIZED (
  SELECT selection_id FROM selections WHERE candidate_id = :candidate_id AND live ORDER BY selection_id FOR UPDATE
), removed AS (
  UPDATE selections SET state = 'VOID', void_reason = 'REMOVED', update_time = :now
  WHERE selection_id = :old_selection_id AND candidate_id = :candidate_id AND state = :old_state
    AND selection_id IN (SELECT selection_id FROM locked) AND {_UNCHANGED_CATALOGUE}
  RETURNING selection_id
), placed AS ({_INSERT}
  FROM removed
  RETURNING selection_id
), noted AS ({outbox.insert_all_if("EXISTS (SELECT FROM placed)")})
SELECT selection_id FROM placed
""")

# The rows are locked first, in one order, and counted: either every draft is still a draft, or nothing happens at all.
# They are found by candidate and session: found by their ids alone, PostgreSQL would plan the statement anew at every
# call, since a plan for these very ids always looks cheaper to it than one for any, and planning costs half as much as
# the work.
RESERVE: Final = sql(f"""
WITH locked AS MATERIALIZED (
  SELECT selection_id FROM selections
  WHERE candidate_id = :candidate_id AND session_id = :session_id AND live
    AND selection_id = ANY(:selection_ids::uuid[]) AND state = 'DRAFT'
  ORDER BY selection_id FOR UPDATE
), made AS (
  INSERT INTO checkouts (order_id, selection_ids, candidate_id, session_id, state, undertaking_version, total_fen,
    fingerprint, payment_cutoff, create_time)
  SELECT :order_id, :selection_ids, :candidate_id, :session_id, 'UNSETTLED', :undertaking_version, :total_fen,
    :fingerprint, :payment_cutoff, :now
  WHERE (SELECT count(*) FROM locked) = cardinality(:selection_ids::uuid[]) AND {_UNCHANGED_CATALOGUE}
  ON CONFLICT DO NOTHING
  RETURNING order_id
), reserved AS (
  UPDATE selections SET state = 'RESERVED', order_id = made.order_id, fee_fen = wanted.fee_fen, update_time = :now
  FROM made, unnest(:selection_ids::uuid[], :fees_fen::bigint[]) AS wanted (id, fee_fen)
  WHERE selections.candidate_id = :candidate_id AND selections.session_id = :session_id AND live
    AND selection_id = wanted.id
), noted AS ({outbox.insert_from("made")})
SELECT count(*) FROM made
""")

CONFIRM: Final = sql(f"""
WITH locked AS MATERIALIZED (
  SELECT selection_id FROM selections
  WHERE candidate_id = :candidate_id AND session_id = :session_id AND live
    AND selection_id = ANY(:selection_ids::uuid[]) AND state = 'PREPARED'
  ORDER BY selection_id FOR UPDATE
), confirmed AS (
  UPDATE selections SET state = wanted.state, fee_fen = wanted.fee_fen, review_case_id = wanted.case_id,
    update_time = :now
  FROM unnest(:selection_ids::uuid[], :states::text[], :fees_fen::bigint[], :case_ids::uuid[])
    AS wanted (id, state, fee_fen, case_id)
  WHERE candidate_id = :candidate_id AND session_id = :session_id AND live AND selection_id = wanted.id
    AND (SELECT count(*) FROM locked) = cardinality(:selection_ids::uuid[]) AND {_UNCHANGED_CATALOGUE}
  RETURNING selection_id
), noted AS ({outbox.insert_all_if("EXISTS (SELECT FROM confirmed)")})
SELECT count(*) AS confirmed FROM confirmed
""")


class SelectionRepository:
    """Selections and checkouts, the hot few: those that are placed or reserved in one moment share a commit."""

    def __init__(self, db: Database, outbox_written: WakeUp, cleanup: InlineCompletions) -> None:
        self._db = db
        self._outbox_written = outbox_written
        self._cleanup = cleanup
        self._place = Batcher(self._place_all)
        self._reserve = Batcher(self._reserve_all)

    async def place_selection(self, selection: Selection, *, revision: int, case: CaseToOpen | None) -> bool:
        """Takes a selection, with the case to open where the school reviews it first (EN-5).

        False when the catalogue has moved on from `revision`, the course is held, or the time is taken.
        """
        values = {**_new_row(selection), "revision": revision}
        if case is None:
            return await self._place(values)
        opening = outbox.parameters(_case_to_open(case, selection.create_time))
        placed = await self._db.hot.fetch_value(PLACE_WITH_CASE, **values, **opening)
        self._outbox_written()
        return placed is not None

    async def _place_all(self, wanted: Sequence[Mapping[str, Any]]) -> Sequence[bool]:
        return [bool(row["count"]) for row in await self._db.hot.fetch_each_in_line(PLACE, wanted, _place_in_line)]

    async def get_selection(self, candidate_id: str, selection_id: str) -> Selection | None:
        """The candidate's selection."""
        found = await self._db.hot.fetch_one(GET, selection_id=selection_id, candidate_id=candidate_id)
        return rows.selection(found) if found else None

    async def remove_selection(self, selection: Selection, now: datetime) -> Selection | None:
        """Takes a selection back if it is still in the state it was read in, None otherwise; its review case is
        withdrawn.
        """
        guarded = {
            "selection_id": selection.selection_id,
            "candidate_id": selection.candidate_id,
            "state": selection.state.value,
            "now": now,
        }
        if selection.review_case_id:
            withdrawal = outbox.parameters(_case_to_withdraw(selection, now))
            found = await self._db.hot.fetch_one(REMOVE_WITH_CASE, **guarded, **withdrawal)
            self._outbox_written()
        else:
            found = await self._db.hot.fetch_one(REMOVE, **guarded)
        return rows.selection(found) if found else None

    async def swap_selections(self, old: Selection, new: Selection, *, revision: int, case: CaseToOpen | None) -> bool:
        """Takes one selection back and places another, all in one statement: both or neither (EN-5).

        False when the old one is no longer in the state it was read in, or for one of the reasons of `place_selection`.
        """
        noted = [] if case is None else [_case_to_open(case, new.create_time)]
        noted += [_case_to_withdraw(old, new.create_time)] if old.review_case_id else []
        try:
            placed = await self._db.hot.fetch_value(
                SWAP,
                **_new_row(new),
                now=new.create_time,
                revision=revision,
                old_selection_id=old.selection_id,
                old_state=old.state.value,
                **outbox.parameters_of_all(noted),
            )
        except asyncpg.IntegrityConstraintViolationError as error:
            if violated_constraint(error) in RIVALS:
                return False
            raise
        if noted:
            self._outbox_written()
        return placed is not None

    async def confirm_prepared(
        self, draft: Sequence[Selection], cases: Sequence[CaseToOpen], *, revision: int, now: datetime
    ) -> bool:
        """EN-14: makes one candidate's prepared selections live as given, with the cases to open: all or none.

        False when one of them has changed, or the catalogue has moved on from `revision`.
        """
        confirmed = await self._db.hot.fetch_value(
            CONFIRM,
            candidate_id=draft[0].candidate_id,
            session_id=draft[0].session_id,
            selection_ids=[held.selection_id for held in draft],
            states=[held.state.value for held in draft],
            fees_fen=[held.fee_fen for held in draft],
            case_ids=[held.review_case_id or None for held in draft],
            now=now,
            revision=revision,
            **outbox.parameters_of_all([_case_to_open(case, now) for case in cases]),
        )
        if cases:
            self._outbox_written()
        return bool(confirmed)

    async def reserve_drafts(
        self,
        checkout: Checkout,
        drafts: Sequence[Selection],
        names: Mapping[str, str],
        *,
        revision: int,
        later: datetime,
    ) -> bool:
        """Reserves exactly these drafts at the fees they have now and notes the order to create, due at `later` unless
        it is settled before (EN-10, EN-15). `names`: the courses' names by code.

        False when a draft or the catalogue has changed, another checkout is unsettled, or this one exists.
        """
        order = outbox.row(
            CREATE_ORDER,
            checkout.order_id,
            peer_messages.order_to_create(checkout, drafts, names),
            checkout.create_time,
            event_id=_intent(checkout.order_id),
            available_time=later,
        )
        return await self._reserve(
            {
                "order_id": checkout.order_id,
                "selection_ids": [draft.selection_id for draft in drafts],
                "fees_fen": [draft.fee_fen for draft in drafts],
                "candidate_id": checkout.candidate_id,
                "session_id": checkout.session_id,
                "undertaking_version": checkout.undertaking_version,
                "total_fen": checkout.total_fen,
                "fingerprint": checkout.fingerprint,
                "payment_cutoff": checkout.payment_cutoff,
                "now": checkout.create_time,
                "revision": revision,
                **outbox.parameters(order),
            }
        )

    async def _reserve_all(self, wanted: Sequence[Mapping[str, Any]]) -> Sequence[bool]:
        return [
            bool(row["count"])
            for row in await self._db.hot.fetch_each_in_line(RESERVE, wanted, itemgetter("candidate_id"))
        ]

    def remove_order_intent(self, order_id: str) -> None:
        """Says that payment has the order: the noted intent need not be carried out any more."""
        self._cleanup.remove(_intent(order_id))


def _new_row(selection: Selection) -> Mapping[str, Any]:
    return row_of(selections, selection, time_range=rows.range_of(selection.occupies))


def _place_in_line(row: Mapping[str, Any]) -> tuple[str, str]:
    """Of one candidate the earlier sitting comes first, so that two batches never wait for each other crosswise."""
    occupied = row["time_range"]
    return row["candidate_id"], occupied.lower.isoformat() if occupied else ""


def _case_to_open(case: CaseToOpen, now: datetime) -> Mapping[str, Any]:
    return outbox.row(OPEN_CASE, case.case_id, peer_messages.case_to_open(case), now)


def _case_to_withdraw(selection: Selection, now: datetime) -> Mapping[str, Any]:
    case_id = selection.review_case_id
    return outbox.row(WITHDRAW_CASE, case_id, peer_messages.case_to_withdraw(case_id), now)


def _intent(order_id: str) -> str:
    return derived_id("create-order", order_id)
