"""Changes that stand or fall together: registering, hearing of a standing, an order's fate, a review's decision."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from google.protobuf.message import Message
from sqlalchemy import bindparam, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, UUID, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.audit_log.entries import append_entry
from chassis.audit_log.notes import AuditNote
from chassis.clock import Clock
from chassis.events import outbox as chassis_outbox
from chassis.events.relay import WakeUp
from chassis.postgres.columns import any_of
from chassis.postgres.database import Database, violated_constraint
from chassis.postgres.rows import from_row, row_of
from services.enrollment.domain.catalogue import Text
from services.enrollment.domain.checkouts import Checkout, CheckoutState
from services.enrollment.domain.refund_requests import RefundRequest
from services.enrollment.domain.registrations import (
    CaseToOpen,
    IdentityState,
    Origin,
    ProofState,
    Registration,
    Standing,
)
from services.enrollment.domain.selections import (
    EndedSelection,
    SelectionEvent,
    SelectionState,
    VoidReason,
    states_before,
)
from services.enrollment.mapping import peer_messages
from services.enrollment.repository.outbox_destinations import (
    CANCEL_ORDER,
    CREATE_REFUND,
    IDENTITY,
    OPEN_CASE,
    SETTLE_LATE_MONEY,
    WITHDRAW_CASE,
)
from services.enrollment.tables import (
    ONE_UNSETTLED,
    TICKET_NUMBER,
    checkouts,
    major_changes,
    outbox,
    passed_courses,
    refund_requests,
    registrations,
    selections,
    standings,
    text_acceptances,
    ticket_numbers,
)

ENDED: Final = IdentityState.ENDED.value
_IDS: Final = ARRAY(UUID(as_uuid=False))

_ADD_REGISTRATION: Final = insert(registrations).on_conflict_do_nothing().returning(registrations.c.registration_id)
_EFFECTIVE: Final = text(
    """
WITH paid AS (SELECT * FROM unnest(:order_ids, :ids) AS p(order_id, selection_id)),
counted AS (
  UPDATE selections s SET state = 'EFFECTIVE', order_id = paid.order_id, update_time = :now FROM paid
  WHERE s.selection_id = paid.selection_id
    AND (s.state = 'DRAFT' OR (s.state = 'RESERVED' AND s.order_id = paid.order_id))
  RETURNING paid.order_id, paid.selection_id)
SELECT order_id, selection_id FROM counted
UNION ALL
SELECT paid.order_id, paid.selection_id FROM paid JOIN selections s USING (selection_id, order_id)
WHERE s.state = 'EFFECTIVE'
"""
).bindparams(bindparam("ids", type_=_IDS), bindparam("order_ids", type_=_IDS))
_END_OF_ACCOUNT: Final = text("""
WITH due AS MATERIALIZED (
  SELECT selection_id, state, order_id, CASE state WHEN 'UNDER_REVIEW' THEN review_case_id END AS case_id
  FROM selections WHERE candidate_id = CAST(:candidate_id AS uuid) AND live ORDER BY selection_id FOR UPDATE
), ended AS (
  UPDATE selections SET state = 'VOID', void_reason = 'ACCOUNT_ENDED', update_time = :now
  FROM due WHERE selections.selection_id = due.selection_id)
SELECT CAST(selection_id AS text), state, CAST(order_id AS text), CAST(case_id AS text) FROM due ORDER BY selection_id
""")
_HOLD_AGAIN: Final = text(
    """
WITH locked AS MATERIALIZED (
  SELECT selection_id FROM selections
  WHERE selection_id = ANY(:ids) AND state = 'DRAFT' ORDER BY selection_id FOR UPDATE
), unsettled AS (
  UPDATE checkouts SET state = 'UNSETTLED'
  WHERE order_id = :order_id AND (SELECT count(*) FROM locked) = cardinality(:ids) AND state = 'ENDED_UNPAID'
  RETURNING order_id)
UPDATE selections SET state = 'RESERVED', order_id = unsettled.order_id, update_time = :now
FROM unsettled WHERE selection_id = ANY(:ids)
"""
).bindparams(bindparam("ids", type_=_IDS), bindparam("order_id", type_=UUID(as_uuid=False)))
_PLACES_WAIT: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:places, 0))")


class Transactions:
    """Begins transactions, and joins those that others began."""

    def __init__(self, db: Database, clock: Clock, outbox_written: WakeUp) -> None:
        self._db = db
        self._clock = clock
        self._outbox_written = outbox_written

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["Transaction"]:
        """Committed when the block ends, undone when it raises; what was noted for others is sent then."""
        async with self._db.transaction() as connection:
            yield Transaction(connection, self._clock)
        self._outbox_written()

    def within(self, connection: AsyncConnection) -> "Transaction":
        """The transaction of a connection that somebody else commits, as for an event that is taken in."""
        return Transaction(connection, self._clock)


class Transaction:
    """Changes on one connection, with the events they cause."""

    def __init__(self, connection: AsyncConnection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    async def add_audit_entry(self, note: AuditNote) -> None:
        """Adds an entry to the audit log; the last thing to do here, since whoever adds another waits for the end."""
        await append_entry(self._connection, note, at=self._clock.now())

    async def lock_standing(self, candidate_id: str) -> Standing:
        """The standing, locked: whoever registers or hears of a standing waits for the other here (ID-9)."""
        first = insert(standings).values(candidate_id=candidate_id)
        statement = first.on_conflict_do_update(
            index_elements=["candidate_id"], set_={"candidate_id": first.excluded.candidate_id}
        ).returning(*standings.c)
        return from_row(Standing, (await self._connection.execute(statement)).one())

    async def save_standing(self, standing: Standing) -> bool:
        """Keeps a standing; False when it, or a newer one, is kept already."""
        row = row_of(standings, standing)
        first = insert(standings).values(row)
        newer = standings.c.version < first.excluded.version
        saved = await self._connection.execute(
            first.on_conflict_do_update(index_elements=["candidate_id"], set_=row, where=newer)
        )
        return bool(saved.rowcount)

    async def end_selections_of(self, candidate_id: str, now: datetime) -> Sequence[EndedSelection]:
        """ID-15: ends every live selection of an account that has ended; the answer holds them as they were."""
        found = await self._connection.execute(_END_OF_ACCOUNT, {"candidate_id": candidate_id, "now": now})
        return [from_row(EndedSelection, row, state=SelectionState(row.state)) for row in found]

    async def list_own_registrations(self, candidate_id: str) -> tuple[Registration, ...]:
        """The candidate's registrations, the oldest first."""
        own = registrations.c.candidate_id == candidate_id
        found = await self._connection.execute(select(registrations).where(own).order_by(registrations.c.create_time))
        return tuple(from_row(Registration, row) for row in found)

    async def lock_registration(self, registration_id: str) -> Registration | None:
        """A registration, locked."""
        statement = select(registrations).where(registrations.c.registration_id == registration_id).with_for_update()
        found = (await self._connection.execute(statement)).one_or_none()
        return from_row(Registration, found) if found else None

    async def add_registration(self, registration: Registration, case: CaseToOpen | None) -> bool:
        """Adds a registration, with the case to open where its proofs are reviewed (EN-4).

        False when the candidate has it already, or the ticket number belongs to another.
        """
        added = await self._connection.execute(_ADD_REGISTRATION, [row_of(registrations, registration)])
        if added.one_or_none() is None:
            return False
        if registration.ticket_number:
            await self._announce_ticket(registration, registration.ticket_number)
        if case is not None:
            await self._note(OPEN_CASE, case.case_id, peer_messages.case_to_open(case))
        return True

    async def add_enrolled_registrations(self, enrolled: Sequence[Registration]) -> bool:
        """Adds registrations that have their ticket numbers already, all with one statement (OP-1).

        False when one of them, or its number, is held already.
        """
        if not enrolled:
            return True
        stored = [row_of(registrations, registration) for registration in enrolled]
        added = (await self._connection.execute(_ADD_REGISTRATION, stored)).all()
        now = self._clock.now()
        told = [peer_messages.ticket_number_issued(one, one.ticket_number) for one in enrolled]
        events = [chassis_outbox.row(IDENTITY, event.candidate_id, event, now) for event in told]
        await chassis_outbox.add_all(self._connection, outbox, events)
        return len(added) == len(enrolled)

    async def add_text_acceptance(self, candidate_id: str, text: Text, now: datetime) -> None:
        """Records that a text was accepted in its version."""
        statement = insert(text_acceptances).values(
            candidate_id=candidate_id, kind=text.kind.value, scope=text.scope, version=text.version, accept_time=now
        )
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def set_proof_state(self, registration_id: str, state: ProofState) -> None:
        """Moves the proofs of a registration on."""
        await self._connection.execute(
            update(registrations)
            .where(registrations.c.registration_id == registration_id)
            .values(proof_state=state.value, version=registrations.c.version + 1)
        )

    async def set_major(
        self, before: Registration, major_code: str, reason: str, operator_id: str, now: datetime
    ) -> None:
        """Changes the major, with who did it and why."""
        version = before.version + 1
        changed = registrations.c.registration_id == before.registration_id
        await self._connection.execute(
            update(registrations).where(changed).values(major_code=major_code, version=version)
        )
        await self._connection.execute(
            insert(major_changes).values(
                registration_id=before.registration_id,
                version=version,
                old_major_code=before.major_code,
                new_major_code=major_code,
                reason=reason,
                operator_id=operator_id,
                change_time=now,
            )
        )

    async def has_live_selections(self, registration_id: str) -> bool:
        """Whether courses are selected under the registration."""
        under = selections.c.registration_id == registration_id
        live = select(selections.c.selection_id).where(under, selections.c.live)
        return (await self._connection.execute(live.limit(1))).first() is not None

    async def draw_ticket_numbers(self, count: int) -> Sequence[int]:
        """The next running numbers; drawn once, whether they are used or not."""
        drawn = select(ticket_numbers.next_value()).select_from(func.generate_series(1, count))
        return sorted((await self._connection.execute(drawn)).scalars())

    async def list_unused_ticket_numbers(self, numbers: Sequence[str]) -> Sequence[str]:
        """Those that belong to no registration, in their order."""
        held = select(registrations.c.ticket_number).where(any_of(registrations.c.ticket_number, numbers))
        taken = set((await self._connection.execute(held)).scalars())
        return [number for number in numbers if number not in taken]

    async def issue_ticket_number(self, registration: Registration, ticket_number: str) -> bool:
        """Gives a registration its ticket number, once, and announces it.

        False when the number is taken (invariant 4).
        """
        own = registrations.c.registration_id == registration.registration_id
        statement = (
            update(registrations)
            .where(own, registrations.c.ticket_number.is_(None))
            .values(ticket_number=ticket_number, version=registrations.c.version + 1)
        )
        try:
            async with self._connection.begin_nested():
                issued = await self._connection.execute(statement)
        except IntegrityError as error:
            if violated_constraint(error) != TICKET_NUMBER:
                raise
            return False
        if issued.rowcount:
            await self._announce_ticket(registration, ticket_number)
        return True

    async def add_passed_courses(self, passed: Iterable[tuple[str, str]]) -> None:
        """Records passed courses: candidate's id and course code."""
        stored = [{"candidate_id": candidate_id, "course_code": code} for candidate_id, code in sorted(set(passed))]
        if stored:
            await self._connection.execute(insert(passed_courses).on_conflict_do_nothing(), stored)

    async def count_new_students(self, school_code: str, major_code: str) -> int:
        """EN-4: how many new students a school has in a major, without accounts that have ended (ID-15); who counts
        waits until the one before is through.
        """
        await self._connection.execute(_PLACES_WAIT, {"places": f"zikao.places.{school_code}.{major_code}"})
        statement = select(func.count()).where(
            registrations.c.school_code == school_code,
            registrations.c.major_code == major_code,
            registrations.c.origin == Origin.NEW.value,
            ~exists().where(
                standings.c.candidate_id == registrations.c.candidate_id, standings.c.identity_state == ENDED
            ),
        )
        count: int = (await self._connection.execute(statement)).scalar_one()
        return count

    async def settle_checkouts(self, order_ids: Sequence[str], state: CheckoutState) -> Sequence[Checkout]:
        """Settles checkouts; the answer leaves out those that are paid already or that enrollment never made."""
        statement = (
            update(checkouts)
            .where(
                any_of(checkouts.c.order_id, order_ids),
                checkouts.c.state != CheckoutState.PAID.value,
            )
            .values(state=state.value)
            .returning(checkouts)
        )
        return [from_row(Checkout, row) for row in await self._connection.execute(statement)]

    async def make_effective(self, paid: Mapping[str, Sequence[str]], now: datetime) -> Mapping[str, frozenset[str]]:
        """EN-8: makes paid selections, by order, count where they are held; the answer names those that count by their
        order.
        """
        pairs = [(order_id, selection_id) for order_id in paid for selection_id in paid[order_id]]
        order_ids, ids = [order_id for order_id, _ in pairs], [selection_id for _, selection_id in pairs]
        found = await self._connection.execute(_EFFECTIVE, {"order_ids": order_ids, "ids": ids, "now": now})
        counted = {(str(row.order_id), str(row.selection_id)) for row in found}
        return {order_id: frozenset(one for one in paid[order_id] if (order_id, one) in counted) for order_id in paid}

    async def release_reserved(
        self,
        order_id: str,
        selection_ids: Sequence[str],
        to: SelectionState,
        reason: VoidReason | None,
        now: datetime,
    ) -> None:
        """EN-9: releases what an order had reserved."""
        statement = (
            _moving(SelectionEvent.ORDER_ENDED_UNPAID)
            .where(selections.c.selection_id.in_(list(selection_ids)), selections.c.order_id == order_id)
            .values(state=to.value, void_reason=reason.value if reason else None, order_id=None, update_time=now)
        )
        await self._connection.execute(statement)

    async def reserve_again(self, order_id: str, selection_ids: Sequence[str], now: datetime) -> bool:
        """PA-6: reserves released drafts for their old order again: all of them, or none.

        None when another checkout of the session is unsettled: the courses are promised to that one.
        """
        values = {"order_id": order_id, "ids": list(selection_ids), "now": now}
        try:
            async with self._connection.begin_nested():
                held = await self._connection.execute(_HOLD_AGAIN, values)
        except IntegrityError as error:
            if violated_constraint(error) != ONE_UNSETTLED:
                raise
            return False
        return bool(held.rowcount)

    async def void_refunded(self, selection_ids: Sequence[str], now: datetime) -> None:
        """Invariant 2: ends selections whose money was given back."""
        refunded = any_of(selections.c.selection_id, selection_ids)
        void = {"state": SelectionState.VOID.value, "void_reason": VoidReason.REFUNDED.value, "update_time": now}
        await self._connection.execute(_moving(SelectionEvent.REFUNDED).where(refunded).values(void))

    async def set_practice_state(
        self, selection_id: str, to: SelectionState, reason: VoidReason | None, now: datetime
    ) -> None:
        """EN-10: moves a practice selection on after its review."""
        await self._connection.execute(
            update(selections)
            .where(selections.c.selection_id == selection_id, selections.c.state == SelectionState.UNDER_REVIEW.value)
            .values(state=to.value, void_reason=reason.value if reason else None, update_time=now)
        )

    async def note_refund(self, order_id: str, selection_ids: Sequence[str]) -> None:
        """PA-6: notes that payment shall give the money of these items back."""
        await self._note(CREATE_REFUND, order_id, peer_messages.refund_to_create(order_id, selection_ids))

    async def add_refund_request(self, request: RefundRequest) -> bool:
        """PA-14: keeps a request; False when there is one about the selection already."""
        statement = insert(refund_requests).values(row_of(refund_requests, request, state=request.state.value))
        added = await self._connection.execute(
            statement.on_conflict_do_nothing().returning(refund_requests.c.selection_id)
        )
        return added.one_or_none() is not None

    async def decide_refund_request(self, request: RefundRequest) -> bool:
        """PA-14: a request as decided, in place of the one that waits; False when it waits no more."""
        waits = refund_requests.c.selection_id == request.selection_id, refund_requests.c.state == "WAITING"
        decision = {
            "state": request.state.value,
            "decide_time": request.decide_time,
            "decided_by": request.decided_by,
            "note": request.note,
        }
        saved = await self._connection.execute(update(refund_requests).where(*waits).values(decision))
        return saved.rowcount == 1

    async def note_requested_refund(self, order_id: str, selection_id: str) -> None:
        """PA-14: notes that payment shall give the fee of a course back that was asked for."""
        await self._note(CREATE_REFUND, order_id, peer_messages.requested_refund(order_id, selection_id))

    async def note_order_cancellation(self, order_id: str) -> None:
        """ID-15: notes that payment shall end an order that nobody will pay."""
        await self._note(CANCEL_ORDER, order_id, peer_messages.order_to_cancel(order_id))

    async def note_case_withdrawal(self, case_id: str) -> None:
        """ID-15: notes that review need not decide a case any more."""
        await self._note(WITHDRAW_CASE, case_id, peer_messages.case_to_withdraw(case_id))

    async def note_late_money_decision(self, order_id: str, *, attach: bool) -> None:
        """PA-6: notes what payment shall do with money that arrived late."""
        await self._note(SETTLE_LATE_MONEY, order_id, peer_messages.late_money_decision(order_id, attach=attach))

    async def _announce_ticket(self, registration: Registration, ticket_number: str) -> None:
        event = peer_messages.ticket_number_issued(registration, ticket_number)
        await self._note(IDENTITY, registration.candidate_id, event)

    async def _note(self, destination: str, aggregate_id: str, message: Message) -> None:
        await chassis_outbox.add(self._connection, outbox, destination, aggregate_id, message, self._clock)


def _moving(event: SelectionEvent) -> Any:
    """An update of the selections to which an event may happen."""
    return update(selections).where(selections.c.state.in_([state.value for state in states_before(event)]))
