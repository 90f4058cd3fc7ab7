"""Registering for a major (ID-5, ID-13), importing enrolled candidates, and changing a major (ID-12)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chassis.errors import NotFound, StaleEtag
from chassis.ids import derived_id, new_id
from services.enrollment.domain.catalogue import Catalogue, TextKind
from services.enrollment.domain.enrolling import EnrolledRow, RowProblem, plan_enrolled
from services.enrollment.domain.registration import (
    Origin,
    ProofState,
    Registration,
    first_proof_state,
    must_accept_current,
    origin_of_next,
    plan_to_register_for,
)
from services.enrollment.errors import Crowded, MajorFull, MajorHasSelections
from services.enrollment.ports import CaseKind, CaseToOpen, Changes, Ports
from services.enrollment.usecases.standing import issue_ticket_numbers


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do."""

    applied: bool
    added: int
    existing: int
    problems: tuple[RowProblem, ...]


async def register(
    candidate_id: str, school_code: str, major_code: str, pledge_version: str, ports: Ports
) -> Registration:
    """ID-5: registers a candidate for a major and records the pledge; the same again answers the registration that
    exists.

    Raises NotHosted, TextOutdated, MajorFixed, MajorFull.
    """
    catalogue = await ports.catalogues.latest()
    plan_to_register_for(catalogue, school_code, major_code)
    async with ports.begin() as changes:
        await changes.lock_standing(candidate_id)
        existing = await changes.registrations_of(candidate_id)
        for held in existing:
            if (held.school_code, held.major_code) == (school_code, major_code):
                return held
        pledge = must_accept_current(catalogue, TextKind.INTEGRITY_PLEDGE, pledge_version)
        now = ports.clock.now()
        wanted = Registration(
            registration_id=new_id(),
            candidate_id=candidate_id,
            school_code=school_code,
            major_code=major_code,
            origin=origin_of_next(existing),
            proof_state=first_proof_state(catalogue, major_code),
            ticket_number="",
            pledge_version=pledge_version,
            review_case_id="",
            create_time=now,
        )
        await _find_place(wanted, catalogue, changes)
        if pledge is not None:
            await changes.accept_text(candidate_id, pledge, now)
        return await _add(wanted, changes, ports)


async def _find_place(wanted: Registration, catalogue: Catalogue, changes: Changes) -> None:
    """EN-4: a school takes so many new students in a major, first come, first served. Raises MajorFull."""
    cap = catalogue.plans[wanted.school_code, wanted.major_code].host.new_student_cap
    if cap is None or wanted.origin is not Origin.NEW:
        return
    if await changes.new_students(wanted.school_code, wanted.major_code) >= cap:
        raise MajorFull(school_code=wanted.school_code, major_code=wanted.major_code, cap=str(cap))


async def _add(wanted: Registration, changes: Changes, ports: Ports) -> Registration:
    case = _case_of(wanted)
    wanted = replace(wanted, review_case_id=case.case_id if case else "")
    if not await changes.add_registration(wanted, case):
        raise Crowded()
    await issue_ticket_numbers(wanted.candidate_id, changes, ports.tickets)
    added = await changes.registration(wanted.registration_id)
    assert added is not None
    return added


def _case_of(registration: Registration) -> CaseToOpen | None:
    """EN-4: a special major's proofs are reviewed by the host school."""
    if registration.proof_state is not ProofState.UNDER_REVIEW:
        return None
    return CaseToOpen(
        case_id=derived_id("case", CaseKind.SPECIAL_MAJOR.value, registration.registration_id),
        kind=CaseKind.SPECIAL_MAJOR,
        candidate_id=registration.candidate_id,
        subject_id=registration.registration_id,
        school_code=registration.school_code,
    )


async def import_registrations(rows: Sequence[EnrolledRow], ports: Ports, *, dry_run: bool) -> Imported:
    """Imports enrolled candidates' registrations, all or nothing; the same rows again change nothing."""
    catalogue = await ports.catalogues.latest()
    by_ticket_number = await ports.registrations.by_ticket_number({row.ticket_number for row in rows})
    by_candidate = await ports.registrations.of_all({row.candidate_id for row in rows})
    plan = plan_enrolled(rows, catalogue, by_ticket_number, by_candidate)
    apply = not dry_run and not plan.problems
    if apply:
        async with ports.begin() as changes:
            if not await changes.add_enrolled([_enrolled(row, ports) for row in plan.additions]):
                raise Crowded()
            await changes.add_passed((row.candidate_id, code) for row in rows for code in row.passed_course_codes)
    return Imported(apply, len(plan.additions), plan.existing, plan.problems)


def _enrolled(row: EnrolledRow, ports: Ports) -> Registration:
    return Registration(
        registration_id=derived_id("enrolled", row.ticket_number),
        candidate_id=row.candidate_id,
        school_code=row.school_code,
        major_code=row.major_code,
        origin=Origin.ENROLLED,
        proof_state=ProofState.NOT_NEEDED,
        ticket_number=row.ticket_number,
        pledge_version="",
        review_case_id="",
        create_time=ports.clock.now(),
    )


async def change_major(
    registration_id: str, major_code: str, reason: str, etag: str, operator_id: str, ports: Ports
) -> Registration:
    """Changes a registration's major within its school, by an operator with a reason (ID-12).

    Raises NotFound, NotHosted, StaleEtag, MajorHasSelections, MajorFull.
    """
    catalogue = await ports.catalogues.latest()
    async with ports.begin() as changes:
        before = await changes.registration(registration_id)
        if before is None:
            raise NotFound()
        if etag not in ("", f"r{before.version}"):
            raise StaleEtag()
        plan_to_register_for(catalogue, before.school_code, major_code)
        if before.major_code == major_code:
            return before
        if await changes.has_live_selections(registration_id):
            raise MajorHasSelections()
        await _find_place(replace(before, major_code=major_code), catalogue, changes)
        await changes.change_major(before, major_code, reason, operator_id, ports.clock.now())
        after = await changes.registration(registration_id)
        assert after is not None
        return after
