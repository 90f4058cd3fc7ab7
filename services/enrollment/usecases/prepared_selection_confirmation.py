"""Confirming the draft at the opening (EN-14): one call turns what was prepared into live selections and an order."""

from collections.abc import Sequence
from dataclasses import replace

from chassis.optimistic_retry import until_applied
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.candidate_session_state import CandidateOverview
from services.enrollment.domain.checkouts import SeenBasket
from services.enrollment.domain.gates import GateContext, selection_gates
from services.enrollment.domain.prepared_selections import confirmed, prepared
from services.enrollment.domain.registrations import CaseToOpen
from services.enrollment.domain.selections import Selection, SelectionState
from services.enrollment.errors import NothingToCheckOut
from services.enrollment.usecases.candidate_overview import get_overview
from services.enrollment.usecases.checkouts import check_out
from services.enrollment.usecases.gates import gate_context, pass_gates
from services.enrollment.usecases.selections import practice_case, practice_case_id


async def confirm_draft(
    deps: Dependencies, candidate_id: str, session_id: str, request_id: str, total_fen: int = 0
) -> CandidateOverview:
    """EN-14: makes the draft live, all or nothing, and with a request id checks its theory courses out at once.

    `total_fen` is what the candidate saw that the order will cost, 0 for whatever it is. Safe to call again. Raises
    NotFound, GatesUnmet, DraftRefused, Contention; with a request id what check_out raises.
    """
    await _confirm(deps, candidate_id, session_id)
    if request_id:
        await _check_out(deps, candidate_id, session_id, request_id, SeenBasket(total_fen=total_fen))
    return await get_overview(deps, candidate_id, session_id)


async def _confirm(deps: Dependencies, candidate_id: str, session_id: str) -> None:
    async def attempt() -> bool | None:
        held = await deps.candidate_sessions.get_overview(candidate_id, session_id)
        context = await gate_context(deps, candidate_id, session_id, held.facts)
        draft = prepared(held.selections)
        if not draft:
            return True
        context = await pass_gates(deps, context, selection_gates)
        live = tuple(_with_case(held) for held in confirmed(draft, context))
        revision, cases = context.facts.revision, _cases(live, context)
        return await deps.selections.confirm_prepared(live, cases, revision=revision, now=context.now) or None

    await until_applied(attempt)


def _with_case(held: Selection) -> Selection:
    reviewed = held.state is SelectionState.UNDER_REVIEW
    return replace(held, review_case_id=practice_case_id(held.selection_id)) if reviewed else held


def _cases(live: Sequence[Selection], context: GateContext) -> list[CaseToOpen]:
    schools = {held.registration_id: held.school_code for held in context.facts.registrations}
    return [
        practice_case(held, schools[held.registration_id], context.catalogue) for held in live if held.review_case_id
    ]


async def _check_out(deps: Dependencies, candidate_id: str, session_id: str, request_id: str, seen: SeenBasket) -> None:
    try:
        await check_out(deps, candidate_id, session_id, request_id, seen)
    except NothingToCheckOut:
        return  # a draft of practice courses only: their schools collect (EN-10)
