"""Confirming the draft at the opening (EN-14): one call turns what was prepared into live selections and an order."""

from collections.abc import Sequence
from dataclasses import replace

from services.enrollment.domain.drafting import confirmed, prepared
from services.enrollment.domain.gates import Gate, selection_gates
from services.enrollment.domain.selection import Selection, SelectionState
from services.enrollment.errors import Crowded, NothingToCheckOut
from services.enrollment.ports import CaseToOpen, Ports
from services.enrollment.usecases import TRIES
from services.enrollment.usecases.checking_out import check_out
from services.enrollment.usecases.gating import Scene, pass_gates, set_scene
from services.enrollment.usecases.overview import Overview, session_overview
from services.enrollment.usecases.selecting import practice_case, practice_case_id


async def confirm_draft(candidate_id: str, session_id: str, request_id: str, ports: Ports) -> Overview:
    """EN-14: makes the draft live, all or nothing, and with a request id checks its theory courses out at once.

    Safe to call again. Raises NotFound, GatesUnmet, DraftRefused, and with a request id what check_out raises.
    """
    await _confirm(candidate_id, session_id, ports)
    if request_id:
        await _check_out(candidate_id, session_id, request_id, ports)
    return await session_overview(candidate_id, session_id, ports)


async def _confirm(candidate_id: str, session_id: str, ports: Ports) -> None:
    for _ in range(TRIES):
        desk = await ports.desks.overview(candidate_id, session_id)
        scene = await set_scene(candidate_id, session_id, desk.facts, ports)
        draft = prepared(desk.selections)
        if not draft:
            return
        scene = await pass_gates(scene, _ahead, ports)
        live = confirmed(draft, scene.catalogue, scene.session, scene.facts, scene.now)
        live = tuple(_with_case(held) for held in live)
        if await ports.selections.confirm(live, _cases(live, scene), revision=scene.facts.revision, now=scene.now):
            return
    raise Crowded()


def _ahead(scene: Scene) -> tuple[Gate, ...]:
    return selection_gates(scene.facts, scene.catalogue, scene.session, scene.now)


def _with_case(held: Selection) -> Selection:
    reviewed = held.state is SelectionState.UNDER_REVIEW
    return replace(held, review_case_id=practice_case_id(held.selection_id)) if reviewed else held


def _cases(live: Sequence[Selection], scene: Scene) -> list[CaseToOpen]:
    schools = {held.registration_id: held.school_code for held in scene.facts.registrations}
    return [practice_case(held, schools[held.registration_id]) for held in live if held.review_case_id]


async def _check_out(candidate_id: str, session_id: str, request_id: str, ports: Ports) -> None:
    try:
        await check_out(candidate_id, session_id, request_id, (), ports)
    except NothingToCheckOut:
        return  # a draft of practice courses only: their schools collect (EN-10)
