"""What a candidate has in a session, and what the session offers (EN-11, EN-16)."""

from chassis.errors import must_exist
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.candidate_session_state import CandidateOffers, CandidateOverview
from services.enrollment.domain.course_rules.course_offers import course_offers
from services.enrollment.domain.course_rules.selection_alternatives import refusal_context
from services.enrollment.domain.course_rules.selection_rechecks import recheck
from services.enrollment.domain.gates import all_gates
from services.enrollment.domain.selections import NOT_CHECKED_OUT
from services.enrollment.usecases.gates import gate_context, read_context


async def get_overview(deps: Dependencies, candidate_id: str, session_id: str) -> CandidateOverview:
    """EN-11: every selection with its payment state and effect, in one statement. Raises NotFound."""
    held = await deps.candidate_sessions.get_overview(candidate_id, session_id)
    context = await gate_context(deps, candidate_id, session_id, held.facts)
    rechecks = tuple(recheck(one, context) for one in held.selections if one.state in NOT_CHECKED_OUT)
    return CandidateOverview(held, context.catalogue, context.session, all_gates(context), rechecks, context.now)


async def list_course_offers(
    deps: Dependencies, candidate_id: str, session_id: str, registration_id: str
) -> CandidateOffers:
    """EN-16: the courses of a registration's plan as the session offers them. Raises NotFound."""
    context = await read_context(deps, candidate_id, session_id)
    registration = must_exist(context.facts.registration(registration_id))
    live = await deps.candidate_sessions.list_live_selections(candidate_id)
    return CandidateOffers(tuple(course_offers(registration, refusal_context(context, live))), context.catalogue)
