"""What a candidate does for a session before selecting: questionnaire (EN-3), notice (EN-2), district (EN-7)."""

from collections.abc import Sequence
from datetime import datetime

from chassis.errors import FieldViolation, InvalidRequest
from services.enrollment.domain.catalogue import Catalogue, TextKind
from services.enrollment.domain.gates import Gate, preparation_gates
from services.enrollment.domain.questionnaire import Answer, complete
from services.enrollment.domain.registration import must_accept_current
from services.enrollment.errors import QuestionnaireAlreadySubmitted
from services.enrollment.ports import Ports
from services.enrollment.usecases.gating import Scene, list_gates, pass_gates, session_of, set_scene


async def submit_questionnaire(
    candidate_id: str, session_id: str, answers: Sequence[Answer], ports: Ports
) -> tuple[Catalogue, datetime]:
    """EN-3: keeps the answers, once. Raises NotFound, AnswersIncomplete, QuestionnaireAlreadySubmitted."""
    catalogue = await ports.catalogues.latest()
    session_of(catalogue, session_id)
    wanted = complete(catalogue.questions.get(session_id, ()), answers)
    now = ports.clock.now()
    same, submit_time = await ports.participations.submit_answers(candidate_id, session_id, wanted, now)
    if not same:
        raise QuestionnaireAlreadySubmitted()
    return catalogue, submit_time


async def acknowledge_notice(candidate_id: str, session_id: str, version: str, ports: Ports) -> tuple[Gate, ...]:
    """EN-2: records that the session's notice was read in the version in force. Raises NotFound, TextOutdated."""
    catalogue = await ports.catalogues.latest()
    session_of(catalogue, session_id)
    notice = must_accept_current(catalogue, TextKind.SESSION_NOTICE, version, session_id)
    if notice is not None:
        await ports.participations.acknowledge(candidate_id, session_id, notice, ports.clock.now())
    return await list_gates(candidate_id, session_id, ports)


async def prefer_district(candidate_id: str, session_id: str, district_code: str, ports: Ports) -> Catalogue:
    """EN-7, EN-14: keeps the district preferred until the window is over.

    Raises NotFound, InvalidRequest, GatesUnmet.
    """
    facts = await ports.desks.facts(candidate_id, session_id)
    scene = await set_scene(candidate_id, session_id, facts, ports)
    if district_code not in scene.catalogue.districts:
        unknown = FieldViolation("district_code", "UNKNOWN_DISTRICT", "没有这个考区", "no such district")
        raise InvalidRequest(fields=[unknown])
    await pass_gates(scene, _window, ports)
    await ports.participations.prefer_district(candidate_id, session_id, district_code)
    return scene.catalogue


def _window(scene: Scene) -> tuple[Gate, ...]:
    ahead = preparation_gates(scene.facts, scene.catalogue, scene.session, scene.now)
    return tuple(gate for gate in ahead if gate.reason == "WINDOW_NOT_OPEN")
