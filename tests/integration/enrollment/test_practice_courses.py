"""Practice courses: times that schools set (EN-6), offline payment (EN-10), and who may do what (RE-2)."""

import asyncio
from datetime import datetime, timedelta

import pytest

from chassis.clock import SHANGHAI
from chassis.errors import IllegalMove, InvalidRequest, NotFound, PermissionDenied
from chassis.ids import new_id
from chassis.security.tokens import Access, Principal
from services.enrollment.domain.catalogue import SessionState
from services.enrollment.domain.imports.enrolled_import import EnrolledRow
from services.enrollment.domain.practice_sittings import PracticeQuery, sitting_at
from services.enrollment.domain.registrations import IdentityState, Standing
from services.enrollment.domain.selections import SelectionState, VoidReason
from services.enrollment.errors import GatesUnmet, SessionEnded, TimeConflict
from services.enrollment.mapping import candidate as mapping
from services.enrollment.usecases import candidate_overview, practice_administration, registrations, selections
from services.enrollment.usecases.administration import catalogue_changes, enrolled_import
from tests.integration.enrollment.stand_ins import (
    SESSION,
    STAFF_APPRAISAL,
    STAFF_MANAGEMENT,
    STAFF_SELECTION,
    STAFF_UNIVERSITY,
    prepare,
    refusals,
    select,
)
from tests.integration.enrollment.stand_ins import (
    STAFF_LABORATORY as LAB,
)
from tests.support.refusals import race

TONGJI, COMPUTING = "10247", "080901"  # reviews practice courses before payment
PROGRAMMING, DATA_STRUCTURES = "13014", "13004"
THEIR_THEORY = "13013", "13003"
MAJOR = STAFF_UNIVERSITY, STAFF_MANAGEMENT
OPERATOR = Principal(Access.OPERATOR, "an operator")
SCHOOL = Principal(Access.REVIEWER, "a reviewer", organisation=STAFF_UNIVERSITY)
STRANGER = Principal(Access.REVIEWER, "a reviewer elsewhere", organisation=TONGJI)


def at(day: int, start: str, end: str) -> tuple[datetime, datetime]:
    """A stretch of a day in October 2026, Shanghai time."""
    first, last = (datetime.fromisoformat(f"2026-10-{day}T{clock}").replace(tzinfo=SHANGHAI) for clock in (start, end))
    return first, last


async def set_time(deps, course_code, time=None, *, school=STAFF_UNIVERSITY, actor=OPERATOR):
    start, end = time or (None, None)
    return await practice_administration.set_practice_time(
        deps, sitting_at(SESSION, school, course_code, start, end), actor
    )


@pytest.fixture
async def candidate(ready_candidate):
    """Somebody who studies 人力资源管理."""
    return await ready_candidate(MAJOR)


@pytest.fixture
def somebody(ready_candidate):
    """Makes more of them."""
    return lambda: ready_candidate(MAJOR)


@pytest.fixture
async def programmer(ready_candidate, deps):
    """Somebody who studies 计算机科学与技术 and may take the practice parts."""
    one = await ready_candidate((TONGJI, COMPUTING))
    async with deps.transactions.begin() as transaction:
        await transaction.add_passed_courses((one.candidate_id, code) for code in THEIR_THEORY)
    return one


async def held(deps, selection):
    return await deps.selections.get_selection(selection.candidate_id, selection.selection_id)


@pytest.fixture(autouse=True)
async def no_times(deps):
    """Every test begins with practice courses that have no time."""
    for school, code in ((STAFF_UNIVERSITY, LAB), (TONGJI, PROGRAMMING), (TONGJI, DATA_STRUCTURES)):
        await set_time(deps, code, school=school)


async def test_without_a_time_a_practice_course_conflicts_with_nothing(candidate, deps) -> None:  # EN-6
    await select(candidate, STAFF_SELECTION, deps)
    assert (await select(candidate, LAB, deps)).occupies is None


async def test_with_a_time_it_takes_part_by_its_real_times(candidate, deps) -> None:  # EN-5, EN-6
    await set_time(deps, LAB, at(24, "10:00", "11:00"))
    await select(candidate, STAFF_SELECTION, deps)
    with pytest.raises(TimeConflict):  # a theory sitting takes its whole half-day
        await select(candidate, LAB, deps)
    await set_time(deps, LAB, at(24, "12:00", "13:00"))
    assert (await select(candidate, LAB, deps)).occupies.start == at(24, "12:00", "13:00")[0]
    with pytest.raises(TimeConflict) as refusal:
        await select(candidate, STAFF_APPRAISAL, deps)
    assert refusal.value.metadata["rival_course_code"] == LAB


async def test_several_practice_sittings_share_a_half_day(programmer, deps) -> None:  # EN-5
    await set_time(deps, PROGRAMMING, at(31, "09:00", "10:00"), school=TONGJI)
    await set_time(deps, DATA_STRUCTURES, at(31, "10:00", "11:00"), school=TONGJI)
    await select(programmer, PROGRAMMING, deps)
    await select(programmer, DATA_STRUCTURES, deps)
    moved = await set_time(deps, DATA_STRUCTURES, at(31, "09:59", "11:00"), school=TONGJI)
    assert [collision.rival.course_code for collision in moved.collisions] == [PROGRAMMING]


async def test_setting_a_time_lists_who_collides_and_gives_it_to_the_rest(somebody, deps) -> None:  # EN-6
    busy, free = await somebody(), await somebody()
    theory = await select(busy, STAFF_SELECTION, deps)
    colliding, fitting = await select(busy, LAB, deps), await select(free, LAB, deps)

    done = await set_time(deps, LAB, at(24, "09:00", "10:00"), actor=SCHOOL)
    mine = [each for each in done.collisions if each.selection.candidate_id == busy.candidate_id]
    assert [(each.selection.selection_id, each.rival.selection_id) for each in mine] == [
        (colliding.selection_id, theory.selection_id)
    ]
    assert mine[0].ticket_number == busy.registrations[0].ticket_number
    assert (await held(deps, fitting)).occupies.start == at(24, "09:00", "10:00")[0]
    assert (await held(deps, colliding)).occupies is None
    assert (await set_time(deps, LAB, at(24, "09:00", "10:00"))).collisions == done.collisions  # nothing changes


async def test_the_candidate_sees_the_collision_and_the_school_lists_it(somebody, deps) -> None:  # EN-6, EN-11
    busy = await somebody()
    theory, lab = await select(busy, STAFF_SELECTION, deps), await select(busy, LAB, deps)
    await set_time(deps, LAB, at(24, "09:00", "10:00"))
    seen = mapping.overview(await candidate_overview.get_overview(deps, busy.candidate_id, SESSION))
    told = {each.selection_id: (each.collides, each.colliding_selection_id) for each in seen.selections}
    assert told == {theory.selection_id: (False, ""), lab.selection_id: (True, theory.selection_id)}

    query = PracticeQuery(SESSION, STAFF_UNIVERSITY)
    listed = await practice_administration.list_collisions(deps, query, SCHOOL, None, 500)
    assert lab.selection_id in {each.selection.selection_id for each in listed}


async def test_a_collision_ends_when_the_rival_is_taken_back(somebody, deps) -> None:  # EN-6
    busy = await somebody()
    theory, lab = await select(busy, STAFF_SELECTION, deps), await select(busy, LAB, deps)
    await set_time(deps, LAB, at(24, "09:00", "10:00"))
    await selections.take_back_selection(deps, busy.candidate_id, theory.selection_id)
    assert (await held(deps, lab)).occupies.start == at(24, "09:00", "10:00")[0]


async def test_a_collision_ends_when_the_time_is_moved_or_cleared(somebody, deps) -> None:  # EN-6
    busy = await somebody()
    await select(busy, STAFF_SELECTION, deps)
    lab = await select(busy, LAB, deps)
    await set_time(deps, LAB, at(24, "09:00", "10:00"))
    await set_time(deps, LAB, at(31, "09:00", "10:00"))
    assert (await held(deps, lab)).occupies.start == at(31, "09:00", "10:00")[0]
    await set_time(deps, LAB)
    assert (await held(deps, lab)).occupies is None


async def test_a_time_set_while_a_rival_is_selected_never_leaves_an_overlap(somebody, deps, make_deps) -> None:
    # EN-5, EN-6, F-11: two processes; whichever is first, the other sees it
    for turn in range(12):
        busy = await somebody()
        lab = await select(busy, LAB, deps)
        time = at(24, "09:00", f"{10 + turn // 6}:{turn % 6}0")
        outcome = await race(select(busy, STAFF_SELECTION, make_deps()), set_time(make_deps(), LAB, time, actor=SCHOOL))
        after = await held(deps, lab)
        if refusals(outcome):
            assert after.occupies is not None
        else:
            assert after.occupies is None, outcome
        await set_time(deps, LAB)


async def test_selecting_while_the_time_is_set_ends_with_the_time(somebody, deps, make_deps) -> None:  # EN-6
    for turn in range(12):
        candidate = await somebody()
        time = at(30, "09:00", f"{10 + turn // 6}:{turn % 6}0")
        lab, _ = await race(select(candidate, LAB, make_deps()), set_time(make_deps(), LAB, time))
        assert (await held(deps, lab)).occupies.end == time[1]
        await set_time(deps, LAB)


async def test_importing_the_timetable_again_leaves_schools_times_alone(candidate, deps, files) -> None:  # EN-1, EN-6
    await set_time(deps, LAB, at(31, "09:00", "10:00"))
    before = await deps.catalogue_cache.latest()
    outcome, after = await catalogue_changes.import_catalogue(deps, files, dry_run=False)
    assert (outcome.problems, outcome.changes, after.etag) == ((), (), before.etag)
    assert after.sitting(SESSION, STAFF_UNIVERSITY, LAB).start_time == at(31, "09:00", "10:00")[0]


async def test_what_a_school_cannot_set(deps) -> None:  # EN-6, RE-2
    with pytest.raises(PermissionDenied):
        await set_time(deps, LAB, at(24, "09:00", "10:00"), actor=STRANGER)
    with pytest.raises(InvalidRequest):  # a theory course
        await set_time(deps, STAFF_SELECTION, at(24, "09:00", "10:00"))
    with pytest.raises(NotFound):  # a course of another school's plans
        await set_time(deps, PROGRAMMING, at(24, "09:00", "10:00"))
    for start, end in (("10:00", "10:00"), ("10:00", "09:00")):
        with pytest.raises(InvalidRequest):
            await set_time(deps, LAB, at(24, start, end))
    with pytest.raises(InvalidRequest):
        sitting_at(SESSION, STAFF_UNIVERSITY, LAB, at(24, "09:00", "10:00")[0], None)


async def test_the_school_confirms_what_it_has_collected(candidate, deps) -> None:  # EN-8, EN-10
    lab = await select(candidate, LAB, deps)
    confirmed = await practice_administration.confirm_practice_payment(deps, lab.selection_id, SCHOOL)
    again = await practice_administration.confirm_practice_payment(deps, lab.selection_id, SCHOOL)
    assert confirmed.selection.state is SelectionState.EFFECTIVE
    assert again.selection == confirmed.selection


async def test_another_school_finds_nothing_to_confirm_or_to_see(candidate, deps) -> None:  # RE-2
    lab = await select(candidate, LAB, deps)
    with pytest.raises(NotFound):
        await practice_administration.confirm_practice_payment(deps, lab.selection_id, STRANGER)
    for listing in (
        practice_administration.list_practice_selections,
        practice_administration.list_collisions,
    ):
        with pytest.raises(PermissionDenied):
            await listing(deps, PracticeQuery(SESSION, STAFF_UNIVERSITY), STRANGER, None, 5)
    with pytest.raises(PermissionDenied):
        await practice_administration.import_practice_payments(
            deps, SESSION, STAFF_UNIVERSITY, b"", STRANGER, dry_run=True
        )


async def test_theory_is_not_confirmed_by_a_school(candidate, deps) -> None:  # EN-10
    theory = await select(candidate, STAFF_SELECTION, deps)
    with pytest.raises(NotFound):
        await practice_administration.confirm_practice_payment(deps, theory.selection_id, OPERATOR)


async def test_what_is_under_review_is_confirmed_after_it(programmer, deps) -> None:  # EN-10
    course = await select(programmer, PROGRAMMING, deps)
    with pytest.raises(IllegalMove):
        await practice_administration.confirm_practice_payment(deps, course.selection_id, STRANGER)
    async with deps.transactions.begin() as transaction:
        await practice_administration.record_practice_decision(deps, transaction, course.selection_id, approved=True)
    entry = await practice_administration.confirm_practice_payment(deps, course.selection_id, STRANGER)
    assert entry.selection.state is SelectionState.EFFECTIVE


async def test_a_candidate_under_review_may_select_and_not_pay(deps, hear) -> None:  # EN-2, EN-4
    # A home-return permit is always reviewed (ID-8): identity says so until the school has decided.
    candidate_id = new_id()
    await hear(Standing(candidate_id, 1, True, True, IdentityState.UNDER_REVIEW, "HOME_RETURN_PERMIT"))
    registration = await registrations.register_for_major(deps, candidate_id, STAFF_UNIVERSITY, STAFF_MANAGEMENT, "1")
    await prepare(candidate_id, deps)
    chosen = await selections.select_course(deps, candidate_id, registration.registration_id, SESSION, LAB)
    with pytest.raises(GatesUnmet) as refusal:
        await practice_administration.confirm_practice_payment(deps, chosen.selection.selection_id, SCHOOL)
    assert {each.reason for each in refusal.value.unmet} == {"IDENTITY_UNDER_REVIEW", "TICKET_NUMBER_MISSING"}
    await hear(Standing(candidate_id, 2, True, True, IdentityState.VERIFIED, "HOME_RETURN_PERMIT"))
    entry = await practice_administration.confirm_practice_payment(deps, chosen.selection.selection_id, SCHOOL)
    assert entry.selection.state is SelectionState.EFFECTIVE


async def test_confirming_and_taking_back_at_once_ends_with_one(somebody, deps, make_deps) -> None:  # EN-8
    for _ in range(10):
        candidate = await somebody()
        lab = await select(candidate, LAB, deps)
        outcome = await race(
            practice_administration.confirm_practice_payment(make_deps(), lab.selection_id, SCHOOL),
            selections.take_back_selection(make_deps(), candidate.candidate_id, lab.selection_id),
        )
        assert len(refusals(outcome)) == 1
        after = await held(deps, lab)
        assert (after.state, after.void_reason) in {
            (SelectionState.EFFECTIVE, None),
            (SelectionState.VOID, VoidReason.REMOVED),
        }


@pytest.fixture
async def payers(deps, hear):
    """Three enrolled candidates who have selected the lab, by ticket number."""
    chosen = {}
    for _ in range(3):
        candidate_id, ticket_number = new_id(), f"9{new_id()[-11:].upper()}"
        row = EnrolledRow(candidate_id, STAFF_UNIVERSITY, STAFF_MANAGEMENT, ticket_number, ())
        await enrolled_import.import_registrations(deps, [row], dry_run=False)
        await hear(Standing(candidate_id, 1, True, True, IdentityState.VERIFIED))
        await prepare(candidate_id, deps)
        (registration,) = await deps.registrations.list_registrations(candidate_id)
        done = await selections.select_course(deps, candidate_id, registration.registration_id, SESSION, LAB)
        chosen[ticket_number] = done.selection
    return chosen


def paid(*rows: tuple[str, str]) -> bytes:
    lines = ["ticket_number,course_code", *(",".join(row) for row in rows)]
    return "\r\n".join(lines).encode()


async def import_paid(deps, content, *, dry_run=False):
    return await practice_administration.import_practice_payments(
        deps, SESSION, STAFF_UNIVERSITY, content, SCHOOL, dry_run=dry_run
    )


async def test_payments_are_confirmed_by_file_and_again_changes_nothing(payers, deps) -> None:  # EN-10
    content = paid(*((ticket_number, LAB) for ticket_number in payers))
    dry = await import_paid(deps, content, dry_run=True)
    assert (dry.applied, len(dry.plan.to_confirm)) == (False, 3)
    first, second = await import_paid(deps, content), await import_paid(deps, content)
    assert (first.applied, len(first.plan.to_confirm), first.plan.existing) == (True, 3, 0)
    assert (second.applied, len(second.plan.to_confirm), second.plan.existing) == (True, 0, 3)
    for selection in payers.values():
        assert (await held(deps, selection)).state is SelectionState.EFFECTIVE


async def test_one_bad_row_confirms_nothing_and_every_bad_row_is_said(payers, deps) -> None:  # EN-10
    first, second, _ = payers
    content = paid(
        (first, LAB),
        (second, "00000"),
        ("9000000000x1", LAB),
        (first, LAB),
        ("!", LAB),
    )
    done = await import_paid(deps, content)
    assert not done.applied
    assert [(problem.line, problem.column) for problem in done.plan.problems] == [
        (3, "course_code"),
        (4, "ticket_number"),
        (5, "ticket_number"),
        (6, "ticket_number"),
    ]
    assert (await held(deps, payers[first])).state is SelectionState.AWAITING_SCHOOL
    headless = await import_paid(deps, b"number\r\n1\r\n")
    assert [problem.line for problem in headless.plan.problems] == [1]


async def test_two_imports_of_one_file_confirm_each_payment_once(payers, deps, make_deps) -> None:  # EN-10
    content = paid(*((ticket_number, LAB) for ticket_number in payers))
    done = await asyncio.gather(*(import_paid(make_deps(), content) for _ in range(4)))
    assert all(each.applied for each in done)
    assert sorted(len(each.plan.to_confirm) + each.plan.existing for each in done) == [3, 3, 3, 3]


async def test_a_school_lists_its_practice_selections_page_by_page(payers, deps) -> None:  # EN-10
    found, after = [], None
    query = PracticeQuery(SESSION, STAFF_UNIVERSITY, LAB, SelectionState.AWAITING_SCHOOL)
    while page := await practice_administration.list_practice_selections(deps, query, SCHOOL, after, 2):
        found += page
        after = (page[-1].selection.create_time, page[-1].selection.selection_id)
    assert len(found) == len({entry.selection.selection_id for entry in found})
    assert set(payers) <= {entry.ticket_number for entry in found}


async def test_nothing_is_confirmed_once_the_window_is_over(candidate, payers, deps, clock) -> None:  # EN-8, F-15
    # The last of this module: the clock never goes back.
    lab = await select(candidate, LAB, deps)
    session = (await deps.catalogue_cache.latest()).sessions[SESSION]
    clock.advance(session.registration_end - clock.now() - timedelta(seconds=1))
    assert session.state(clock.now()) is SessionState.OPEN
    clock.advance(timedelta(seconds=1))
    with pytest.raises(SessionEnded):
        await practice_administration.confirm_practice_payment(deps, lab.selection_id, SCHOOL)
    with pytest.raises(SessionEnded):
        await import_paid(deps, paid(*((ticket_number, LAB) for ticket_number in payers)))
