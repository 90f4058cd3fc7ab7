"""Selecting courses on a real PostgreSQL: the database refuses every overlap (EN-5, F-11)."""

import pytest

from chassis.errors import NotFound
from chassis.ids import new_id
from services.enrollment.domain.enrolling import EnrolledRow
from services.enrollment.domain.importing import CatalogueFile
from services.enrollment.domain.registration import IdentityState, Standing
from services.enrollment.domain.selection import SelectionState, VoidReason
from services.enrollment.errors import (
    CourseAlreadyPassed,
    CourseAlreadySelected,
    GatesUnmet,
    PrerequisiteNotPassed,
    TimeConflict,
)
from services.enrollment.usecases import catalogue as operating
from services.enrollment.usecases import gating, preparing, registering, selecting
from tests.integration.enrollment.stage import (
    ACCOUNTING,
    AESTHETICS,
    ANCIENT_LITERATURE_1,
    CHINESE,
    DOCUMENT_WRITING,
    FINANCE_UNIVERSITY,
    FOREIGN_LITERATURE,
    NORMAL_UNIVERSITY,
    POLITICS,
    SESSION,
    passes,
    prepare,
    race,
    refusals,
    select,
)

THESIS = "10196"  # after all others
TWO_SCHOOLS = (NORMAL_UNIVERSITY, CHINESE), (FINANCE_UNIVERSITY, ACCOUNTING)


async def test_a_course_is_selected_as_a_draft_with_its_fee_and_time(candidate, ports) -> None:  # EN-5
    selection = await select(candidate, ANCIENT_LITERATURE_1, ports)
    kept = await ports.selections.get(candidate.candidate_id, selection.selection_id)
    assert kept == selection
    assert (kept.state, kept.fee_fen) == (SelectionState.DRAFT, 6500)
    assert kept.occupies.start.isoformat() == "2026-10-23T16:00:00+00:00"


async def test_selecting_the_same_course_again_answers_the_same_selection(candidate, ports) -> None:  # EN-5, F-10
    first = await select(candidate, AESTHETICS, ports)
    assert await select(candidate, AESTHETICS, ports) == first


async def test_a_taken_half_day_is_refused_with_the_rival_and_alternatives(candidate, ports) -> None:  # EN-12
    await select(candidate, ANCIENT_LITERATURE_1, ports)
    with pytest.raises(TimeConflict) as refusal:
        await select(candidate, DOCUMENT_WRITING, ports)
    told = refusal.value.metadata
    assert (told["rival_course_code"], told["date"], told["period"]) == (ANCIENT_LITERATURE_1, "2026-10-24", "AM")
    for code in told["alternative_course_codes"].split(","):
        alternative = await select(candidate, code, ports)
        taken = await selecting.take_back(candidate.candidate_id, alternative.selection_id, ports)
        assert taken.selection.void_reason is VoidReason.REMOVED


async def test_two_simultaneous_requests_for_one_half_day_end_with_exactly_one(
    ready_candidate, make_ports, ports
) -> None:
    # F-11: two processes, two connections
    for _ in range(10):
        candidate = await ready_candidate()
        outcomes = await race(
            select(candidate, ANCIENT_LITERATURE_1, ports), select(candidate, DOCUMENT_WRITING, make_ports())
        )
        assert refusals(outcomes) == [TimeConflict]
        assert len(await ports.desks.live(candidate.candidate_id)) == 1


async def test_two_schools_cannot_both_fill_one_half_day(ready_candidate, make_ports, ports) -> None:  # F-11, EN-5
    for _ in range(10):
        candidate = await ready_candidate(*TWO_SCHOOLS)
        outcomes = await race(
            select(candidate, FOREIGN_LITERATURE, ports, 0), select(candidate, POLITICS, make_ports(), 1)
        )
        assert refusals(outcomes) == [TimeConflict]


async def test_one_course_is_held_under_one_registration(ready_candidate, make_ports, ports) -> None:  # PA-7
    candidate = await ready_candidate(*TWO_SCHOOLS)
    outcomes = await race(select(candidate, POLITICS, ports, 0), select(candidate, POLITICS, make_ports(), 1))
    assert refusals(outcomes) == [CourseAlreadySelected]


async def test_the_same_request_many_times_at_once_makes_one_selection(candidate, make_ports, ports) -> None:  # F-10
    outcomes = await race(*(select(candidate, AESTHETICS, make_ports()) for _ in range(8)))
    assert refusals(outcomes) == []
    assert len({selection.selection_id for selection in outcomes}) == 1


async def test_a_course_taken_back_frees_its_half_day(candidate, ports) -> None:  # EN-5
    selection = await select(candidate, ANCIENT_LITERATURE_1, ports)
    taken = await selecting.take_back(candidate.candidate_id, selection.selection_id, ports)
    again = await selecting.take_back(candidate.candidate_id, selection.selection_id, ports)
    assert taken.selection == again.selection
    assert taken.selection.state is SelectionState.VOID
    await select(candidate, DOCUMENT_WRITING, ports)


async def test_nobody_sees_or_removes_anothers_selection(candidate, ready_candidate, ports) -> None:
    selection = await select(candidate, AESTHETICS, ports)
    stranger = await ready_candidate()
    with pytest.raises(NotFound):
        await selecting.take_back(stranger.candidate_id, selection.selection_id, ports)
    with pytest.raises(NotFound):
        await selecting.select_course(stranger.candidate_id, candidate.registration_id, SESSION, AESTHETICS, ports)


async def test_every_unmet_gate_is_reported_at_once(ports) -> None:  # EN-2
    nobody = "00000000-0000-7000-8000-000000000001"
    with pytest.raises(GatesUnmet) as refusal:
        await selecting.select_course(nobody, nobody, SESSION, AESTHETICS, ports)
    assert [each.reason for each in refusal.value.unmet] == [
        "NOT_REGISTERED",
        "DETAILS_INCOMPLETE",
        "PHONE_NOT_VERIFIED",
        "QUESTIONNAIRE_NOT_ANSWERED",
        "NOTICE_NOT_READ",
    ]


async def test_a_gate_that_passes_asks_nobody(candidate, ports, standings) -> None:  # EN-2
    asked = standings.asked
    await select(candidate, AESTHETICS, ports)
    assert standings.asked == asked


async def test_a_gate_that_would_refuse_first_asks_identity_afresh(ready_candidate, ports, standings) -> None:  # EN-2
    candidate = await ready_candidate()
    stale = Standing(candidate.candidate_id, 4, True, False, IdentityState.VERIFIED, "RESIDENT_CARD")
    standings.known[candidate.candidate_id] = Standing(
        candidate.candidate_id, 5, True, True, IdentityState.VERIFIED, "RESIDENT_CARD"
    )
    async with ports.begin() as changes:
        await changes.keep_standing(stale)
    await select(candidate, AESTHETICS, ports)
    facts = await ports.desks.facts(candidate.candidate_id, SESSION)
    assert facts.standing.version == 5


async def test_an_unreachable_identity_leaves_the_gates_as_they_were(ready_candidate, ports, standings, hear) -> None:
    # F-18
    candidate = await ready_candidate()
    await hear(Standing(candidate.candidate_id, 4, True, False, IdentityState.VERIFIED))
    standings.away = True
    with pytest.raises(GatesUnmet) as refusal:
        await select(candidate, AESTHETICS, ports)
    assert [each.reason for each in refusal.value.unmet] == ["PHONE_NOT_VERIFIED"]


async def test_a_timetable_that_changed_meanwhile_is_decided_on_again(candidate, make_ports, ports, files) -> None:
    # EN-5: another process imports a new timetable; this one's cache is old and its guard notices
    await ports.catalogues.current()
    row = "2026-10,*,07827,2026-10-24,AM,09:00,11:30"
    moved = [
        CatalogueFile(file.name, file.content.replace(row.encode(), row.replace("10-24", "10-25").encode()))
        for file in files
        if file.name == "timetable.csv"
    ]
    try:
        await operating.import_catalogue(moved, make_ports(), dry_run=False)
        selection = await select(candidate, "07827", ports)
        assert selection.occupies.start.isoformat() == "2026-10-25T00:00:00+08:00"
        await selecting.take_back(candidate.candidate_id, selection.selection_id, ports)
    finally:
        await operating.import_catalogue(files, make_ports(), dry_run=False)


async def test_a_practice_course_awaits_the_school(candidate, ports) -> None:  # EN-10, EN-6
    plan = (await ports.catalogues.latest()).plans[NORMAL_UNIVERSITY, CHINESE]
    await passes(candidate, ports, *(code for code in plan.courses if code != THESIS))
    selection = await select(candidate, THESIS, ports)
    assert (selection.state, selection.occupies) == (SelectionState.AWAITING_SCHOOL, None)


async def test_a_practice_course_under_review_opens_its_case(ready_candidate, ports, db) -> None:  # EN-10
    candidate = await ready_candidate(("10247", "080901"))
    with pytest.raises(PrerequisiteNotPassed) as refused:
        await select(candidate, "13014", ports)
    assert refused.value.metadata["missing_course_codes"] == "13013"
    await passes(candidate, ports, "13013")
    selection = await select(candidate, "13014", ports)
    noted = await db.driver.fetchval(
        "SELECT count(*) FROM outbox WHERE destination = 'review.OpenCase' AND aggregate_id = $1",
        selection.review_case_id,
    )
    assert (selection.state, noted) == (SelectionState.UNDER_REVIEW, 1)


async def test_the_gates_can_be_listed_before_anything_is_tried(candidate, ports) -> None:  # EN-2
    found = await gating.list_gates(candidate.candidate_id, SESSION, ports)
    assert all(gate.met for gate in found)


async def test_the_district_preference_is_kept(candidate, ports) -> None:  # EN-7
    await preparing.prefer_district(candidate.candidate_id, SESSION, "310151", ports)
    await preparing.prefer_district(candidate.candidate_id, SESSION, "310110", ports)
    facts = await ports.desks.facts(candidate.candidate_id, SESSION)
    assert facts.participation.district_code == "310110"


async def test_passed_courses_are_not_selected_again(ports, hear) -> None:  # EN-5
    candidate_id = new_id()
    row = EnrolledRow(candidate_id, "10269", "050101", f"9{candidate_id[-11:].upper()}", (AESTHETICS,))
    assert (await registering.import_registrations([row], ports, dry_run=False)).applied
    await hear(Standing(candidate_id, 1, True, True, IdentityState.VERIFIED))
    (registration,) = await ports.registrations.of(candidate_id)
    await prepare(candidate_id, ports)
    with pytest.raises(CourseAlreadyPassed):
        await selecting.select_course(candidate_id, registration.registration_id, SESSION, AESTHETICS, ports)
