"""What a candidate does for a session before selecting: questionnaire (EN-3), notice (EN-2), district (EN-7)."""

from collections.abc import Sequence

from chassis.errors import FieldViolation, InvalidRequest
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.catalogue import Catalogue, TextKind
from services.enrollment.domain.catalogue_lookups import session_of
from services.enrollment.domain.gates import Gate, GateContext, preparation_gates
from services.enrollment.domain.questionnaires import Answer, Questionnaire, complete
from services.enrollment.domain.registrations import must_accept_current
from services.enrollment.errors import QuestionnaireAlreadySubmitted
from services.enrollment.usecases.gates import list_gates, pass_gates, read_context


async def get_questionnaire(deps: Dependencies, candidate_id: str, session_id: str) -> Questionnaire:
    """EN-3: a session's questions, and when the candidate answered them. Raises NotFound."""
    context = await read_context(deps, candidate_id, session_id)
    questions = context.catalogue.questions.get(session_id, ())
    return Questionnaire(session_id, questions, context.facts.participation.questionnaire_time)


async def submit_questionnaire(
    deps: Dependencies, candidate_id: str, session_id: str, answers: Sequence[Answer]
) -> Questionnaire:
    """EN-3: keeps the answers, once. Raises NotFound, AnswersIncomplete, QuestionnaireAlreadySubmitted."""
    catalogue = await deps.catalogue_cache.latest()
    session_of(catalogue, session_id)
    questions = catalogue.questions.get(session_id, ())
    wanted = complete(questions, answers)
    same, submit_time = await deps.participations.add_answers(candidate_id, session_id, wanted, deps.clock.now())
    if not same:
        raise QuestionnaireAlreadySubmitted()
    return Questionnaire(session_id, questions, submit_time)


async def acknowledge_notice(deps: Dependencies, candidate_id: str, session_id: str, version: str) -> tuple[Gate, ...]:
    """EN-2: records that the session's notice was read in the version in force. Raises NotFound, TextOutdated."""
    catalogue = await deps.catalogue_cache.latest()
    session_of(catalogue, session_id)
    notice = must_accept_current(catalogue, TextKind.SESSION_NOTICE, version, session_id)
    if notice is not None:
        await deps.participations.set_notice_read(candidate_id, session_id, notice, deps.clock.now())
    return await list_gates(deps, candidate_id, session_id)


async def prefer_district(deps: Dependencies, candidate_id: str, session_id: str, district_code: str) -> Catalogue:
    """EN-7, EN-14: keeps the district preferred until the window is over; the answer is the catalogue that has it.

    Raises NotFound, InvalidRequest, GatesUnmet.
    """
    context = await read_context(deps, candidate_id, session_id)
    if district_code not in context.catalogue.districts:
        unknown = FieldViolation("district_code", "UNKNOWN_DISTRICT", "没有这个考区", "no such district")
        raise InvalidRequest(fields=[unknown])
    await pass_gates(deps, context, _window)
    await deps.participations.set_district(candidate_id, session_id, district_code)
    return context.catalogue


def _window(context: GateContext) -> tuple[Gate, ...]:
    ahead = preparation_gates(context)
    return tuple(gate for gate in ahead if gate.reason == "WINDOW_NOT_OPEN")
