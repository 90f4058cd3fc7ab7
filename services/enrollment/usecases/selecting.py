"""Selecting a course and taking it back (EN-5): the hot path. Before the window opens it is prepared (EN-14)."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.errors import NotFound
from chassis.ids import derived_id, new_id
from services.enrollment.domain.catalogue import Catalogue, SessionState
from services.enrollment.domain.choosing import Choice, choose, held_already
from services.enrollment.domain.explaining import Situation, explained, why_refused
from services.enrollment.domain.gates import Gate, preparation_gates
from services.enrollment.domain.registration import Registration
from services.enrollment.domain.selection import Selection, SelectionState, VoidReason, may_remove
from services.enrollment.errors import CourseNotExamined, Crowded, PrerequisiteNotPassed
from services.enrollment.ports import CaseKind, CaseToOpen, Ports
from services.enrollment.usecases import TRIES
from services.enrollment.usecases.gating import Scene, pass_gates, set_scene


@dataclass(frozen=True, slots=True)
class Selected:
    """A selection, with what is needed to show it."""

    selection: Selection
    school_code: str
    catalogue: Catalogue


async def select_course(
    candidate_id: str, registration_id: str, session_id: str, course_code: str, ports: Ports
) -> Selected:
    """EN-5: selects a course; the same again answers the selection that exists.

    Two round trips: one reads the facts, one inserts, guarded by the catalogue's revision and by the constraints.
    Raises NotFound, GatesUnmet, CourseNotInPlan, CourseNotExamined, CourseAlreadyPassed, PrerequisiteNotPassed,
    CourseAlreadySelected, TimeConflict.
    """
    for _ in range(TRIES):
        facts = await ports.desks.facts(candidate_id, session_id)
        scene = await pass_gates(await set_scene(candidate_id, session_id, facts, ports), _ahead, ports)
        registration = scene.facts.registration(registration_id)
        if registration is None:
            raise NotFound()
        choice = await _chosen(registration, course_code, scene, ports)
        wanted = _selection(choice, scene)
        case = practice_case(wanted, registration.school_code) if wanted.review_case_id else None
        placed = await ports.selections.place(wanted, revision=scene.facts.revision, case=case)
        held = wanted if placed else await _held_or_refused(choice, scene, ports)
        if held is not None:
            return Selected(held, registration.school_code, scene.catalogue)
    raise Crowded()


def _ahead(scene: Scene) -> tuple[Gate, ...]:
    return preparation_gates(scene.facts, scene.catalogue, scene.session, scene.now)


async def _chosen(registration: Registration, course_code: str, scene: Scene, ports: Ports) -> Choice:
    """What may be selected. Raises why not, with what could be instead (EN-12)."""
    try:
        return choose(scene.catalogue, scene.session, registration, course_code, scene.facts.passed)
    except (CourseNotExamined, PrerequisiteNotPassed) as refusal:
        live = await ports.desks.live(scene.candidate_id)
        course = scene.catalogue.courses[course_code]
        raise explained(refusal, course, registration, _situation(scene, live)) from refusal


def _situation(scene: Scene, live: Sequence[Selection]) -> Situation:
    facts = scene.facts
    return Situation(scene.catalogue, scene.session, facts.registrations, facts.passed, live, scene.now)


async def _held_or_refused(choice: Choice, scene: Scene, ports: Ports) -> Selection | None:
    """The selection that exists already, or None to try again. Raises why the database did not take it (EN-12)."""
    live = await ports.desks.live(scene.candidate_id)
    held = held_already(choice, live)
    if held is not None and held.registration_id == choice.registration.registration_id:
        return held
    refusal = why_refused(choice, _situation(scene, live))
    if refusal is not None:
        raise refusal
    return None


def _selection(choice: Choice, scene: Scene) -> Selection:
    selection_id = new_id()
    ahead_of_opening = scene.session.state(scene.now) is SessionState.ANNOUNCED
    state = SelectionState.PREPARED if ahead_of_opening else choice.first_state
    return Selection(
        selection_id=selection_id,
        candidate_id=scene.candidate_id,
        registration_id=choice.registration.registration_id,
        session_id=choice.session_id,
        course_code=choice.course.course_code,
        course_kind=choice.course.kind,
        fee_fen=choice.fee_fen,
        state=state,
        occupies=choice.occupies,
        order_id="",
        void_reason=None,
        review_case_id=practice_case_id(selection_id) if state is SelectionState.UNDER_REVIEW else "",
        create_time=scene.now,
        update_time=scene.now,
    )


def practice_case_id(selection_id: str) -> str:
    """The review case of a practice selection."""
    return derived_id("case", CaseKind.PRACTICE_COURSE.value, selection_id)


def practice_case(selection: Selection, school_code: str) -> CaseToOpen:
    """EN-10: some schools review practice courses before payment."""
    return CaseToOpen(
        case_id=selection.review_case_id,
        kind=CaseKind.PRACTICE_COURSE,
        candidate_id=selection.candidate_id,
        subject_id=selection.selection_id,
        school_code=school_code,
    )


async def take_back(candidate_id: str, selection_id: str, ports: Ports) -> Selected:
    """Takes a selection back; one that was taken back before is answered as it is.

    Raises NotFound, OrderUnsettled, SelectionFinal.
    """
    for _ in range(TRIES):
        held = await ports.selections.get(candidate_id, selection_id)
        if held is None:
            raise NotFound()
        if held.void_reason is VoidReason.REMOVED:
            return await _shown(held, ports)
        may_remove(held)
        if removed := await ports.selections.remove(held, ports.clock.now()):
            await ports.practice.settle_times(candidate_id)  # EN-6: what collided with it may have its time now
            return await _shown(removed, ports)
    raise Crowded()


async def swap(candidate_id: str, selection_id: str, registration_id: str, course_code: str, ports: Ports) -> Selected:
    """EN-5, EN-12: selects a course in the place of a selection, which stays as it is when the course is refused.

    Once swapped, the same again answers the selection that exists. Raises what `take_back` and `select_course` raise.
    """
    for _ in range(TRIES):
        old = await ports.selections.get(candidate_id, selection_id)
        if old is None:
            raise NotFound()
        live = await ports.desks.live(candidate_id)
        done = _swapped_already(old, registration_id, course_code, live)
        if done is not None:
            return await _shown(done, ports)
        may_remove(old)
        facts = await ports.desks.facts(candidate_id, old.session_id)
        scene = await pass_gates(await set_scene(candidate_id, old.session_id, facts, ports), _ahead, ports)
        registration = scene.facts.registration(registration_id)
        if registration is None:
            raise NotFound()
        choice = await _chosen(registration, course_code, scene, ports)
        wanted = _selection(choice, scene)
        case = practice_case(wanted, registration.school_code) if wanted.review_case_id else None
        if await ports.selections.swap(old, wanted, revision=scene.facts.revision, case=case):
            await ports.practice.settle_times(candidate_id)  # EN-6
            return Selected(wanted, registration.school_code, scene.catalogue)
        await _swap_refused(old, choice, scene, ports)
    raise Crowded()


async def _swap_refused(old: Selection, choice: Choice, scene: Scene, ports: Ports) -> None:
    """Raises what stands in the way besides the old selection (EN-12); returns when there may be nothing any more."""
    live = await ports.desks.live(scene.candidate_id)
    others = [held for held in live if held.selection_id != old.selection_id]
    refusal = why_refused(choice, _situation(scene, others))
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


async def _shown(held: Selection, ports: Ports) -> Selected:
    facts = await ports.desks.facts(held.candidate_id, held.session_id)
    registration = facts.registration(held.registration_id)
    assert registration is not None
    return Selected(held, registration.school_code, await ports.catalogues.at(facts.revision))
