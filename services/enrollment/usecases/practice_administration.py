"""What a school does with its practice courses: set their times (EN-6), and confirm what it has collected (EN-10).

A school's reviewer acts for that school only (RE-2); operators act for all.
"""

from collections.abc import Sequence
from datetime import datetime

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.errors import NotFound, PermissionDenied
from chassis.optimistic_retry import until_applied
from chassis.security.tokens import Access, Principal
from chassis.transitions import advance
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.catalogue import Catalogue, ExamSession, SessionState, Sitting
from services.enrollment.domain.catalogue_lookups import session_of
from services.enrollment.domain.gates import Gate, GateContext, payment_gates
from services.enrollment.domain.imports.practice_payments import PaymentsImport, plan_payments
from services.enrollment.domain.practice_sittings import (
    Collision,
    PracticeEntry,
    PracticeQuery,
    PracticeTimeSet,
    must_examine,
)
from services.enrollment.domain.selections import (
    TRANSITIONS,
    SelectionEvent,
    SelectionState,
    ShownSelection,
    VoidReason,
)
from services.enrollment.errors import SessionEnded
from services.enrollment.repository.transactional_writes import Transaction
from services.enrollment.usecases.gates import pass_gates, read_context


async def set_practice_time(deps: Dependencies, wanted: Sitting, actor: Principal) -> PracticeTimeSet:
    """EN-6: sets, moves or clears a practice time and re-checks everyone who has selected it, in one transaction.

    Raises PermissionDenied, NotFound, InvalidRequest, Contention.
    """
    _require_acting_for(actor, wanted.school_code)

    async def attempt() -> tuple[Collision, ...] | None:
        catalogue = await deps.catalogue_cache.latest()
        must_examine(catalogue, wanted.session_id, wanted.school_code, wanted.course_code)
        async with deps.practice_courses.begin_setting_time(catalogue.revision) as transaction:
            if transaction is None:
                return None
            if _changes(catalogue, wanted):
                name, note = catalogue.courses[wanted.course_code].name, _time_set(wanted)
                await transaction.set_time(wanted, name, note, deps.clock.now())
            return await transaction.list_collisions(wanted)

    collisions = await until_applied(attempt)
    return PracticeTimeSet(wanted, collisions, await deps.catalogue_cache.latest())


async def list_collisions(
    deps: Dependencies, query: PracticeQuery, actor: Principal, after: tuple[str, str] | None, size: int
) -> Sequence[Collision]:
    """EN-6: a page of the selections that collide with a time the school has set. Raises PermissionDenied, NotFound."""
    await _require_sight(deps, query, actor)
    return await deps.practice_courses.list_collisions(query, after, size)


async def list_practice_selections(
    deps: Dependencies, query: PracticeQuery, actor: Principal, after: tuple[datetime, str] | None, size: int
) -> Sequence[PracticeEntry]:
    """EN-10: a page of a school's practice selections. Raises PermissionDenied, NotFound."""
    await _require_sight(deps, query, actor)
    return await deps.practice_courses.list_entries(query, after, size)


async def confirm_practice_payment(deps: Dependencies, selection_id: str, actor: Principal) -> ShownSelection:
    """EN-8, EN-10: the school has collected the fee, and the selection counts; one that counts stays as it is.

    Raises NotFound, IllegalMove, SessionEnded, GatesUnmet, Contention.
    """

    async def attempt() -> ShownSelection | None:
        entry = await deps.practice_courses.get_entry(selection_id)
        if entry is None or not _acts_for(actor, entry.school_code):
            raise NotFound()
        selection = entry.selection
        if selection.state is not SelectionState.EFFECTIVE:
            advance(TRANSITIONS, selection.state, SelectionEvent.CONFIRMED_BY_SCHOOL)
            await _require_payable(deps, entry)
            whom = selection_id, selection.candidate_id
            note = AuditNote(AuditAction.PRACTICE_PAYMENT_CONFIRMED, "selection", *whom)
            confirmed = await deps.practice_courses.confirm_paid([selection_id], note, deps.clock.now())
            if not confirmed:
                return None
            selection = confirmed[selection_id]
        return ShownSelection(selection, entry.school_code, await deps.catalogue_cache.current())

    return await until_applied(attempt)


async def import_practice_payments(
    deps: Dependencies, session_id: str, school_code: str, content: bytes, actor: Principal, *, dry_run: bool
) -> PaymentsImport:
    """EN-10: confirms what a file lists, all or nothing; the same file again changes nothing.

    Raises PermissionDenied, NotFound, SessionEnded, Contention.
    """
    query = PracticeQuery(session_id, school_code)

    async def attempt() -> PaymentsImport | None:
        await _require_sight(deps, query, actor)
        plan = plan_payments(content, await deps.practice_courses.list_entries(query))
        if dry_run or plan.problems or not plan.to_confirm:
            return PaymentsImport(plan, applied=not dry_run and not plan.problems)
        _require_open(deps, session_of(await deps.catalogue_cache.latest(), session_id))
        facts = {"school_code": school_code, "confirmed": str(len(plan.to_confirm))}
        note = AuditNote(AuditAction.PRACTICE_PAYMENTS_IMPORTED, "session", session_id, facts=facts)
        confirmed = await deps.practice_courses.confirm_paid(plan.to_confirm, note, deps.clock.now())
        return PaymentsImport(plan, applied=True) if confirmed else None

    return await until_applied(attempt)


async def record_practice_decision(
    deps: Dependencies, transaction: Transaction, selection_id: str, *, approved: bool
) -> None:
    """EN-10: the school has reviewed a practice course; approved, it awaits payment at the school."""
    event = SelectionEvent.APPROVED_BY_SCHOOL if approved else SelectionEvent.REFUSED_BY_SCHOOL
    to = advance(TRANSITIONS, SelectionState.UNDER_REVIEW, event)
    reason = None if approved else VoidReason.REFUSED_BY_SCHOOL
    await transaction.set_practice_state(selection_id, to, reason, deps.clock.now())


def _time_set(wanted: Sitting) -> AuditNote:
    facts = {"school_code": wanted.school_code, "course_code": wanted.course_code}
    return AuditNote(AuditAction.PRACTICE_TIME_SET, "session", wanted.session_id, facts=facts)


def _changes(catalogue: Catalogue, wanted: Sitting) -> bool:
    present = catalogue.sitting(wanted.session_id, wanted.school_code, wanted.course_code)
    return wanted.day is not None if present is None else present != wanted


async def _require_payable(deps: Dependencies, entry: PracticeEntry) -> None:
    """EN-2, EN-8: inside the window, and with every gate before payment passed."""
    selection = entry.selection
    context = await read_context(deps, selection.candidate_id, selection.session_id)
    _require_open(deps, context.session)

    def ahead(present: GateContext) -> tuple[Gate, ...]:
        registration = present.facts.registration(selection.registration_id)
        return payment_gates(present.facts, [registration] if registration else [])

    await pass_gates(deps, context, ahead)


def _require_open(deps: Dependencies, session: ExamSession) -> None:
    if session.state(deps.clock.now()) is not SessionState.OPEN:
        raise SessionEnded(session_id=session.session_id)


async def _require_sight(deps: Dependencies, query: PracticeQuery, actor: Principal) -> None:
    _require_acting_for(actor, query.school_code)
    catalogue = await deps.catalogue_cache.current()
    if query.session_id not in catalogue.sessions or query.school_code not in catalogue.schools:
        raise NotFound()


def _require_acting_for(actor: Principal, school_code: str) -> None:
    """RE-2: a reviewer acts for the own school. Raises PermissionDenied."""
    if not _acts_for(actor, school_code):
        raise PermissionDenied()


def _acts_for(actor: Principal, school_code: str) -> bool:
    return actor.kind is Access.OPERATOR or (actor.kind is Access.REVIEWER and actor.organisation == school_code)
