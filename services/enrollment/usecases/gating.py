"""The gates (EN-2): evaluated on the copied standing, and asked afresh before one of them refuses on it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from chassis.errors import NotFound
from services.enrollment.domain.catalogue import Catalogue, ExamSession
from services.enrollment.domain.gates import IDENTITYS_FACTS, Facts, Gate, gates, must_pass
from services.enrollment.ports import Ports
from services.enrollment.usecases.standing import hear_standing


@dataclass(frozen=True, slots=True)
class Scene:
    """A candidate before the gates of a session: facts and catalogue of one moment."""

    candidate_id: str
    facts: Facts
    catalogue: Catalogue
    session: ExamSession
    now: datetime


GatesAhead = Callable[[Scene], tuple[Gate, ...]]


async def set_scene(candidate_id: str, session_id: str, facts: Facts, ports: Ports) -> Scene:
    """The scene around facts that were just read. Raises NotFound for an unknown session."""
    catalogue = await ports.catalogues.at(facts.revision)
    return Scene(candidate_id, facts, catalogue, session_of(catalogue, session_id), ports.clock.now())


def session_of(catalogue: Catalogue, session_id: str) -> ExamSession:
    """A session of the catalogue. Raises NotFound."""
    session = catalogue.sessions.get(session_id)
    if session is None:
        raise NotFound()
    return session


async def pass_gates(scene: Scene, ahead: GatesAhead, ports: Ports) -> Scene:
    """The scene on whose facts every gate ahead is met. Raises GatesUnmet.

    A gate that passes costs no call; one that would refuse on identity's facts first asks identity.
    """
    scene, found = await _evaluate(scene, ahead, ports)
    must_pass(found)
    return scene


async def list_gates(candidate_id: str, session_id: str, ports: Ports) -> tuple[Gate, ...]:
    """Every gate of a session, met and unmet."""
    facts = await ports.desks.facts(candidate_id, session_id)
    _, found = await _evaluate(await set_scene(candidate_id, session_id, facts, ports), all_gates, ports)
    return found


def all_gates(scene: Scene) -> tuple[Gate, ...]:
    """The gates before selection and before payment."""
    return gates(scene.facts, scene.catalogue, scene.session, scene.now)


async def _evaluate(scene: Scene, ahead: GatesAhead, ports: Ports) -> tuple[Scene, tuple[Gate, ...]]:
    found = ahead(scene)
    if not any(gate.obstacle and gate.obstacle.reason in IDENTITYS_FACTS for gate in found):
        return scene, found
    scene = await _asked_afresh(scene, ports)
    return scene, ahead(scene)


async def _asked_afresh(scene: Scene, ports: Ports) -> Scene:
    standing = await ports.standings.fresh(scene.candidate_id)
    if standing is None:
        return scene
    async with ports.begin() as changes:
        await hear_standing(standing, changes, ports.tickets)
    facts = await ports.desks.facts(scene.candidate_id, scene.session.session_id)
    return replace(scene, facts=facts, catalogue=await ports.catalogues.at(facts.revision))
