"""Importing enrolled candidates' registrations (在籍考生), with what they have passed (OP-1)."""

from collections.abc import Sequence

from chassis.audit_log.notes import AuditAction, AuditNote
from chassis.errors import Contention
from chassis.ids import derived_id
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.imports.enrolled_import import EnrolledImport, EnrolledRow, plan_enrolled
from services.enrollment.domain.registrations import Origin, ProofState, Registration


async def import_registrations(deps: Dependencies, rows: Sequence[EnrolledRow], *, dry_run: bool) -> EnrolledImport:
    """All or nothing; the same rows again change nothing. Raises Contention."""
    catalogue = await deps.catalogue_cache.latest()
    by_ticket_number = await deps.registrations.find_by_ticket_number({row.ticket_number for row in rows})
    by_candidate = await deps.registrations.list_registrations_of_all({row.candidate_id for row in rows})
    plan = plan_enrolled(rows, catalogue, by_ticket_number, by_candidate)
    apply = not dry_run and not plan.problems
    if apply:
        passed = [(row.candidate_id, code) for row in rows for code in row.passed_course_codes]
        async with deps.transactions.begin() as transaction:
            if not await transaction.add_enrolled_registrations([_enrolled(deps, row) for row in plan.additions]):
                raise Contention()
            await transaction.add_passed_courses(passed)
            facts = {"rows": str(len(rows)), "added": str(len(plan.additions))}
            note = AuditNote(AuditAction.REGISTRATIONS_IMPORTED, "registrations", "", facts=facts)
            await transaction.add_audit_entry(note)
    return EnrolledImport(apply, len(plan.additions), plan.existing, plan.problems)


def _enrolled(deps: Dependencies, row: EnrolledRow) -> Registration:
    return Registration(
        registration_id=derived_id("enrolled", row.ticket_number),
        candidate_id=row.candidate_id,
        school_code=row.school_code,
        major_code=row.major_code,
        origin=Origin.ENROLLED,
        proof_state=ProofState.NOT_NEEDED,
        ticket_number=row.ticket_number,
        create_time=deps.clock.now(),
    )
