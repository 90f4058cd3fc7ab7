"""The way to the end of a plan (EN-13)."""

from chassis.security.tokens import Principal
from services.enrollment.domain.graduation import GraduationPlan, obstacle_of, steps_of, task_of
from services.enrollment.ports import Ports
from services.enrollment.usecases import reading


async def graduation_plan(registration_id: str, reader: Principal, ports: Ports) -> GraduationPlan:
    """EN-13: the fewest sessions that finish a registration's plan; or why none do, and how far they lead.

    Raises NotFound, Overloaded.
    """
    registration, passed = await reading.registration(registration_id, reader, ports)
    catalogue = await ports.catalogues.current()
    task = task_of(catalogue, registration, passed, ports.clock.now())
    schedule = await ports.planner.fewest_sessions(task)
    if schedule is not None:
        return GraduationPlan(registration_id, steps_of(task, schedule))
    furthest = await ports.planner.furthest(task)
    return GraduationPlan(registration_id, steps_of(task, furthest), obstacle_of(task, catalogue))
