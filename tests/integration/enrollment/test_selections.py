"""Selecting courses on a real PostgreSQL: the database refuses every overlap (EN-5, F-11)."""

import pytest

from chassis.errors import NotFound, ServiceUnavailable
from chassis.ids import new_id
from services.enrollment.domain.course_rules.course_offers import OfferState
from services.enrollment.domain.imports.enrolled_import import EnrolledRow
from services.enrollment.domain.imports.file_rows import CatalogueFile
from services.enrollment.domain.registrations import IdentityState, Standing
from services.enrollment.domain.selections import SelectionState, VoidReason
from services.enrollment.errors import (
    CourseAlreadyPassed,
    CourseAlreadySelected,
    GatesUnmet,
    PrerequisiteNotPassed,
    TimeConflict,
)
from services.enrollment.usecases import candidate_overview, gates, selections, session_preliminaries
from services.enrollment.usecases.administration import catalogue_changes, enrolled_import
from tests.integration.enrollment.stand_ins import (
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
    refusals,
    select,
)
from tests.support.refusals import race

THESIS = "10196"  # after all others
TWO_SCHOOLS = (NORMAL_UNIVERSITY, CHINESE), (FINANCE_UNIVERSITY, ACCOUNTING)


async def test_a_course_is_selected_as_a_draft_with_its_fee_and_time(candidate, deps) -> None:  # EN-5
    selection = await select(candidate, ANCIENT_LITERATURE_1, deps)
    kept = await deps.selections.get_selection(candidate.candidate_id, selection.selection_id)
    assert kept == selection
    assert (kept.state, kept.fee_fen) == (SelectionState.DRAFT, 6500)
    assert kept.occupies.start.isoformat() == "2026-10-23T16:00:00+00:00"


async def test_selecting_the_same_course_again_answers_the_same_selection(candidate, deps) -> None:  # EN-5, F-10
    first = await select(candidate, AESTHETICS, deps)
    assert await select(candidate, AESTHETICS, deps) == first


async def test_a_taken_half_day_is_refused_with_the_rival_and_alternatives(candidate, deps) -> None:  # EN-12
    await select(candidate, ANCIENT_LITERATURE_1, deps)
    with pytest.raises(TimeConflict) as refusal:
        await select(candidate, DOCUMENT_WRITING, deps)
    told = refusal.value.metadata
    assert (told["rival_course_code"], told["date"], told["period"]) == (ANCIENT_LITERATURE_1, "2026-10-24", "AM")
    for code in told["alternative_course_codes"].split(","):
        alternative = await select(candidate, code, deps)
        taken = await selections.take_back_selection(deps, candidate.candidate_id, alternative.selection_id)
        assert taken.selection.void_reason is VoidReason.REMOVED


async def test_two_simultaneous_requests_for_one_half_day_end_with_exactly_one(
    ready_candidate, make_deps, deps
) -> None:
    # F-11: two processes, two connections
    for _ in range(10):
        candidate = await ready_candidate()
        outcomes = await race(
            select(candidate, ANCIENT_LITERATURE_1, deps), select(candidate, DOCUMENT_WRITING, make_deps())
        )
        assert refusals(outcomes) == [TimeConflict]
        assert len(await deps.candidate_sessions.list_live_selections(candidate.candidate_id)) == 1


async def test_two_schools_cannot_both_fill_one_half_day(ready_candidate, make_deps, deps) -> None:  # F-11, EN-5
    for _ in range(10):
        candidate = await ready_candidate(*TWO_SCHOOLS)
        outcomes = await race(
            select(candidate, FOREIGN_LITERATURE, deps, 0), select(candidate, POLITICS, make_deps(), 1)
        )
        assert refusals(outcomes) == [TimeConflict]


async def test_one_course_is_held_under_one_registration(ready_candidate, make_deps, deps) -> None:  # PA-7
    candidate = await ready_candidate(*TWO_SCHOOLS)
    outcomes = await race(select(candidate, POLITICS, deps, 0), select(candidate, POLITICS, make_deps(), 1))
    assert refusals(outcomes) == [CourseAlreadySelected]


async def test_the_same_request_many_times_at_once_makes_one_selection(candidate, make_deps, deps) -> None:  # F-10
    outcomes = await race(*(select(candidate, AESTHETICS, make_deps()) for _ in range(8)))
    assert refusals(outcomes) == []
    assert len({selection.selection_id for selection in outcomes}) == 1


async def test_a_course_taken_back_frees_its_half_day(candidate, deps) -> None:  # EN-5
    selection = await select(candidate, ANCIENT_LITERATURE_1, deps)
    taken = await selections.take_back_selection(deps, candidate.candidate_id, selection.selection_id)
    again = await selections.take_back_selection(deps, candidate.candidate_id, selection.selection_id)
    assert taken.selection == again.selection
    assert taken.selection.state is SelectionState.VOID
    await select(candidate, DOCUMENT_WRITING, deps)


async def test_nobody_sees_or_removes_anothers_selection(candidate, ready_candidate, deps) -> None:
    selection = await select(candidate, AESTHETICS, deps)
    stranger = await ready_candidate()
    with pytest.raises(NotFound):
        await selections.take_back_selection(deps, stranger.candidate_id, selection.selection_id)
    with pytest.raises(NotFound):
        await selections.select_course(deps, stranger.candidate_id, candidate.registration_id, SESSION, AESTHETICS)


async def test_what_is_offered_is_what_can_be_selected(candidate, deps) -> None:  # EN-16, EN-5
    held = await select(candidate, ANCIENT_LITERATURE_1, deps)
    await passes(candidate, deps, "03708")
    found = await candidate_overview.list_course_offers(
        deps, candidate.candidate_id, SESSION, candidate.registration_id
    )
    by_code = {one.course.course_code: one for one in found.offers}
    assert by_code[ANCIENT_LITERATURE_1].selection == held
    assert (by_code[DOCUMENT_WRITING].state, by_code["15043"].state) == (OfferState.TIME_TAKEN, OfferState.PASSED)
    with pytest.raises(CourseAlreadyPassed):  # EN-15: an equivalent counts
        await select(candidate, "15043", deps)
    free = [code for code, one in by_code.items() if one.state is OfferState.SELECTABLE]
    assert free
    for code in free:
        chosen = await select(candidate, code, deps)
        await selections.take_back_selection(deps, candidate.candidate_id, chosen.selection_id)


async def test_nobody_is_offered_anothers_plan(candidate, ready_candidate, deps) -> None:  # EN-16
    stranger = await ready_candidate()
    with pytest.raises(NotFound):
        await candidate_overview.list_course_offers(deps, stranger.candidate_id, SESSION, candidate.registration_id)


async def test_every_unmet_gate_is_reported_at_once(deps) -> None:  # EN-2
    nobody = "00000000-0000-7000-8000-000000000001"
    with pytest.raises(GatesUnmet) as refusal:
        await selections.select_course(deps, nobody, nobody, SESSION, AESTHETICS)
    assert [each.reason for each in refusal.value.unmet] == [
        "NOT_REGISTERED",
        "DETAILS_INCOMPLETE",
        "PHONE_NOT_VERIFIED",
        "QUESTIONNAIRE_NOT_ANSWERED",
        "NOTICE_NOT_READ",
    ]


async def test_a_gate_that_passes_asks_nobody(candidate, deps, standings) -> None:  # EN-2
    asked = standings.asked
    await select(candidate, AESTHETICS, deps)
    assert standings.asked == asked


async def test_a_gate_that_would_refuse_first_asks_identity_afresh(ready_candidate, deps, standings) -> None:  # EN-2
    candidate = await ready_candidate()
    stale = Standing(candidate.candidate_id, 4, True, False, IdentityState.VERIFIED, "RESIDENT_CARD")
    standings.known[candidate.candidate_id] = Standing(
        candidate.candidate_id, 5, True, True, IdentityState.VERIFIED, "RESIDENT_CARD"
    )
    async with deps.transactions.begin() as transaction:
        await transaction.save_standing(stale)
    await select(candidate, AESTHETICS, deps)
    facts = await deps.candidate_sessions.get_facts(candidate.candidate_id, SESSION)
    assert facts.standing.version == 5


async def test_nobody_is_refused_on_the_copy_alone_while_identity_is_away(
    ready_candidate, deps, standings, hear
) -> None:
    # GW-7, F-18
    candidate = await ready_candidate()
    await hear(Standing(candidate.candidate_id, 4, True, False, IdentityState.VERIFIED))
    standings.away = True
    with pytest.raises(ServiceUnavailable):
        await select(candidate, AESTHETICS, deps)
    shown = await gates.list_gates(deps, candidate.candidate_id, SESSION)
    assert "PHONE_NOT_VERIFIED" in {gate.obstacle.reason for gate in shown if gate.obstacle}, "shown as last heard of"
    standings.away = False
    standings.known[candidate.candidate_id] = Standing(candidate.candidate_id, 5, True, True, IdentityState.VERIFIED)
    assert await select(candidate, AESTHETICS, deps)


async def test_a_timetable_that_changed_meanwhile_is_decided_on_again(candidate, make_deps, deps, files) -> None:
    # EN-5: another process imports a new timetable; this one's cache is old and its guard notices
    await deps.catalogue_cache.current()
    row = "2026-10,*,07827,2026-10-24,AM,09:00,11:30"
    moved = [
        CatalogueFile(file.name, file.content.replace(row.encode(), row.replace("10-24", "10-25").encode()))
        for file in files
        if file.name == "timetable.csv"
    ]
    try:
        await catalogue_changes.import_catalogue(make_deps(), moved, dry_run=False)
        selection = await select(candidate, "07827", deps)
        assert selection.occupies.start.isoformat() == "2026-10-25T00:00:00+08:00"
        await selections.take_back_selection(deps, candidate.candidate_id, selection.selection_id)
    finally:
        await catalogue_changes.import_catalogue(make_deps(), files, dry_run=False)


async def test_a_practice_course_awaits_the_school(candidate, deps) -> None:  # EN-10, EN-6
    plan = (await deps.catalogue_cache.latest()).plans[NORMAL_UNIVERSITY, CHINESE]
    await passes(candidate, deps, *(code for code in plan.courses if code != THESIS))
    selection = await select(candidate, THESIS, deps)
    assert (selection.state, selection.occupies) == (SelectionState.AWAITING_SCHOOL, None)


async def test_a_practice_course_under_review_opens_its_case(ready_candidate, deps, db) -> None:  # EN-10
    candidate = await ready_candidate(("10247", "080901"))
    with pytest.raises(PrerequisiteNotPassed) as refused:
        await select(candidate, "13014", deps)
    assert refused.value.metadata["missing_course_codes"] == "13013"
    await passes(candidate, deps, "13013")
    selection = await select(candidate, "13014", deps)
    noted = await db.driver.fetchval(
        "SELECT count(*) FROM outbox WHERE destination = 'review.OpenCase' AND aggregate_id = $1",
        selection.review_case_id,
    )
    assert (selection.state, noted) == (SelectionState.UNDER_REVIEW, 1)


async def test_the_gates_can_be_listed_before_anything_is_tried(candidate, deps) -> None:  # EN-2
    found = await gates.list_gates(deps, candidate.candidate_id, SESSION)
    assert all(gate.met for gate in found)


async def test_the_district_preference_is_kept(candidate, deps) -> None:  # EN-7
    await session_preliminaries.prefer_district(deps, candidate.candidate_id, SESSION, "310151")
    await session_preliminaries.prefer_district(deps, candidate.candidate_id, SESSION, "310110")
    facts = await deps.candidate_sessions.get_facts(candidate.candidate_id, SESSION)
    assert facts.participation.district_code == "310110"


async def test_passed_courses_are_not_selected_again(deps, hear) -> None:  # EN-5
    candidate_id = new_id()
    row = EnrolledRow(candidate_id, "10269", "050101", f"9{candidate_id[-11:].upper()}", (AESTHETICS,))
    assert (await enrolled_import.import_registrations(deps, [row], dry_run=False)).applied
    await hear(Standing(candidate_id, 1, True, True, IdentityState.VERIFIED))
    (registration,) = await deps.registrations.list_registrations(candidate_id)
    await prepare(candidate_id, deps)
    with pytest.raises(CourseAlreadyPassed):
        await selections.select_course(deps, candidate_id, registration.registration_id, SESSION, AESTHETICS)
