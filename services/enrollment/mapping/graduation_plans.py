"""Graduation plans on the wire (EN-13)."""

from zikao.enrollment.v1 import resources_pb2

from chassis.rpc.message_mapping import message_of
from services.enrollment.domain.graduation.graduation_plans import GraduationPlan


def graduation_plan(one: GraduationPlan) -> resources_pb2.GraduationPlan:
    """The sessions in order, or what stands in the way."""
    obstacle = one.obstacle
    return message_of(
        resources_pb2.GraduationPlan,
        one,
        feasible=obstacle is None,
        steps=[message_of(resources_pb2.GraduationPlan.Step, step) for step in one.steps],
        obstacle_zh=obstacle.zh if obstacle else "",
        obstacle_en=obstacle.en if obstacle else "",
    )
