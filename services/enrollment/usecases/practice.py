"""What a school does with its practice courses: set their times (EN-6), and confirm what it has collected (EN-10).

A school's reviewer acts for that school only (RE-2); operators act for all.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.errors import NotFound, PermissionDenied
from chassis.security.tokens import Access, Principal
from chassis.telemetry.logs import get_logger
from chassis.transitions import advance
from services.enrollment.domain.catalogue import Catalogue, ExamSession, SessionState, Sitting
from services.enrollment.domain.gates import Gate, payment_gates
from services.enrollment.domain.importing.payments import PaymentsPlan, plan_payments
from services.enrollment.domain.practice import Collision, PracticeEntry, must_examine
from services.enrollment.domain.selection import TRANSITIONS, SelectionEvent, SelectionState
from services.enrollment.errors import Crowded, SessionEnded
from services.enrollment.ports import Ports
from services.enrollment.ports.practice import PracticeQuery
from services.enrollment.usecases import TRIES
from services.enrollment.usecases.gating import Scene, pass_gates, session_of, set_scene

LOOKED_AT_EVERY: Final = timedelta(seconds=30)

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class TimeSet:
    """A practice time as set, with the selections that collide with it."""

    sitting: Sitting
    collisions: tuple[Collision, ...]
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class PaymentsImported:
    """What an import of practice payments did, or would do."""

    plan: PaymentsPlan
    applied: bool


async def set_time(wanted: Sitting, actor: Principal, ports: Ports) -> TimeSet:
    """EN-6: sets, moves or clears a practice time and re-checks everyone who has selected it, in one transaction.

    Raises PermissionDenied, NotFound, InvalidRequest.
    """
    must_act_for(actor, wanted.school_code)
    for _ in range(TRIES):
        catalogue = await ports.catalogues.latest()
        must_examine(catalogue, wanted.session_id, wanted.school_code, wanted.course_code)
        async with ports.practice.setting_time(catalogue.revision) as times:
            if times is None:
                continue
            if _changes(catalogue, wanted):
                await times.set(wanted, catalogue.courses[wanted.course_code].name, ports.clock.now())
            collisions = await times.collisions(wanted)
        return TimeSet(wanted, collisions, await ports.catalogues.latest())
    raise Crowded()


def _changes(catalogue: Catalogue, wanted: Sitting) -> bool:
    present = catalogue.sitting(wanted.session_id, wanted.school_code, wanted.course_code)
    return wanted.day is not None if present is None else present != wanted


async def collisions(query: PracticeQuery, actor: Principal, ports: Ports) -> tuple[Collision, ...]:
    """EN-6: a page of the selections that collide with a time the school has set. Raises PermissionDenied, NotFound."""
    await _must_look(query, actor, ports)
    return await ports.practice.collisions(query)


async def selections(query: PracticeQuery, actor: Principal, ports: Ports) -> tuple[PracticeEntry, ...]:
    """EN-10: a page of a school's practice selections. Raises PermissionDenied, NotFound."""
    await _must_look(query, actor, ports)
    return await ports.practice.entries(query)


async def confirm_payment(selection_id: str, actor: Principal, ports: Ports) -> PracticeEntry:
    """EN-8, EN-10: the school has collected the fee, and the selection counts; one that counts stays as it is.

    Raises NotFound, IllegalMove, SessionEnded, GatesUnmet.
    """
    for _ in range(TRIES):
        entry = await ports.practice.get(selection_id)
        if entry is None or not _acts_for(actor, entry.school_code):
            raise NotFound()
        if entry.selection.state is SelectionState.EFFECTIVE:
            return entry
        advance(TRANSITIONS, entry.selection.state, SelectionEvent.CONFIRMED_BY_SCHOOL)
        await _may_be_paid(entry, ports)
        confirmed = await ports.practice.confirm([selection_id], ports.clock.now())
        if confirmed:
            return PracticeEntry(entry.ticket_number, entry.school_code, confirmed[selection_id])
    raise Crowded()


async def _may_be_paid(entry: PracticeEntry, ports: Ports) -> None:
    """EN-2, EN-8: inside the window, and with every gate before payment passed."""
    selection = entry.selection
    facts = await ports.desks.facts(selection.candidate_id, selection.session_id)
    scene = await set_scene(selection.candidate_id, selection.session_id, facts, ports)
    _must_be_open(scene.session, ports)

    def ahead(present: Scene) -> tuple[Gate, ...]:
        registration = present.facts.registration(selection.registration_id)
        return payment_gates(present.facts, [registration] if registration else [])

    await pass_gates(scene, ahead, ports)


def _must_be_open(session: ExamSession, ports: Ports) -> None:
    if session.state(ports.clock.now()) is not SessionState.OPEN:
        raise SessionEnded(session_id=session.session_id)


async def import_payments(
    session_id: str, school_code: str, content: bytes, actor: Principal, ports: Ports, *, dry_run: bool
) -> PaymentsImported:
    """EN-10: confirms what a file lists, all or nothing; the same file again changes nothing.

    Raises PermissionDenied, NotFound, SessionEnded.
    """
    query = PracticeQuery(session_id, school_code)
    for _ in range(TRIES):
        await _must_look(query, actor, ports)
        plan = plan_payments(content, await ports.practice.entries(query))
        if dry_run or plan.problems or not plan.to_confirm:
            return PaymentsImported(plan, applied=not dry_run and not plan.problems)
        _must_be_open(session_of(await ports.catalogues.latest(), session_id), ports)
        if await ports.practice.confirm(plan.to_confirm, ports.clock.now()):
            return PaymentsImported(plan, applied=True)
    raise Crowded()


async def _must_look(query: PracticeQuery, actor: Principal, ports: Ports) -> None:
    must_act_for(actor, query.school_code)
    catalogue = await ports.catalogues.current()
    if query.session_id not in catalogue.sessions or query.school_code not in catalogue.schools:
        raise NotFound()


def must_act_for(actor: Principal, school_code: str) -> None:
    """RE-2: a reviewer acts for the own school. Raises PermissionDenied."""
    if not _acts_for(actor, school_code):
        raise PermissionDenied()


def _acts_for(actor: Principal, school_code: str) -> bool:
    return actor.kind is Access.OPERATOR or (actor.kind is Access.REVIEWER and actor.organisation == school_code)


class CollisionsSolved:
    """The background job: gives practice selections their time once nothing collides with them any more (EN-6)."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def run(self) -> None:
        """Works until cancelled. A database that is away stops nothing for good."""
        while True:
            try:
                if settled := await self._ports.practice.settle_times():
                    _log.info("collisions_solved", selections=settled)
            except Exception as error:  # whatever it was, the next round is due all the same
                _log.warning("collisions_not_looked_at", error=type(error).__name__)
            await asyncio.sleep(LOOKED_AT_EVERY.total_seconds())
