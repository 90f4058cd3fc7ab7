"""Everything a candidate has in a session (EN-11)."""

from dataclasses import dataclass
from datetime import datetime

from services.enrollment.domain.catalogue import Catalogue, ExamSession
from services.enrollment.domain.checkout import Desk
from services.enrollment.domain.gates import Gate
from services.enrollment.ports import Ports
from services.enrollment.usecases.gating import all_gates, set_scene


@dataclass(frozen=True, slots=True)
class Overview:
    """A candidate's session, of one moment."""

    desk: Desk
    catalogue: Catalogue
    session: ExamSession
    gates: tuple[Gate, ...]
    now: datetime


async def session_overview(candidate_id: str, session_id: str, ports: Ports) -> Overview:
    """EN-11: every selection with its payment state and effect, in one statement. Raises NotFound."""
    desk = await ports.desks.overview(candidate_id, session_id)
    scene = await set_scene(candidate_id, session_id, desk.facts, ports)
    return Overview(desk, scene.catalogue, scene.session, all_gates(scene), scene.now)
