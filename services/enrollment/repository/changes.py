"""Changes that stand or fall together: registering, hearing of a standing, an order's fate, a review's decision."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Text as SqlText
from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, UUID, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import Clock
from chassis.events import outbox
from chassis.postgres.database import Database, violated_constraint
from services.enrollment.domain.catalogue import Text
from services.enrollment.domain.checkout import Checkout, CheckoutState
from services.enrollment.domain.registration import Origin, ProofState, Registration, Standing
from services.enrollment.domain.selection import SelectionEvent, SelectionState, VoidReason, states_before
from services.enrollment.mapping import messages
from services.enrollment.ports import CaseToOpen, UnitOfWork
from services.enrollment.repository import rows
from services.enrollment.repository.registrations import BY_ID, OF_CANDIDATE
from services.enrollment.repository.selections import OPEN_CASE
from services.enrollment.tables import (
    MAJOR_CHANGE,
    OUTBOX,
    PASSED_COURSE,
    REGISTRATION,
    SELECTION,
    STANDING,
    TEXT_ACCEPTANCE,
    TICKET_NUMBER,
    TICKET_NUMBERS,
)

IDENTITY: Final = "identity"
CREATE_REFUND: Final = "payment.CreateRefund"
SETTLE_LATE_MONEY: Final = "payment.SettleLateMoney"
CREATE_REFUND_BATCH: Final = "payment.CreateRefundBatch"

_IDS: Final = ARRAY(UUID(as_uuid=False))

_ADD_REGISTRATION: Final = insert(REGISTRATION).on_conflict_do_nothing().returning(REGISTRATION.c.registration_id)


def _returning_checkout(statement: str) -> str:
    return f"{statement} RETURNING {rows.CHECKOUT_COLUMNS}".replace("::", r"\:\:")


_SETTLE: Final = text(
    _returning_checkout("UPDATE checkout SET state = :state WHERE order_id = ANY(:order_ids) AND state <> 'PAID'")
).bindparams(bindparam("order_ids", type_=_IDS))
_EFFECTIVE: Final = text(
    """
WITH paid AS (SELECT * FROM unnest(:order_ids, :ids) AS p(order_id, selection_id)),
counted AS (
  UPDATE selection s SET state = 'EFFECTIVE', order_id = paid.order_id, update_time = :now FROM paid
  WHERE s.selection_id = paid.selection_id
    AND (s.state = 'DRAFT' OR (s.state = 'RESERVED' AND s.order_id = paid.order_id))
  RETURNING paid.order_id, paid.selection_id)
SELECT order_id, selection_id FROM counted
UNION ALL
SELECT paid.order_id, paid.selection_id FROM paid JOIN selection s USING (selection_id, order_id)
WHERE s.state = 'EFFECTIVE'
"""
).bindparams(bindparam("ids", type_=_IDS), bindparam("order_ids", type_=_IDS))
_HOLD_AGAIN: Final = text(
    """
WITH locked AS MATERIALIZED (
  SELECT selection_id FROM selection WHERE selection_id = ANY(:ids) AND state = 'DRAFT' ORDER BY selection_id FOR UPDATE
), unsettled AS (
  UPDATE checkout SET state = 'UNSETTLED'
  WHERE order_id = :order_id AND (SELECT count(*) FROM locked) = cardinality(:ids) AND state = 'ENDED_UNPAID'
  RETURNING order_id)
UPDATE selection SET state = 'RESERVED', order_id = unsettled.order_id, update_time = :now
FROM unsettled WHERE selection_id = ANY(:ids)
"""
).bindparams(bindparam("ids", type_=_IDS), bindparam("order_id", type_=UUID(as_uuid=False)))

_PLACES_WAIT: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:places, 0))")


class ChangesInTransaction:
    """Changes on one connection inside a transaction."""

    def __init__(self, connection: AsyncConnection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock

    async def lock_standing(self, candidate_id: str) -> Standing:
        """The standing, locked: whoever registers or hears of a standing waits for the other here (ID-9)."""
        first = insert(STANDING).values(candidate_id=candidate_id)
        statement = first.on_conflict_do_update(
            index_elements=["candidate_id"], set_={"candidate_id": first.excluded.candidate_id}
        ).returning(*STANDING.c)
        return rows.standing(candidate_id, dict((await self._connection.execute(statement)).mappings().one()))

    async def keep_standing(self, standing: Standing) -> None:
        """Keeps a standing unless a newer one is kept already."""
        values = {
            "version": standing.version,
            "details_confirmed": standing.details_confirmed,
            "phone_verified": standing.phone_verified,
            "identity_state": standing.identity_state.value,
            "document_type": standing.document_type,
            "correction_state": standing.correction_state.value,
        }
        first = insert(STANDING).values(candidate_id=standing.candidate_id, **values)
        newer = STANDING.c.version < first.excluded.version
        await self._connection.execute(
            first.on_conflict_do_update(index_elements=["candidate_id"], set_=values, where=newer)
        )

    async def registrations_of(self, candidate_id: str) -> tuple[Registration, ...]:
        """The candidate's registrations, the oldest first."""
        found = await self._connection.execute(OF_CANDIDATE, {"candidate_id": candidate_id})
        return tuple(rows.registration(row) for row in found)

    async def registration(self, registration_id: str) -> Registration | None:
        """A registration, locked."""
        locking = text(f"{BY_ID.text} FOR UPDATE")
        found = (await self._connection.execute(locking, {"registration_id": registration_id})).one_or_none()
        return rows.registration(found) if found else None

    async def add_registration(self, registration: Registration, case: CaseToOpen | None) -> bool:
        """Adds a registration, with the case to open where its proofs are reviewed (EN-4)."""
        added = await self._connection.execute(_ADD_REGISTRATION, [rows.registration_row(registration)])
        if added.one_or_none() is None:
            return False
        if registration.ticket_number:
            await self._announce_ticket(registration, registration.ticket_number)
        if case is not None:
            await self._note(OPEN_CASE, case.case_id, messages.case_to_open(case))
        return True

    async def add_enrolled(self, registrations: Sequence[Registration]) -> bool:
        """Adds registrations that have their ticket numbers already, all with one statement (OP-1)."""
        if not registrations:
            return True
        stored = [rows.registration_row(registration) for registration in registrations]
        added = (await self._connection.execute(_ADD_REGISTRATION, stored)).all()
        now = self._clock.now()
        told = [
            outbox.row(IDENTITY, one.candidate_id, messages.ticket_number_issued(one, one.ticket_number), now)
            for one in registrations
        ]
        await self._connection.execute(insert(OUTBOX), told)
        return len(added) == len(registrations)

    async def accept_text(self, candidate_id: str, text: Text, now: datetime) -> None:
        """Records that a text was accepted in its version."""
        statement = insert(TEXT_ACCEPTANCE).values(
            candidate_id=candidate_id, kind=text.kind.value, scope=text.scope, version=text.version, accept_time=now
        )
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def set_proof_state(self, registration_id: str, state: ProofState) -> None:
        """Moves the proofs of a registration on."""
        await self._connection.execute(
            update(REGISTRATION)
            .where(REGISTRATION.c.registration_id == registration_id)
            .values(proof_state=state.value, version=REGISTRATION.c.version + 1)
        )

    async def change_major(
        self, before: Registration, major_code: str, reason: str, operator_id: str, now: datetime
    ) -> None:
        """Changes the major, with who did it and why."""
        changed = REGISTRATION.c.registration_id == before.registration_id
        await self._connection.execute(
            update(REGISTRATION).where(changed).values(major_code=major_code, version=before.version + 1)
        )
        await self._connection.execute(
            insert(MAJOR_CHANGE).values(
                registration_id=before.registration_id,
                version=before.version + 1,
                old_major_code=before.major_code,
                new_major_code=major_code,
                reason=reason,
                operator_id=operator_id,
                change_time=now,
            )
        )

    async def has_live_selections(self, registration_id: str) -> bool:
        """Whether courses are selected under the registration."""
        live = select(SELECTION.c.selection_id).where(SELECTION.c.registration_id == registration_id, SELECTION.c.live)
        return (await self._connection.execute(live.limit(1))).first() is not None

    async def draw_ticket_numbers(self, count: int) -> Sequence[int]:
        """The next running numbers; drawn once, whether they are used or not."""
        drawn = select(TICKET_NUMBERS.next_value()).select_from(func.generate_series(1, count))
        return sorted((await self._connection.execute(drawn)).scalars())

    async def unused(self, ticket_numbers: Sequence[str]) -> Sequence[str]:
        """Those that belong to no registration, in their order."""
        held = select(REGISTRATION.c.ticket_number).where(
            REGISTRATION.c.ticket_number == func.any(bindparam("numbers", list(ticket_numbers), ARRAY(SqlText)))
        )
        taken = set((await self._connection.execute(held)).scalars())
        return [number for number in ticket_numbers if number not in taken]

    async def issue(self, registration: Registration, ticket_number: str) -> bool:
        """Gives a registration its ticket number, once, and announces it.

        False when the number is taken (invariant 4).
        """
        statement = (
            update(REGISTRATION)
            .where(
                REGISTRATION.c.registration_id == registration.registration_id, REGISTRATION.c.ticket_number.is_(None)
            )
            .values(ticket_number=ticket_number, version=REGISTRATION.c.version + 1)
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

    async def add_passed(self, passed: Iterable[tuple[str, str]]) -> None:
        """Records passed courses: candidate's id and course code."""
        stored = [{"candidate_id": candidate_id, "course_code": code} for candidate_id, code in sorted(set(passed))]
        if stored:
            await self._connection.execute(insert(PASSED_COURSE).on_conflict_do_nothing(), stored)

    async def settle(self, order_ids: Sequence[str], state: CheckoutState) -> Sequence[Checkout]:
        """Settles checkouts that are not paid yet; the answer leaves out those that are or that were never made."""
        found = await self._connection.execute(_SETTLE, {"order_ids": list(order_ids), "state": state.value})
        return [rows.checkout(row) for row in found]

    async def make_effective(self, paid: Mapping[str, Sequence[str]], now: datetime) -> Mapping[str, frozenset[str]]:
        """EN-8: makes paid selections count where they are held; the answer names those that count by their order."""
        pairs = [(order_id, selection_id) for order_id in paid for selection_id in paid[order_id]]
        order_ids, ids = [order_id for order_id, _ in pairs], [selection_id for _, selection_id in pairs]
        found = await self._connection.execute(_EFFECTIVE, {"order_ids": order_ids, "ids": ids, "now": now})
        counted = {(str(row[0]), str(row[1])) for row in found}
        return {order_id: frozenset(one for one in paid[order_id] if (order_id, one) in counted) for order_id in paid}

    async def release(
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
            .where(SELECTION.c.selection_id.in_(list(selection_ids)), SELECTION.c.order_id == order_id)
            .values(state=to.value, void_reason=reason.value if reason else None, order_id=None, update_time=now)
        )
        await self._connection.execute(statement)

    async def hold_again(self, order_id: str, selection_ids: Sequence[str], now: datetime) -> bool:
        """PA-6: reserves released drafts for their old order again, all of them or none."""
        try:
            async with self._connection.begin_nested():
                held = await self._connection.execute(
                    _HOLD_AGAIN, {"order_id": order_id, "ids": list(selection_ids), "now": now}
                )
        except IntegrityError:  # another checkout of the session is unsettled: the courses are promised to it
            return False
        return bool(held.rowcount)

    async def refunded(self, selection_ids: Sequence[str], now: datetime) -> None:
        """Invariant 2: ends selections whose money was given back."""
        refunded = SELECTION.c.selection_id == func.any(bindparam("ids", list(selection_ids), _IDS))
        void = _void(VoidReason.REFUNDED, now)
        await self._connection.execute(_moving(SelectionEvent.REFUNDED).where(refunded).values(void))

    async def decide_practice(
        self, selection_id: str, to: SelectionState, reason: VoidReason | None, now: datetime
    ) -> None:
        """EN-10: moves a practice selection on after its review."""
        await self._connection.execute(
            update(SELECTION)
            .where(SELECTION.c.selection_id == selection_id, SELECTION.c.state == SelectionState.UNDER_REVIEW.value)
            .values(state=to.value, void_reason=reason.value if reason else None, update_time=now)
        )

    async def ask_refund(self, order_id: str, selection_ids: Sequence[str]) -> None:
        """PA-6: notes that payment shall give the money of these items back."""
        await self._note(CREATE_REFUND, order_id, messages.refund_to_create(order_id, selection_ids))

    async def decide_late_money(self, order_id: str, *, attach: bool) -> None:
        """PA-6: notes what payment shall do with money that arrived late."""
        await self._note(SETTLE_LATE_MONEY, order_id, messages.late_money_decision(order_id, attach=attach))

    async def new_students(self, school_code: str, major_code: str) -> int:
        """EN-4: how many new students a school has in a major; who counts waits until the one before is through."""
        await self._connection.execute(_PLACES_WAIT, {"places": f"zikao.places.{school_code}.{major_code}"})
        held = REGISTRATION.c.school_code == school_code, REGISTRATION.c.major_code == major_code
        new = REGISTRATION.c.origin == Origin.NEW.value
        statement = select(func.count()).select_from(REGISTRATION).where(*held, new)
        count: int = (await self._connection.execute(statement)).scalar_one()
        return count

    async def _announce_ticket(self, registration: Registration, ticket_number: str) -> None:
        await self._note(
            IDENTITY, registration.candidate_id, messages.ticket_number_issued(registration, ticket_number)
        )

    async def _note(self, destination: str, aggregate_id: str, message: Any) -> None:
        await outbox.add(self._connection, OUTBOX, destination, aggregate_id, message, self._clock)


def _moving(event: SelectionEvent) -> Any:
    """An update of the selections to which an event may happen."""
    return update(SELECTION).where(SELECTION.c.state.in_([state.value for state in states_before(event)]))


def _void(reason: VoidReason, now: datetime) -> dict[str, Any]:
    return {"state": SelectionState.VOID.value, "void_reason": reason.value, "update_time": now}


def unit_of_work(db: Database, clock: Clock, *, wake: Callable[[], None]) -> UnitOfWork:
    """Opens a transaction for changes; what it noted for others is sent as soon as it is committed."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[ChangesInTransaction]:
        async with db.transaction() as connection:
            yield ChangesInTransaction(connection, clock)
        wake()

    return opened
