"""The draft before opening: prepared and checked early, live and in an order by one confirmation (EN-14)."""

from datetime import date, timedelta

import pytest

from chassis.ids import new_id
from cli.demo.session_dates import SESSION_FILES, move_along
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.checkouts import CheckoutState
from services.enrollment.domain.imports.file_rows import CatalogueFile
from services.enrollment.domain.registrations import IdentityState, Standing
from services.enrollment.domain.selections import SelectionState, VoidReason
from services.enrollment.errors import DraftRefused, FeesChanged, GatesUnmet, NothingToCheckOut, TimeConflict
from services.enrollment.mapping import candidate as mapping
from services.enrollment.usecases import (
    candidate_overview,
    checkouts,
    gates,
    prepared_selection_confirmation,
    registrations,
    selections,
    session_preliminaries,
)
from services.enrollment.usecases.administration import catalogue_changes, session_windows
from services.enrollment.usecases.ticket_numbers import keep_standing
from tests.integration.enrollment.exam_sessions import Session, publish
from tests.integration.enrollment.stand_ins import (
    ANSWERS,
    STAFF_APPRAISAL,
    STAFF_LABORATORY,
    STAFF_MANAGEMENT,
    STAFF_SELECTION,
    STAFF_UNIVERSITY,
    passes,
    refusals,
)
from tests.support.refusals import race

AN_HOUR = timedelta(hours=1)
A_MOMENT = timedelta(microseconds=1)
TONGJI, COMPUTING = "10247", "080901"
PROGRAMMING = "13014"  # a practice course that Tongji reviews, after its theory course 13013


@pytest.fixture
async def announced(deps, files, clock) -> Session:
    """A session whose window opens in an hour."""
    return await publish(deps, files, clock, opens_in=AN_HOUR)


async def confirm(who, session, deps, request_id: str = "", total_fen: int = 0):
    asked = who.candidate_id, session.session_id, request_id, total_fen
    return await prepared_selection_confirmation.confirm_draft(deps, *asked)


def states(overview) -> set[SelectionState]:
    return {held.state for held in overview.held.selections}


async def test_before_the_opening_a_selection_is_prepared(announced, db) -> None:  # EN-14
    who = await announced.candidate()
    held = await announced.select(who, STAFF_SELECTION)
    assert held.state is SelectionState.PREPARED
    assert (await announced.select(who, STAFF_SELECTION)).selection_id == held.selection_id


async def test_a_prepared_selection_is_checked_like_any_other(announced, deps) -> None:  # EN-14, EN-5
    who = await announced.candidate()
    taken, wanted = await _same_half_day(announced, deps)
    await announced.select(who, taken)
    with pytest.raises(TimeConflict):
        await announced.select(who, wanted)


async def test_a_prepared_selection_is_swapped_for_another_prepared_one(announced, deps) -> None:  # EN-14, EN-12
    who = await announced.candidate()
    taken, wanted = await _same_half_day(announced, deps)
    old = await announced.select(who, taken)
    swapped = await selections.swap_selection(deps, who.candidate_id, old.selection_id, old.registration_id, wanted)
    assert swapped.selection.state is SelectionState.PREPARED
    assert [held.course_code for held in await deps.candidate_sessions.list_live_selections(who.candidate_id)] == [
        wanted
    ]


async def test_all_other_gates_stand_before_preparing(announced, deps) -> None:  # EN-14, EN-2
    candidate_id = new_id()
    async with deps.transactions.begin() as transaction:
        known = Standing(candidate_id, 3, True, True, IdentityState.VERIFIED, "RESIDENT_CARD")
        await keep_standing(deps, transaction, known)
    held = await registrations.register_for_major(deps, candidate_id, STAFF_UNIVERSITY, STAFF_MANAGEMENT, "1")
    with pytest.raises(GatesUnmet) as refused:
        await selections.select_course(deps, candidate_id, held.registration_id, announced.session_id, STAFF_SELECTION)
    assert {gate.reason for gate in refused.value.unmet} == {"QUESTIONNAIRE_NOT_ANSWERED", "NOTICE_NOT_READ"}
    await session_preliminaries.submit_questionnaire(deps, candidate_id, announced.session_id, ANSWERS)
    await session_preliminaries.acknowledge_notice(deps, candidate_id, announced.session_id, "1")
    told = mapping.gate_list(await gates.list_gates(deps, candidate_id, announced.session_id))
    assert (told.may_prepare, told.may_select, told.may_pay) == (True, False, False)


async def test_a_district_is_preferred_before_the_opening(announced, deps) -> None:  # EN-14, EN-7
    who = await announced.candidate()
    await session_preliminaries.prefer_district(deps, who.candidate_id, announced.session_id, "310110")
    facts = await deps.candidate_sessions.get_facts(who.candidate_id, announced.session_id)
    assert facts.participation.district_code == "310110"


async def test_what_is_prepared_is_taken_back_and_its_time_is_free(announced, deps) -> None:  # EN-14
    who = await announced.candidate()
    held = await announced.select(who, STAFF_SELECTION)
    await selections.take_back_selection(deps, who.candidate_id, held.selection_id)
    assert await announced.state_of(held) == (SelectionState.VOID, VoidReason.REMOVED)


async def test_a_draft_is_neither_confirmed_nor_checked_out_before_the_opening(announced, deps) -> None:  # EN-14
    who = await announced.candidate()
    await announced.select(who, STAFF_SELECTION)
    with pytest.raises(GatesUnmet) as refused:
        await confirm(who, announced, deps, new_id())
    assert [gate.reason for gate in refused.value.unmet] == ["WINDOW_NOT_OPEN"]
    with pytest.raises((GatesUnmet, NothingToCheckOut)):
        await checkouts.check_out(deps, who.candidate_id, announced.session_id, new_id())


async def test_one_confirmation_turns_the_draft_into_an_order(announced, deps, orders, clock) -> None:  # EN-14
    who = await announced.candidate()
    first, second = await announced.select(who, STAFF_SELECTION), await announced.select(who, STAFF_APPRAISAL)
    clock.advance(AN_HOUR)
    shown = await confirm(who, announced, deps, new_id())
    assert states(shown) == {SelectionState.RESERVED}
    assert set(shown.held.unsettled.selection_ids) == {first.selection_id, second.selection_id}
    assert shown.held.unsettled.state is CheckoutState.UNSETTLED
    assert orders.created == [shown.held.unsettled.order_id]


async def test_confirming_again_answers_the_same_order(announced, deps, orders, clock) -> None:  # EN-14, F-10
    who = await announced.candidate()
    await announced.select(who, STAFF_SELECTION)
    clock.advance(AN_HOUR)
    request_id = new_id()
    first, again = [await confirm(who, announced, deps, request_id) for _ in range(2)]
    assert first.held.unsettled == again.held.unsettled
    assert len(orders.created) == 1


async def test_without_a_request_id_the_draft_becomes_drafts(announced, deps, orders, clock) -> None:  # EN-14
    who = await announced.candidate()
    await announced.select(who, STAFF_SELECTION)
    clock.advance(AN_HOUR)
    assert states(await confirm(who, announced, deps)) == {SelectionState.DRAFT}
    assert orders.created == []
    assert states(await confirm(who, announced, deps)) == {SelectionState.DRAFT}


@pytest.mark.parametrize(
    ("place", "course_code", "state", "opened"),
    [
        ((STAFF_UNIVERSITY, STAFF_MANAGEMENT), STAFF_LABORATORY, SelectionState.AWAITING_SCHOOL, 0),
        ((TONGJI, COMPUTING), PROGRAMMING, SelectionState.UNDER_REVIEW, 1),
    ],
)
async def test_confirmed_practice_courses_go_the_way_of_their_school(
    announced, deps, db, clock, place, course_code, state, opened
) -> None:  # EN-14, EN-10
    who = await announced.candidate(place, passed=["13013"])
    held = await announced.select(who, course_code)
    assert (held.state, held.review_case_id) == (SelectionState.PREPARED, "")
    clock.advance(AN_HOUR)
    shown = await confirm(who, announced, deps, new_id())
    (live,) = shown.held.selections
    assert (live.state, await cases(db, live)) == (state, opened)
    assert shown.held.unsettled is None


async def cases(db, held) -> int:
    noted = "SELECT count(*) FROM outbox WHERE destination = 'review.OpenCase' AND aggregate_id = $1"
    return await db.driver.fetchval(noted, held.review_case_id)


async def test_a_draft_that_cannot_stand_is_refused_whole_and_names_every_course(announced, deps, clock) -> None:
    # EN-14: checked again at the opening
    who = await announced.candidate()
    passed = await announced.select(who, STAFF_SELECTION)
    other = await announced.select(who, STAFF_APPRAISAL)
    await passes(who, deps, STAFF_SELECTION)
    clock.advance(AN_HOUR)
    with pytest.raises(DraftRefused) as refused:
        await confirm(who, announced, deps)
    assert [(each.reason, each.subject) for each in refused.value.unmet] == [
        ("COURSE_ALREADY_PASSED", passed.selection_id)
    ]
    assert all(each.zh and each.en for each in refused.value.unmet)
    assert await announced.state_of(other) == (SelectionState.PREPARED, None)
    await selections.take_back_selection(deps, who.candidate_id, passed.selection_id)
    assert SelectionState.DRAFT in states(await confirm(who, announced, deps))


async def test_a_draft_is_confirmed_at_the_total_that_was_shown(announced, deps, clock) -> None:  # EN-15, EN-16
    who = await announced.candidate()
    await announced.select(who, STAFF_SELECTION)
    clock.advance(AN_HOUR)
    shown = await candidate_overview.get_overview(deps, who.candidate_id, announced.session_id)
    with pytest.raises(FeesChanged):
        await confirm(who, announced, deps, new_id(), total_fen=shown.total_fen + 1)
    again = await confirm(who, announced, deps, new_id(), total_fen=shown.total_fen)
    assert again.held.unsettled.total_fen == shown.total_fen


async def test_the_opening_is_exact_by_the_servers_clock(announced, deps, clock) -> None:  # EN-14, F-15
    who = await announced.candidate()
    await announced.select(who, STAFF_SELECTION)
    clock.advance(AN_HOUR - A_MOMENT)
    assert (await announced.select(who, STAFF_APPRAISAL)).state is SelectionState.PREPARED
    with pytest.raises(GatesUnmet):
        await confirm(who, announced, deps)
    clock.advance(A_MOMENT)
    await confirm(who, announced, deps)
    assert (await announced.select(who, STAFF_LABORATORY)).state is SelectionState.AWAITING_SCHOOL


async def test_confirmations_at_once_make_one_order(announced, make_deps, orders, clock) -> None:  # EN-14, F-8
    who = await announced.candidate()
    await announced.select(who, STAFF_APPRAISAL)
    await announced.select(who, STAFF_SELECTION)
    clock.advance(AN_HOUR)
    request_id = new_id()
    found = await race(*(confirm(who, announced, make_deps(), request_id) for _ in range(6)))
    assert refusals(found) == []
    assert len(orders.created) == 1
    assert {overview.held.unsettled.order_id for overview in found} == set(orders.created)


async def test_confirming_meets_an_operator_who_opens_the_session(
    announced, make_deps, deps, orders
) -> None:  # EN-14, F-15
    who = await announced.candidate()
    held = await announced.select(who, STAFF_SELECTION)
    opening = session_windows.open_session(make_deps(), announced.session_id, "")
    found = await race(opening, *(confirm(who, announced, make_deps()) for _ in range(4)))
    assert set(refusals(found)) <= {GatesUnmet}  # whoever came too early is told so, and comes again
    await confirm(who, announced, deps)
    assert await announced.state_of(held) == (SelectionState.DRAFT, None)


async def test_confirming_and_taking_back_at_once_end_with_one_of_them(announced, make_deps, clock) -> None:  # EN-14
    who = await announced.candidate()
    held = await announced.select(who, STAFF_SELECTION)
    clock.advance(AN_HOUR)
    taking = selections.take_back_selection(make_deps(), who.candidate_id, held.selection_id)
    await race(confirm(who, announced, make_deps()), taking)
    assert await announced.state_of(held) == (SelectionState.VOID, VoidReason.REMOVED)  # a draft can be taken back too


async def test_every_session_named_as_an_alternative_takes_the_course(announced, deps, files) -> None:  # EN-12, EN-14
    own = {file.name: file.content for file in files if file.name in SESSION_FILES}
    later = [CatalogueFile(name, content) for name, content in move_along(own, date(2027, 3, 1)).items()]
    assert not (await catalogue_changes.import_catalogue(deps, later, dry_run=False))[0].problems
    who = await announced.candidate()
    taken, wanted = await _same_half_day(announced, deps)
    await announced.select(who, taken)
    with pytest.raises(TimeConflict) as refused:
        await announced.select(who, wanted)
    told = refused.value.metadata
    assert (told["rival_course_code"], told["rival_session_id"]) == (taken, announced.session_id)
    offered = told["alternative_session_ids"].split(",")
    assert "2027-04" in offered
    for session_id in offered:
        await session_preliminaries.submit_questionnaire(deps, who.candidate_id, session_id, ANSWERS)
        await session_preliminaries.acknowledge_notice(deps, who.candidate_id, session_id, "1")
        chosen = await selections.select_course(deps, who.candidate_id, who.registration_id, session_id, wanted)
        assert chosen.selection.state in {SelectionState.PREPARED, SelectionState.DRAFT}
        await selections.take_back_selection(deps, who.candidate_id, chosen.selection.selection_id)


async def _same_half_day(session: Session, deps: Dependencies) -> tuple[str, str]:
    """Two theory courses of the plan that are examined in one half-day."""
    catalogue = await deps.catalogue_cache.latest()
    plan = catalogue.plans[STAFF_UNIVERSITY, STAFF_MANAGEMENT]
    at: dict[tuple[object, object], str] = {}
    for code in plan.courses:
        sitting = catalogue.sitting(session.session_id, STAFF_UNIVERSITY, code)
        if sitting is None or not catalogue.courses[code].is_theory:
            continue
        half_day = sitting.day, sitting.period
        if half_day in at:
            return at[half_day], code
        at[half_day] = code
    raise AssertionError("no half-day has two courses")
