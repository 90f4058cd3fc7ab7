"""Selecting a course and taking it back (EN-5): the hot path. Before the window opens it is prepared (EN-14)."""

from collections.abc import Sequence

from chassis.errors import must_exist
from chassis.ids import derived_id, new_id
from chassis.optimistic_retry import until_applied
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.catalogue import Catalogue, SessionState
from services.enrollment.domain.course_rules.course_choice import Choice, choose, held_already
from services.enrollment.domain.course_rules.selection_alternatives import (
    explained,
    refusal_context,
    why_refused,
)
from services.enrollment.domain.gates import GateContext, preparation_gates
from services.enrollment.domain.registrations import CaseKind, CaseToOpen, Registration
from services.enrollment.domain.selections import Selection, SelectionState, ShownSelection, VoidReason, may_remove
from services.enrollment.errors import CourseNotExamined, PrerequisiteNotPassed
from services.enrollment.usecases.gates import pass_gates, read_context


async def select_course(
    deps: Dependencies, candidate_id: str, registration_id: str, session_id: str, course_code: str
) -> ShownSelection:
    """EN-5: selects a course; the same again answers the selection that exists.

    Two round trips: one reads the facts, one inserts, guarded by the catalogue's revision and by the constraints.
    Raises NotFound, GatesUnmet, CourseNotInPlan, CourseNotExamined, CourseAlreadyPassed, PrerequisiteNotPassed,
    CourseAlreadySelected, TimeConflict, Contention.
    """

    async def attempt() -> ShownSelection | None:
        context = await pass_gates(deps, await read_context(deps, candidate_id, session_id), preparation_gates)
        registration = _registration(context, registration_id)
        choice = await _chosen(deps, registration, course_code, context)
        wanted = _selection(choice, context)
        case, revision = _case(wanted, registration, context.catalogue), context.facts.revision
        placed = await deps.selections.place_selection(wanted, revision=revision, case=case)
        held = wanted if placed else await _held_or_refused(deps, choice, context)
        return ShownSelection(held, registration.school_code, context.catalogue) if held else None

    return await until_applied(attempt)


async def take_back_selection(deps: Dependencies, candidate_id: str, selection_id: str) -> ShownSelection:
    """Takes a selection back; one that was taken back before is answered as it is.

    Raises NotFound, OrderUnsettled, SelectionFinal, Contention.
    """

    async def attempt() -> Selection | None:
        held = await _own(deps, candidate_id, selection_id)
        if held.void_reason is VoidReason.REMOVED:
            return held
        may_remove(held)
        removed = await deps.selections.remove_selection(held, deps.clock.now())
        if removed is not None:  # EN-6: what collided with it may have its time now
            await deps.practice_courses.give_free_times(candidate_id)
        return removed

    return await _shown(deps, await until_applied(attempt))


async def swap_selection(
    deps: Dependencies, candidate_id: str, selection_id: str, registration_id: str, course_code: str
) -> ShownSelection:
    """EN-5, EN-12: selects a course in the place of a selection, which stays as it is when the course is refused.

    Once swapped, the same again answers the selection that exists. Raises what `take_back_selection` and
    `select_course` raise.
    """

    async def attempt() -> ShownSelection | None:
        old = await _own(deps, candidate_id, selection_id)
        live = await deps.candidate_sessions.list_live_selections(candidate_id)
        done = _swapped_already(old, registration_id, course_code, live)
        if done is not None:
            return await _shown(deps, done)
        may_remove(old)
        context = await pass_gates(deps, await read_context(deps, candidate_id, old.session_id), preparation_gates)
        registration = _registration(context, registration_id)
        choice = await _chosen(deps, registration, course_code, context)
        wanted = _selection(choice, context)
        case, revision = _case(wanted, registration, context.catalogue), context.facts.revision
        if not await deps.selections.swap_selections(old, wanted, revision=revision, case=case):
            await _require_swap_possible(deps, old, choice, context)
            return None
        await deps.practice_courses.give_free_times(candidate_id)  # EN-6
        return ShownSelection(wanted, registration.school_code, context.catalogue)

    return await until_applied(attempt)


def practice_case_id(selection_id: str) -> str:
    """The review case of a practice selection."""
    return derived_id("case", CaseKind.PRACTICE_COURSE.value, selection_id)


def practice_case(selection: Selection, school_code: str, catalogue: Catalogue) -> CaseToOpen:
    """EN-10: some schools review practice courses before payment."""
    return CaseToOpen(
        case_id=selection.review_case_id,
        kind=CaseKind.PRACTICE_COURSE,
        candidate_id=selection.candidate_id,
        subject_id=selection.selection_id,
        school_code=school_code,
        subject_name=catalogue.courses[selection.course_code].name,
    )


def _registration(context: GateContext, registration_id: str) -> Registration:
    return must_exist(context.facts.registration(registration_id))


async def _own(deps: Dependencies, candidate_id: str, selection_id: str) -> Selection:
    return must_exist(await deps.selections.get_selection(candidate_id, selection_id))


async def _chosen(deps: Dependencies, registration: Registration, course_code: str, context: GateContext) -> Choice:
    """What may be selected. Raises why not, with what could be instead (EN-12)."""
    try:
        return choose(context.catalogue, context.session, registration, course_code, context.facts.passed)
    except (CourseNotExamined, PrerequisiteNotPassed) as refusal:
        live = await deps.candidate_sessions.list_live_selections(context.candidate_id)
        course = context.catalogue.courses[course_code]
        raise explained(refusal, course, registration, refusal_context(context, live)) from refusal


async def _held_or_refused(deps: Dependencies, choice: Choice, context: GateContext) -> Selection | None:
    """The selection that exists already, or None to try again. Raises why the database did not take it (EN-12)."""
    live = await deps.candidate_sessions.list_live_selections(context.candidate_id)
    held = held_already(choice, live)
    if held is not None and held.registration_id == choice.registration.registration_id:
        return held
    refusal = why_refused(choice, refusal_context(context, live))
    if refusal is not None:
        raise refusal
    return None


def _selection(choice: Choice, context: GateContext) -> Selection:
    selection_id = new_id()
    ahead_of_opening = context.session.state(context.now) is SessionState.ANNOUNCED
    state = SelectionState.PREPARED if ahead_of_opening else choice.first_state
    return Selection(
        selection_id=selection_id,
        candidate_id=context.candidate_id,
        registration_id=choice.registration.registration_id,
        session_id=choice.session_id,
        course_code=choice.course.course_code,
        course_kind=choice.course.kind,
        fee_fen=choice.fee_fen,
        state=state,
        occupies=choice.occupies,
        review_case_id=practice_case_id(selection_id) if state is SelectionState.UNDER_REVIEW else "",
        create_time=context.now,
        update_time=context.now,
    )


def _case(wanted: Selection, registration: Registration, catalogue: Catalogue) -> CaseToOpen | None:
    return practice_case(wanted, registration.school_code, catalogue) if wanted.review_case_id else None


async def _require_swap_possible(deps: Dependencies, old: Selection, choice: Choice, context: GateContext) -> None:
    """Raises what stands in the way besides the old selection (EN-12); returns when there may be nothing any more."""
    live = await deps.candidate_sessions.list_live_selections(context.candidate_id)
    others = [held for held in live if held.selection_id != old.selection_id]
    refusal = why_refused(choice, refusal_context(context, others))
    if refusal is not None and len(others) < len(live):  # else the old one went meanwhile: look again
        raise refusal


def _swapped_already(
    old: Selection, registration_id: str, course_code: str, live: Sequence[Selection]
) -> Selection | None:
    """The selection that a swap has led to, or that need not be swapped; None when there is something to do."""
    wanted = old.session_id, registration_id, course_code
    if old.void_reason is not VoidReason.REMOVED and (old.session_id, old.registration_id, old.course_code) != wanted:
        return None
    return next((one for one in live if (one.session_id, one.registration_id, one.course_code) == wanted), None)


async def _shown(deps: Dependencies, held: Selection) -> ShownSelection:
    facts = await deps.candidate_sessions.get_facts(held.candidate_id, held.session_id)
    registration = facts.registration(held.registration_id)
    assert registration is not None
    return ShownSelection(held, registration.school_code, await deps.catalogue_cache.at(facts.revision))
