"""Swapping one selection for another on a real PostgreSQL: both happen or neither (EN-5, EN-12)."""

import pytest

from chassis.errors import NotFound
from chassis.ids import new_id
from services.enrollment.domain.checkouts import SeenBasket
from services.enrollment.domain.selections import SelectionState, VoidReason
from services.enrollment.errors import (
    CourseAlreadySelected,
    CourseNotInPlan,
    OrderUnsettled,
    SelectionFinal,
    TimeConflict,
)
from services.enrollment.usecases import checkouts, selections
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
    refusals,
    select,
)
from tests.support.refusals import race

TWO_SCHOOLS = (NORMAL_UNIVERSITY, CHINESE), (FINANCE_UNIVERSITY, ACCOUNTING)


async def swap(candidate, old, course_code, deps, registration=0):
    registration_id = candidate.registrations[registration].registration_id
    swapped = await selections.swap_selection(
        deps, candidate.candidate_id, old.selection_id, registration_id, course_code
    )
    return swapped.selection


async def live(candidate, deps):
    return {
        held.course_code: held for held in await deps.candidate_sessions.list_live_selections(candidate.candidate_id)
    }


async def test_a_course_takes_the_half_day_of_the_one_it_replaces(candidate, deps) -> None:  # EN-5, EN-12
    old = await select(candidate, ANCIENT_LITERATURE_1, deps)
    new = await swap(candidate, old, DOCUMENT_WRITING, deps)
    assert (new.state, new.occupies) == (SelectionState.DRAFT, old.occupies)
    assert await live(candidate, deps) == {DOCUMENT_WRITING: new}
    gone = await deps.selections.get_selection(candidate.candidate_id, old.selection_id)
    assert (gone.state, gone.void_reason) == (SelectionState.VOID, VoidReason.REMOVED)


async def test_the_same_swap_again_answers_the_same_selection(candidate, make_deps, deps) -> None:  # F-10
    old = await select(candidate, ANCIENT_LITERATURE_1, deps)
    outcomes = await race(*(swap(candidate, old, DOCUMENT_WRITING, make_deps()) for _ in range(4)))
    assert refusals(outcomes) == []
    assert len({new.selection_id for new in outcomes}) == 1
    assert await swap(candidate, old, DOCUMENT_WRITING, deps) == outcomes[0]


async def test_a_swap_for_itself_changes_nothing(candidate, deps) -> None:
    old = await select(candidate, AESTHETICS, deps)
    assert await swap(candidate, old, AESTHETICS, deps) == old


async def test_a_refused_swap_loses_nothing(candidate, deps) -> None:  # EN-12
    taken = await select(candidate, ANCIENT_LITERATURE_1, deps)
    old = await select(candidate, AESTHETICS, deps)
    with pytest.raises(TimeConflict) as refusal:
        await swap(candidate, old, DOCUMENT_WRITING, deps)
    assert refusal.value.metadata["rival_selection_id"] == taken.selection_id
    with pytest.raises(CourseAlreadySelected):
        await swap(candidate, old, ANCIENT_LITERATURE_1, deps)
    with pytest.raises(CourseNotInPlan):
        await swap(candidate, old, "99999", deps)
    assert await live(candidate, deps) == {ANCIENT_LITERATURE_1: taken, AESTHETICS: old}


async def test_a_course_moves_from_one_registration_to_another(ready_candidate, deps) -> None:  # ID-13, PA-7
    candidate = await ready_candidate(*TWO_SCHOOLS)
    old = await select(candidate, POLITICS, deps, 0)
    new = await swap(candidate, old, POLITICS, deps, registration=1)
    assert new.registration_id == candidate.registrations[1].registration_id
    assert await live(candidate, deps) == {POLITICS: new}


async def test_a_selection_in_an_order_or_taken_back_is_not_swapped(candidate, deps) -> None:  # EN-9
    ordered = await select(candidate, ANCIENT_LITERATURE_1, deps)
    removed = await select(candidate, AESTHETICS, deps)
    await selections.take_back_selection(deps, candidate.candidate_id, removed.selection_id)
    await checkouts.check_out(deps, candidate.candidate_id, SESSION, new_id(), SeenBasket((ordered.selection_id,)))
    with pytest.raises(OrderUnsettled):
        await swap(candidate, ordered, DOCUMENT_WRITING, deps)
    with pytest.raises(SelectionFinal):
        await swap(candidate, removed, DOCUMENT_WRITING, deps)


async def test_nobody_swaps_anothers_selection_or_into_anothers_registration(candidate, ready_candidate, deps) -> None:
    old, stranger = await select(candidate, AESTHETICS, deps), await ready_candidate()
    with pytest.raises(NotFound):
        await swap(stranger, old, ANCIENT_LITERATURE_1, deps)
    with pytest.raises(NotFound):
        await selections.swap_selection(
            deps, candidate.candidate_id, old.selection_id, stranger.registration_id, ANCIENT_LITERATURE_1
        )
    assert await live(candidate, deps) == {AESTHETICS: old}


async def test_a_swap_and_a_checkout_never_both_win(ready_candidate, make_deps, deps) -> None:  # F-11
    for _ in range(5):
        candidate = await ready_candidate()
        old = await select(candidate, ANCIENT_LITERATURE_1, deps)
        ordering = checkouts.check_out(
            make_deps(), candidate.candidate_id, SESSION, new_id(), SeenBasket((old.selection_id,))
        )
        outcomes = await race(swap(candidate, old, DOCUMENT_WRITING, deps), ordering)
        assert len(refusals(outcomes)) == 1
        assert len(await deps.candidate_sessions.list_live_selections(candidate.candidate_id)) == 1


async def test_two_swaps_for_one_half_day_end_with_exactly_one_and_lose_nothing(  # F-11
    ready_candidate, make_deps, deps
) -> None:
    for _ in range(5):
        candidate = await ready_candidate(*TWO_SCHOOLS)
        first, second = await select(candidate, AESTHETICS, deps), await select(candidate, DOCUMENT_WRITING, deps)
        outcomes = await race(
            swap(candidate, first, FOREIGN_LITERATURE, deps), swap(candidate, second, POLITICS, make_deps(), 1)
        )
        assert refusals(outcomes) == [TimeConflict]
        assert len(await deps.candidate_sessions.list_live_selections(candidate.candidate_id)) == 2
