"""Graduation plans on the wire (EN-13)."""

from zikao.enrollment.v1 import resources_pb2

from services.enrollment.domain.graduation_plans import GraduationPlan


def graduation_plan(one: GraduationPlan) -> resources_pb2.GraduationPlan:
    """The sessions in order, or what stands in the way."""
    obstacle = one.obstacle
    return resources_pb2.GraduationPlan(
        registration_id=one.registration_id,
        feasible=obstacle is None,
        steps=[
            resources_pb2.GraduationPlan.Step(session_id=step.session_id, course_codes=step.course_codes)
            for step in one.steps
        ],
        obstacle_zh=obstacle.zh if obstacle else "",
        obstacle_en=obstacle.en if obstacle else "",
    )
