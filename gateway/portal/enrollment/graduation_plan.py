"""The graduation planner: the fewest sessions that finish a plan (EN-13)."""

from starlette.responses import Response
from zikao.enrollment.v1 import catalogue_service_pb2, enrollment_service_pb2

from gateway.web.page_request import Page


async def show(page: Page) -> Response:
    """The steps with the courses' names, or what stands in the way."""
    planned = await page.ask(page.fill(enrollment_service_pb2.GetGraduationPlanRequest))
    registration = await page.ask(page.fill(enrollment_service_pb2.GetRegistrationRequest))
    request = catalogue_service_pb2.GetPlanRequest(
        school_code=registration.school_code, major_code=registration.major_code
    )
    plan = await page.ask(request)
    names = {entry.course.course_code: entry.course.display_name for entry in plan.courses}
    return page.render("portal/graduation.html", planned=planned, registration=registration, names=names)
