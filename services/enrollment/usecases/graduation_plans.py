"""The way to the end of a plan (EN-13)."""

from chassis.security.tokens import Principal
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.graduation.graduation_plans import GraduationPlan, obstacle_of, steps_of, task_of
from services.enrollment.usecases.registrations import get_registration


async def plan_graduation(deps: Dependencies, registration_id: str, reader: Principal) -> GraduationPlan:
    """EN-13: the fewest sessions that finish a registration's plan; or why none do, and how far they lead.

    Raises NotFound, Overloaded.
    """
    file = await get_registration(deps, registration_id, reader)
    catalogue = await deps.catalogue_cache.current()
    live = await deps.candidate_sessions.list_live_selections(file.registration.candidate_id)
    task = task_of(catalogue, file.registration, file.passed, deps.clock.now(), live)
    schedule = await deps.plan_solver.fewest_sessions(task)
    if schedule is not None:
        return GraduationPlan(registration_id, steps_of(task, schedule))
    furthest = await deps.plan_solver.furthest(task)
    return GraduationPlan(registration_id, steps_of(task, furthest), obstacle_of(task, catalogue))
