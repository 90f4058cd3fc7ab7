"""The graduation planner: how far somebody is, and the fewest sessions that finish the plan (EN-13)."""

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_service_pb2, enrollment_service_pb2

from gateway.web.page_request import Page


async def show(page: Page) -> Response:
    """What is passed and its credits, the steps with what is selected already, or what stands in the way."""
    planned = await page.ask(page.fill(enrollment_service_pb2.GetGraduationPlanRequest))
    registration = await page.ask(page.fill(enrollment_service_pb2.GetRegistrationRequest))
    request = catalogue_service_pb2.GetPlanRequest(
        school_code=registration.school_code, major_code=registration.major_code
    )
    plan = await page.ask(request)
    counted = set(registration.counted_course_codes)
    return page.render(
        "portal/graduation.html",
        planned=planned,
        registration=registration,
        courses={entry.course.course_code: entry.course for entry in plan.courses},
        passed=[entry for entry in plan.courses if entry.course.course_code in counted],
        required=[entry for entry in plan.courses if not entry.group and entry.course.course_code not in counted],
        groups=[
            (group, [entry for entry in plan.courses if entry.group == group.group])
            for group in plan.groups
            if any(entry.group == group.group for entry in plan.courses)
        ],
        counted=counted,
        selected={code for step in planned.steps for code in step.selected_course_codes},
    )
