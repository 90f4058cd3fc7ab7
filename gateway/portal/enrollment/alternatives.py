"""What could be selected instead of a course that was refused (EN-12), as the refusal names it: one press each."""

from collections.abc import Sequence
from dataclasses import dataclass

from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2, resources_pb2

from chassis.errors import Refusal
from gateway.web.page_request import Page


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Other courses in the same session; the same course in other sessions, at other schools, or in the place of the
    selection that has its time.
    """

    course: catalogue_pb2.Course
    courses: Sequence[resources_pb2.CourseOffer]
    sessions: Sequence[catalogue_pb2.ExamSession]
    registrations: Sequence[resources_pb2.Registration]
    rival: resources_pb2.Selection | None


async def alternatives(
    page: Page,
    refusal: Refusal,
    offers: Sequence[resources_pb2.CourseOffer],
    overview: resources_pb2.SessionOverview,
) -> Alternatives | None:
    """What a refusal names; None where it names nothing, or a course of another plan."""
    told = refusal.metadata
    course = next((one.course for one in offers if one.course.course_code == told.get("course_code")), None)
    if course is None:
        return None
    rival_id = told.get("rival_selection_id")
    found = Alternatives(
        course=course,
        courses=[one for one in offers if one.course.course_code in _codes(told.get("alternative_course_codes"))],
        sessions=await _sessions(page, _codes(told.get("alternative_session_ids"))),
        registrations=[
            one
            for one in overview.registrations
            if one.registration_id in _codes(told.get("alternative_registration_ids"))
        ],
        rival=next((one for one in overview.selections if one.selection_id == rival_id and one.removable), None),
    )
    return found if found.courses or found.sessions or found.registrations or found.rival else None


def _codes(listed: str | None) -> list[str]:
    return listed.split(",") if listed else []


async def _sessions(page: Page, session_ids: Sequence[str]) -> list[catalogue_pb2.ExamSession]:
    if not session_ids:
        return []
    answer = await page.ask(catalogue_service_pb2.ListSessionsRequest())
    return [one for one in answer.sessions if one.session_id in session_ids]
