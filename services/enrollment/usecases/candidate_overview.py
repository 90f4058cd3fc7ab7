"""Everything a candidate has in a session (EN-11)."""

from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.candidate_session_state import CandidateOverview
from services.enrollment.domain.gates import all_gates
from services.enrollment.usecases.gates import gate_context


async def get_overview(deps: Dependencies, candidate_id: str, session_id: str) -> CandidateOverview:
    """EN-11: every selection with its payment state and effect, in one statement. Raises NotFound."""
    held = await deps.candidate_sessions.get_overview(candidate_id, session_id)
    context = await gate_context(deps, candidate_id, session_id, held.facts)
    return CandidateOverview(held, context.catalogue, context.session, all_gates(context), context.now)
