"""Practice courses: times that schools set (EN-6), offline payment (EN-10), and who may do what (RE-2)."""

import asyncio
from datetime import datetime, timedelta

import pytest

from chassis.clock import SHANGHAI
from chassis.errors import IllegalMove, InvalidRequest, NotFound, PermissionDenied
from chassis.ids import new_id
from chassis.security.tokens import Access, Principal
from services.enrollment.domain.catalogue import SessionState
from services.enrollment.domain.enrolling import EnrolledRow
from services.enrollment.domain.practice import sitting_at
from services.enrollment.domain.registration import IdentityState, Standing
from services.enrollment.domain.selection import SelectionState, VoidReason
from services.enrollment.errors import GatesUnmet, SessionEnded, TimeConflict
from services.enrollment.mapping import candidate as mapping
from services.enrollment.ports.practice import PracticeQuery
from services.enrollment.usecases import catalogue as operating
from services.enrollment.usecases import outcomes, overview, practice, registering, selecting
from tests.integration.enrollment.stage import (
    SESSION,
    STAFF_APPRAISAL,
    STAFF_MANAGEMENT,
    STAFF_SELECTION,
    STAFF_UNIVERSITY,
    prepare,
    race,
    refusals,
    select,
)
from tests.integration.enrollment.stage import (
    STAFF_LABORATORY as LAB,
)

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


async def set_time(ports, course_code, time=None, *, school=STAFF_UNIVERSITY, actor=OPERATOR):
    start, end = time or (None, None)
    return await practice.set_time(sitting_at(SESSION, school, course_code, start, end), actor, ports)


@pytest.fixture
async def candidate(ready_candidate):
    """Somebody who studies 人力资源管理."""
    return await ready_candidate(MAJOR)


@pytest.fixture
def somebody(ready_candidate):
    """Makes more of them."""
    return lambda: ready_candidate(MAJOR)


@pytest.fixture
async def programmer(ready_candidate, ports):
    """Somebody who studies 计算机科学与技术 and may take the practice parts."""
    one = await ready_candidate((TONGJI, COMPUTING))
    async with ports.begin() as changes:
        await changes.add_passed((one.candidate_id, code) for code in THEIR_THEORY)
    return one


async def held(ports, selection):
    return await ports.selections.get(selection.candidate_id, selection.selection_id)


@pytest.fixture(autouse=True)
async def no_times(ports):
    """Every test begins with practice courses that have no time."""
    for school, code in ((STAFF_UNIVERSITY, LAB), (TONGJI, PROGRAMMING), (TONGJI, DATA_STRUCTURES)):
        await set_time(ports, code, school=school)


async def test_without_a_time_a_practice_course_conflicts_with_nothing(candidate, ports) -> None:  # EN-6
    await select(candidate, STAFF_SELECTION, ports)
    assert (await select(candidate, LAB, ports)).occupies is None


async def test_with_a_time_it_takes_part_by_its_real_times(candidate, ports) -> None:  # EN-5, EN-6
    await set_time(ports, LAB, at(24, "10:00", "11:00"))
    await select(candidate, STAFF_SELECTION, ports)
    with pytest.raises(TimeConflict):  # a theory sitting takes its whole half-day
        await select(candidate, LAB, ports)
    await set_time(ports, LAB, at(24, "12:00", "13:00"))
    assert (await select(candidate, LAB, ports)).occupies.start == at(24, "12:00", "13:00")[0]
    with pytest.raises(TimeConflict) as refusal:
        await select(candidate, STAFF_APPRAISAL, ports)
    assert refusal.value.metadata["rival_course_code"] == LAB


async def test_several_practice_sittings_share_a_half_day(programmer, ports) -> None:  # EN-5
    await set_time(ports, PROGRAMMING, at(31, "09:00", "10:00"), school=TONGJI)
    await set_time(ports, DATA_STRUCTURES, at(31, "10:00", "11:00"), school=TONGJI)
    await select(programmer, PROGRAMMING, ports)
    await select(programmer, DATA_STRUCTURES, ports)
    moved = await set_time(ports, DATA_STRUCTURES, at(31, "09:59", "11:00"), school=TONGJI)
    assert [collision.rival.course_code for collision in moved.collisions] == [PROGRAMMING]


async def test_setting_a_time_lists_who_collides_and_gives_it_to_the_rest(somebody, ports) -> None:  # EN-6
    busy, free = await somebody(), await somebody()
    theory = await select(busy, STAFF_SELECTION, ports)
    colliding, fitting = await select(busy, LAB, ports), await select(free, LAB, ports)

    done = await set_time(ports, LAB, at(24, "09:00", "10:00"), actor=SCHOOL)
    mine = [each for each in done.collisions if each.selection.candidate_id == busy.candidate_id]
    assert [(each.selection.selection_id, each.rival.selection_id) for each in mine] == [
        (colliding.selection_id, theory.selection_id)
    ]
    assert mine[0].ticket_number == busy.registrations[0].ticket_number
    assert (await held(ports, fitting)).occupies.start == at(24, "09:00", "10:00")[0]
    assert (await held(ports, colliding)).occupies is None
    assert (await set_time(ports, LAB, at(24, "09:00", "10:00"))).collisions == done.collisions  # nothing changes


async def test_the_candidate_sees_the_collision_and_the_school_lists_it(somebody, ports) -> None:  # EN-6, EN-11
    busy = await somebody()
    theory, lab = await select(busy, STAFF_SELECTION, ports), await select(busy, LAB, ports)
    await set_time(ports, LAB, at(24, "09:00", "10:00"))
    seen = mapping.overview(await overview.session_overview(busy.candidate_id, SESSION, ports))
    told = {each.selection_id: (each.collides, each.colliding_selection_id) for each in seen.selections}
    assert told == {theory.selection_id: (False, ""), lab.selection_id: (True, theory.selection_id)}

    query = PracticeQuery(SESSION, STAFF_UNIVERSITY, limit=500)
    listed = await practice.collisions(query, SCHOOL, ports)
    assert lab.selection_id in {each.selection.selection_id for each in listed}


async def test_a_collision_ends_when_the_rival_is_taken_back(somebody, ports) -> None:  # EN-6
    busy = await somebody()
    theory, lab = await select(busy, STAFF_SELECTION, ports), await select(busy, LAB, ports)
    await set_time(ports, LAB, at(24, "09:00", "10:00"))
    await selecting.take_back(busy.candidate_id, theory.selection_id, ports)
    assert (await held(ports, lab)).occupies.start == at(24, "09:00", "10:00")[0]


async def test_a_collision_ends_when_the_time_is_moved_or_cleared(somebody, ports) -> None:  # EN-6
    busy = await somebody()
    await select(busy, STAFF_SELECTION, ports)
    lab = await select(busy, LAB, ports)
    await set_time(ports, LAB, at(24, "09:00", "10:00"))
    await set_time(ports, LAB, at(31, "09:00", "10:00"))
    assert (await held(ports, lab)).occupies.start == at(31, "09:00", "10:00")[0]
    await set_time(ports, LAB)
    assert (await held(ports, lab)).occupies is None


async def test_a_time_set_while_a_rival_is_selected_never_leaves_an_overlap(somebody, ports, make_ports) -> None:
    # EN-5, EN-6, F-11: two processes; whichever is first, the other sees it
    for turn in range(12):
        busy = await somebody()
        lab = await select(busy, LAB, ports)
        time = at(24, "09:00", f"{10 + turn // 6}:{turn % 6}0")
        outcome = await race(
            select(busy, STAFF_SELECTION, make_ports()), set_time(make_ports(), LAB, time, actor=SCHOOL)
        )
        after = await held(ports, lab)
        if refusals(outcome):
            assert after.occupies is not None
        else:
            assert after.occupies is None
        await set_time(ports, LAB)


async def test_selecting_while_the_time_is_set_ends_with_the_time(somebody, ports, make_ports) -> None:  # EN-6
    for turn in range(12):
        candidate = await somebody()
        time = at(30, "09:00", f"{10 + turn // 6}:{turn % 6}0")
        lab, _ = await race(select(candidate, LAB, make_ports()), set_time(make_ports(), LAB, time))
        assert (await held(ports, lab)).occupies.end == time[1]
        await set_time(ports, LAB)


async def test_importing_the_timetable_again_leaves_schools_times_alone(candidate, ports, files) -> None:  # EN-1, EN-6
    await set_time(ports, LAB, at(31, "09:00", "10:00"))
    before = await ports.catalogues.latest()
    outcome, after = await operating.import_catalogue(files, ports, dry_run=False)
    assert (outcome.problems, outcome.changes, after.etag) == ((), (), before.etag)
    assert after.sitting(SESSION, STAFF_UNIVERSITY, LAB).start_time == at(31, "09:00", "10:00")[0]


async def test_what_a_school_cannot_set(ports) -> None:  # EN-6, RE-2
    with pytest.raises(PermissionDenied):
        await set_time(ports, LAB, at(24, "09:00", "10:00"), actor=STRANGER)
    with pytest.raises(InvalidRequest):  # a theory course
        await set_time(ports, STAFF_SELECTION, at(24, "09:00", "10:00"))
    with pytest.raises(NotFound):  # a course of another school's plans
        await set_time(ports, PROGRAMMING, at(24, "09:00", "10:00"))
    for start, end in (("10:00", "10:00"), ("10:00", "09:00")):
        with pytest.raises(InvalidRequest):
            await set_time(ports, LAB, at(24, start, end))
    with pytest.raises(InvalidRequest):
        sitting_at(SESSION, STAFF_UNIVERSITY, LAB, at(24, "09:00", "10:00")[0], None)


async def test_the_school_confirms_what_it_has_collected(candidate, ports) -> None:  # EN-8, EN-10
    lab = await select(candidate, LAB, ports)
    confirmed = await practice.confirm_payment(lab.selection_id, SCHOOL, ports)
    again = await practice.confirm_payment(lab.selection_id, SCHOOL, ports)
    assert confirmed.selection.state is SelectionState.EFFECTIVE
    assert again.selection == confirmed.selection


async def test_another_school_finds_nothing_to_confirm_or_to_see(candidate, ports) -> None:  # RE-2
    lab = await select(candidate, LAB, ports)
    with pytest.raises(NotFound):
        await practice.confirm_payment(lab.selection_id, STRANGER, ports)
    for listing in (practice.selections, practice.collisions):
        with pytest.raises(PermissionDenied):
            await listing(PracticeQuery(SESSION, STAFF_UNIVERSITY, limit=5), STRANGER, ports)
    with pytest.raises(PermissionDenied):
        await practice.import_payments(SESSION, STAFF_UNIVERSITY, b"", STRANGER, ports, dry_run=True)


async def test_theory_is_not_confirmed_by_a_school(candidate, ports) -> None:  # EN-10
    theory = await select(candidate, STAFF_SELECTION, ports)
    with pytest.raises(NotFound):
        await practice.confirm_payment(theory.selection_id, OPERATOR, ports)


async def test_what_is_under_review_is_confirmed_after_it(programmer, ports) -> None:  # EN-10
    course = await select(programmer, PROGRAMMING, ports)
    with pytest.raises(IllegalMove):
        await practice.confirm_payment(course.selection_id, STRANGER, ports)
    async with ports.begin() as changes:
        await outcomes.practice_decided(course.selection_id, approved=True, changes=changes, now=ports.clock.now())
    entry = await practice.confirm_payment(course.selection_id, STRANGER, ports)
    assert entry.selection.state is SelectionState.EFFECTIVE


async def test_a_candidate_under_review_may_select_and_not_pay(ports, hear) -> None:  # EN-2, EN-4
    # A home-return permit is always reviewed (ID-8): identity says so until the school has decided.
    candidate_id = new_id()
    await hear(Standing(candidate_id, 1, True, True, IdentityState.UNDER_REVIEW, "HOME_RETURN_PERMIT"))
    registration = await registering.register(candidate_id, STAFF_UNIVERSITY, STAFF_MANAGEMENT, "1", ports)
    await prepare(candidate_id, ports)
    chosen = await selecting.select_course(candidate_id, registration.registration_id, SESSION, LAB, ports)
    with pytest.raises(GatesUnmet) as refusal:
        await practice.confirm_payment(chosen.selection.selection_id, SCHOOL, ports)
    assert {each.reason for each in refusal.value.unmet} == {"IDENTITY_UNDER_REVIEW", "TICKET_NUMBER_MISSING"}
    await hear(Standing(candidate_id, 2, True, True, IdentityState.VERIFIED, "HOME_RETURN_PERMIT"))
    entry = await practice.confirm_payment(chosen.selection.selection_id, SCHOOL, ports)
    assert entry.selection.state is SelectionState.EFFECTIVE


async def test_confirming_and_taking_back_at_once_ends_with_one(somebody, ports, make_ports) -> None:  # EN-8
    for _ in range(10):
        candidate = await somebody()
        lab = await select(candidate, LAB, ports)
        outcome = await race(
            practice.confirm_payment(lab.selection_id, SCHOOL, make_ports()),
            selecting.take_back(candidate.candidate_id, lab.selection_id, make_ports()),
        )
        assert len(refusals(outcome)) == 1
        after = await held(ports, lab)
        assert (after.state, after.void_reason) in {
            (SelectionState.EFFECTIVE, None),
            (SelectionState.VOID, VoidReason.REMOVED),
        }


@pytest.fixture
async def payers(ports, hear):
    """Three enrolled candidates who have selected the lab, by ticket number."""
    chosen = {}
    for _ in range(3):
        candidate_id, ticket_number = new_id(), f"9{new_id()[-11:].upper()}"
        row = EnrolledRow(candidate_id, STAFF_UNIVERSITY, STAFF_MANAGEMENT, ticket_number, ())
        await registering.import_registrations([row], ports, dry_run=False)
        await hear(Standing(candidate_id, 1, True, True, IdentityState.VERIFIED))
        await prepare(candidate_id, ports)
        (registration,) = await ports.registrations.of(candidate_id)
        done = await selecting.select_course(candidate_id, registration.registration_id, SESSION, LAB, ports)
        chosen[ticket_number] = done.selection
    return chosen


def paid(*rows: tuple[str, str]) -> bytes:
    lines = ["ticket_number,course_code", *(",".join(row) for row in rows)]
    return "\r\n".join(lines).encode()


async def import_paid(ports, content, *, dry_run=False):
    return await practice.import_payments(SESSION, STAFF_UNIVERSITY, content, SCHOOL, ports, dry_run=dry_run)


async def test_payments_are_confirmed_by_file_and_again_changes_nothing(payers, ports) -> None:  # EN-10
    content = paid(*((ticket_number, LAB) for ticket_number in payers))
    dry = await import_paid(ports, content, dry_run=True)
    assert (dry.applied, len(dry.plan.to_confirm)) == (False, 3)
    first, second = await import_paid(ports, content), await import_paid(ports, content)
    assert (first.applied, len(first.plan.to_confirm), first.plan.existing) == (True, 3, 0)
    assert (second.applied, len(second.plan.to_confirm), second.plan.existing) == (True, 0, 3)
    for selection in payers.values():
        assert (await held(ports, selection)).state is SelectionState.EFFECTIVE


async def test_one_bad_row_confirms_nothing_and_every_bad_row_is_said(payers, ports) -> None:  # EN-10
    first, second, _ = payers
    content = paid(
        (first, LAB),
        (second, "00000"),
        ("9000000000x1", LAB),
        (first, LAB),
        ("!", LAB),
    )
    done = await import_paid(ports, content)
    assert not done.applied
    assert [(problem.line, problem.column) for problem in done.plan.problems] == [
        (3, "course_code"),
        (4, "ticket_number"),
        (5, "ticket_number"),
        (6, "ticket_number"),
    ]
    assert (await held(ports, payers[first])).state is SelectionState.AWAITING_SCHOOL
    headless = await import_paid(ports, b"number\r\n1\r\n")
    assert [problem.line for problem in headless.plan.problems] == [1]


async def test_two_imports_of_one_file_confirm_each_payment_once(payers, ports, make_ports) -> None:  # EN-10
    content = paid(*((ticket_number, LAB) for ticket_number in payers))
    done = await asyncio.gather(*(import_paid(make_ports(), content) for _ in range(4)))
    assert all(each.applied for each in done)
    assert sorted(len(each.plan.to_confirm) + each.plan.existing for each in done) == [3, 3, 3, 3]


async def test_a_school_lists_its_practice_selections_page_by_page(payers, ports) -> None:  # EN-10
    found, after = [], None
    while page := await practice.selections(
        PracticeQuery(SESSION, STAFF_UNIVERSITY, LAB, SelectionState.AWAITING_SCHOOL, after, 2),
        SCHOOL,
        ports,
    ):
        found += page
        after = (page[-1].selection.create_time.isoformat(), page[-1].selection.selection_id)
    assert len(found) == len({entry.selection.selection_id for entry in found})
    assert set(payers) <= {entry.ticket_number for entry in found}


async def test_nothing_is_confirmed_once_the_window_is_over(candidate, payers, ports, clock) -> None:  # EN-8, F-15
    # The last of this module: the clock never goes back.
    lab = await select(candidate, LAB, ports)
    session = (await ports.catalogues.latest()).sessions[SESSION]
    clock.advance(session.registration_end - clock.now() - timedelta(seconds=1))
    assert session.state(clock.now()) is SessionState.OPEN
    clock.advance(timedelta(seconds=1))
    with pytest.raises(SessionEnded):
        await practice.confirm_payment(lab.selection_id, SCHOOL, ports)
    with pytest.raises(SessionEnded):
        await import_paid(ports, paid(*((ticket_number, LAB) for ticket_number in payers)))
