"""Registrations on a real PostgreSQL (ID-5, ID-12, ID-13) and the import of enrolled candidates."""

import pytest

from chassis.audit_log.notes import AuditAction
from chassis.errors import Contention, StaleEtag
from chassis.ids import new_id
from chassis.security.tokens import Access, Principal
from services.enrollment.domain.imports.enrolled_import import EnrolledRow
from services.enrollment.domain.registrations import IdentityState, Origin, Standing
from services.enrollment.errors import MajorFixed, MajorHasSelections, TextOutdated
from services.enrollment.usecases import registrations, selections
from services.enrollment.usecases.administration import enrolled_import
from tests.integration.enrollment.stand_ins import (
    ACCOUNTING,
    CHINESE,
    FINANCE_UNIVERSITY,
    NORMAL_UNIVERSITY,
    refusals,
    select,
)
from tests.support.audit_notes import audit_notes
from tests.support.refusals import race


def enrolled(candidate_id: str, ticket_number: str, **changes) -> EnrolledRow:
    values = {"school_code": NORMAL_UNIVERSITY, "major_code": CHINESE, "passed_course_codes": ("00037", "03708")}
    return EnrolledRow(candidate_id=candidate_id, ticket_number=ticket_number, **{**values, **changes})


def ticket() -> str:
    return f"T{new_id().replace('-', '')[-12:].upper()}"


async def test_a_registration_records_the_pledge_with_its_version(deps, db) -> None:  # ID-5
    candidate_id = new_id()
    held = await registrations.register_for_major(deps, candidate_id, NORMAL_UNIVERSITY, CHINESE, "1")
    accepted = await db.driver.fetchrow(
        "SELECT kind, version FROM text_acceptances WHERE candidate_id = $1", candidate_id
    )
    assert (held.origin, held.pledge_version) == (Origin.NEW, "1")
    assert tuple(accepted) == ("INTEGRITY_PLEDGE", 1)


async def test_a_pledge_that_is_not_in_force_is_not_accepted(deps) -> None:  # ID-5
    with pytest.raises(TextOutdated):
        await registrations.register_for_major(deps, new_id(), NORMAL_UNIVERSITY, CHINESE, "7")


async def test_registering_again_answers_the_same_registration(deps) -> None:  # F-10
    candidate_id = new_id()
    first = await registrations.register_for_major(deps, candidate_id, NORMAL_UNIVERSITY, CHINESE, "1")
    assert await registrations.register_for_major(deps, candidate_id, NORMAL_UNIVERSITY, CHINESE, "1") == first


async def test_registering_many_times_at_once_makes_one_registration(deps, make_deps) -> None:  # F-10
    candidate_id = new_id()
    found = await race(
        *(
            registrations.register_for_major(make_deps(), candidate_id, NORMAL_UNIVERSITY, CHINESE, "1")
            for _ in range(6)
        )
    )
    assert refusals(found) == []
    assert len(await deps.registrations.list_registrations(candidate_id)) == 1


async def test_a_new_candidate_cannot_change_the_major(deps, make_deps) -> None:  # ID-12
    candidate_id = new_id()
    found = await race(
        registrations.register_for_major(deps, candidate_id, NORMAL_UNIVERSITY, CHINESE, "1"),
        registrations.register_for_major(make_deps(), candidate_id, FINANCE_UNIVERSITY, ACCOUNTING, "1"),
    )
    assert refusals(found) == [MajorFixed]


async def test_an_enrolled_candidate_adds_a_registration_at_another_school(deps, hear) -> None:  # ID-13
    candidate_id = new_id()
    await enrolled_import.import_registrations(deps, [enrolled(candidate_id, ticket())], dry_run=False)
    await hear(Standing(candidate_id, 1, True, True, IdentityState.VERIFIED))
    added = await registrations.register_for_major(deps, candidate_id, FINANCE_UNIVERSITY, ACCOUNTING, "1")
    assert added.origin is Origin.ENROLLED
    assert added.ticket_number != ""


async def test_an_import_brings_ticket_numbers_and_passed_courses(deps, db) -> None:  # OP-1
    candidate_id, number = new_id(), ticket()
    done = await enrolled_import.import_registrations(deps, [enrolled(candidate_id, number)], dry_run=False)
    (held,) = await deps.registrations.list_registrations(candidate_id)
    announced = await db.driver.fetchval("SELECT count(*) FROM outbox WHERE aggregate_id = $1", candidate_id)
    assert (done.applied, done.added) == (True, 1)
    assert (held.ticket_number, held.origin, announced) == (number, Origin.ENROLLED, 1)
    assert await deps.registrations.list_passed_courses(candidate_id) == {"00037", "03708"}


async def test_a_second_import_of_the_same_rows_changes_nothing(deps, db) -> None:  # OP-1
    rows = [enrolled(new_id(), ticket()) for _ in range(3)]
    await enrolled_import.import_registrations(deps, rows, dry_run=False)
    again = await enrolled_import.import_registrations(deps, rows, dry_run=False)
    assert (again.applied, again.added, again.existing) == (True, 0, 3)
    assert await db.driver.fetchval("SELECT count(*) FROM outbox WHERE aggregate_id = $1", rows[0].candidate_id) == 1


async def test_with_one_bad_row_nothing_is_imported_and_every_bad_row_is_named(deps) -> None:  # OP-1
    good, number = new_id(), ticket()
    rows = [
        enrolled(good, ticket()),
        enrolled(new_id(), number),
        enrolled(new_id(), number),
        enrolled(new_id(), "?"),
        enrolled(new_id(), ticket(), major_code="101101"),
    ]
    done = await enrolled_import.import_registrations(deps, rows, dry_run=False)
    assert [(each.row, each.column) for each in done.problems] == [
        (2, "ticket_number"),
        (3, "ticket_number"),
        (4, "ticket_number"),
        (5, "major_code"),
    ]
    assert await deps.registrations.list_registrations(good) == ()


async def test_a_ticket_number_belongs_to_one_registration_for_ever(deps, make_deps) -> None:  # invariant 4
    number = ticket()
    found = await race(
        *(
            enrolled_import.import_registrations(make_deps(), [enrolled(new_id(), number)], dry_run=False)
            for _ in range(4)
        )
    )
    applied = [done for done in found if not isinstance(done, Exception) and done.applied]
    assert len(applied) == 1
    assert set(refusals(found)) <= {Contention}


async def test_an_operator_changes_a_major_with_a_reason(deps, db) -> None:  # ID-12
    candidate_id = new_id()
    held = await registrations.register_for_major(deps, candidate_id, FINANCE_UNIVERSITY, ACCOUNTING, "1")
    change = held.registration_id, "120206", "报名时误选"
    with pytest.raises(StaleEtag):
        await registrations.change_major(deps, *change, "r9", "operator-1")
    changed = await registrations.change_major(deps, *change, "r1", "operator-1")
    assert (changed.major_code, changed.version) == ("120206", 2)
    noted = await db.driver.fetchrow("SELECT * FROM major_changes WHERE registration_id = $1", held.registration_id)
    assert (noted["old_major_code"], noted["reason"]) == (ACCOUNTING, "报名时误选")


async def test_a_major_with_selected_courses_is_not_changed(ready_candidate, deps) -> None:
    candidate = await ready_candidate((FINANCE_UNIVERSITY, ACCOUNTING))
    await select(candidate, "15043", deps)
    with pytest.raises(MajorHasSelections):
        await registrations.change_major(deps, candidate.registration_id, "120206", "误选", "", "operator-1")


async def test_an_operator_reads_every_selection_of_a_person_and_the_look_is_an_entry(candidate, deps, db) -> None:
    # OP-3, ID-19
    held = await select(candidate, "00539", deps)
    await selections.take_back_selection(deps, candidate.candidate_id, held.selection_id)
    again = await select(candidate, "00538", deps)
    operator = Principal(Access.OPERATOR, new_id())
    shown = await registrations.list_selections(deps, candidate.candidate_id, operator)
    assert [one.selection.selection_id for one in shown] == [again.selection_id, held.selection_id]
    noted = await audit_notes(db, candidate_id=candidate.candidate_id)
    assert [note.action for note in noted] == [AuditAction.REGISTRATIONS_VIEWED]
