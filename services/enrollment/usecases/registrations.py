"""Registering for a major (ID-5, ID-13), changing it (ID-12), what its proofs lead to (EN-4), and reading all that."""

from collections.abc import Sequence
from dataclasses import replace

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.errors import Contention, NotFound, StaleEtag, Unauthenticated, must_exist
from chassis.ids import derived_id, new_id
from chassis.security.tokens import Access, Principal
from chassis.transitions import advance
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.catalogue import Catalogue, TextKind
from services.enrollment.domain.registrations import (
    PROOF_TRANSITIONS,
    CaseKind,
    CaseToOpen,
    IdentityState,
    Origin,
    ProofEvent,
    ProofState,
    Registration,
    RegistrationFile,
    first_proof_state,
    must_accept_current,
    origin_of_next,
    plan_to_register_for,
)
from services.enrollment.domain.selections import ShownSelection
from services.enrollment.errors import MajorFull, MajorHasSelections
from services.enrollment.repository.transactional_writes import Transaction
from services.enrollment.usecases.ticket_numbers import issue_ticket_numbers


async def register_for_major(
    deps: Dependencies, candidate_id: str, school_code: str, major_code: str, pledge_version: str
) -> Registration:
    """ID-5: registers a candidate for a major and records the pledge; the same again answers the registration that
    exists.

    Raises NotHosted, TextOutdated, MajorFixed, MajorFull; Unauthenticated when the account has ended (ID-15).
    """
    catalogue = await deps.catalogue_cache.latest()
    plan_to_register_for(catalogue, school_code, major_code)
    async with deps.transactions.begin() as transaction:
        if (await transaction.lock_standing(candidate_id)).identity_state is IdentityState.ENDED:
            raise Unauthenticated()
        existing = await transaction.list_own_registrations(candidate_id)
        for held in existing:
            if (held.school_code, held.major_code) == (school_code, major_code):
                return held
        pledge = must_accept_current(catalogue, TextKind.INTEGRITY_PLEDGE, pledge_version)
        now = deps.clock.now()
        wanted = Registration(
            registration_id=new_id(),
            candidate_id=candidate_id,
            school_code=school_code,
            major_code=major_code,
            origin=origin_of_next(existing),
            proof_state=first_proof_state(catalogue, major_code),
            pledge_version=pledge_version,
            create_time=now,
        )
        await _require_place(transaction, wanted, catalogue)
        if pledge is not None:
            await transaction.add_text_acceptance(candidate_id, pledge, now)
        return await _add(deps, transaction, wanted)


async def change_major(
    deps: Dependencies, registration_id: str, major_code: str, reason: str, etag: str, operator_id: str
) -> Registration:
    """Changes a registration's major within its school, by an operator with a reason (ID-12).

    Raises NotFound, NotHosted, StaleEtag, MajorHasSelections, MajorFull.
    """
    catalogue = await deps.catalogue_cache.latest()
    async with deps.transactions.begin() as transaction:
        before = must_exist(await transaction.lock_registration(registration_id))
        if etag not in ("", before.etag):
            raise StaleEtag()
        plan_to_register_for(catalogue, before.school_code, major_code)
        if before.major_code == major_code:
            return before
        if await transaction.has_live_selections(registration_id):
            raise MajorHasSelections()
        await _require_place(transaction, replace(before, major_code=major_code), catalogue)
        await transaction.set_major(before, major_code, reason, operator_id, deps.clock.now())
        facts = {"from": before.major_code, "to": major_code}
        whom = registration_id, before.candidate_id
        await transaction.add_audit_entry(AuditNote(AuditAction.MAJOR_CHANGED, "registration", *whom, reason, facts))
        return await _kept(transaction, registration_id)


async def record_proofs_decision(
    deps: Dependencies, transaction: Transaction, registration_id: str, event: ProofEvent
) -> None:
    """EN-4, ID-9: a special major's proofs were decided on; approval may make the ticket number due."""
    registration = await transaction.lock_registration(registration_id)
    if registration is None or registration.proof_state in {ProofState.NOT_NEEDED, ProofState.APPROVED}:
        return
    await transaction.set_proof_state(registration_id, advance(PROOF_TRANSITIONS, registration.proof_state, event))
    await issue_ticket_numbers(deps, transaction, registration.candidate_id)


async def list_registrations(deps: Dependencies, candidate_id: str, reader: Principal) -> Sequence[RegistrationFile]:
    """A candidate's registrations with the passed courses, the oldest first; an operator's look is noted (RE-11)."""
    await _note_look(deps, candidate_id, reader)
    passed = await deps.registrations.list_passed_courses(candidate_id)
    return [RegistrationFile(held, passed) for held in await deps.registrations.list_registrations(candidate_id)]


async def get_registration(deps: Dependencies, registration_id: str, reader: Principal) -> RegistrationFile:
    """A registration with the passed courses; a candidate's own, or for operators, whose look is noted, anybody's.

    Raises NotFound.
    """
    held = await deps.registrations.get_registration(registration_id)
    if held is None or (reader.kind is Access.CANDIDATE and held.candidate_id != reader.subject_id):
        raise NotFound()
    await _note_look(deps, held.candidate_id, reader)
    return RegistrationFile(held, await deps.registrations.list_passed_courses(held.candidate_id))


async def list_selections(deps: Dependencies, candidate_id: str, reader: Principal) -> Sequence[ShownSelection]:
    """Every selection of a candidate, the newest first; an operator's look is noted (OP-3)."""
    await _note_look(deps, candidate_id, reader)
    catalogue = await deps.catalogue_cache.current()
    schools = {
        held.registration_id: held.school_code for held in await deps.registrations.list_registrations(candidate_id)
    }
    return [
        ShownSelection(held, schools[held.registration_id], catalogue)
        for held in await deps.candidate_sessions.list_selections(candidate_id)
    ]


async def _note_look(deps: Dependencies, candidate_id: str, reader: Principal) -> None:
    if reader.kind is Access.OPERATOR:
        note = AuditNote(AuditAction.REGISTRATIONS_VIEWED, "candidate", candidate_id, candidate_id)
        await deps.audit_log.add_entry(note)


async def _require_place(transaction: Transaction, wanted: Registration, catalogue: Catalogue) -> None:
    """EN-4: a school takes so many new students in a major, first come, first served. Raises MajorFull."""
    cap = catalogue.plans[wanted.school_code, wanted.major_code].host.new_student_cap
    if cap is None or wanted.origin is not Origin.NEW:
        return
    if await transaction.count_new_students(wanted.school_code, wanted.major_code) >= cap:
        raise MajorFull(school_code=wanted.school_code, major_code=wanted.major_code, cap=str(cap))


async def _add(deps: Dependencies, transaction: Transaction, wanted: Registration) -> Registration:
    case = _case_of(wanted, await deps.catalogue_cache.latest())
    wanted = replace(wanted, review_case_id=case.case_id if case else "")
    if not await transaction.add_registration(wanted, case):
        raise Contention()
    await issue_ticket_numbers(deps, transaction, wanted.candidate_id)
    return await _kept(transaction, wanted.registration_id)


async def _kept(transaction: Transaction, registration_id: str) -> Registration:
    kept = await transaction.lock_registration(registration_id)
    assert kept is not None
    return kept


def _case_of(registration: Registration, catalogue: Catalogue) -> CaseToOpen | None:
    """EN-4: a special major's proofs, as they are configured now, are reviewed by the host school."""
    if registration.proof_state is not ProofState.UNDER_REVIEW:
        return None
    return CaseToOpen(
        case_id=derived_id("case", CaseKind.SPECIAL_MAJOR.value, registration.registration_id),
        kind=CaseKind.SPECIAL_MAJOR,
        candidate_id=registration.candidate_id,
        subject_id=registration.registration_id,
        school_code=registration.school_code,
        subject_name=catalogue.majors[registration.major_code].name,
        proofs=catalogue.proofs.get(registration.major_code, ()),
    )
