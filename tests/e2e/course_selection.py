"""A candidate selects a course of the session that the journeys are about."""

from cli.journey.clients.http_client import Json
from cli.journey.steps import candidate_steps
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.course_choice import Course
from cli.journey.steps.journey_context import JourneyContext


async def select(
    journey: JourneyContext, candidate: Candidate, registration: Json, course: Course | None = None
) -> Json:
    """A draft of a course: the first that may be selected, unless another is named."""
    chosen = course or journey.choices.first[0]
    return await candidate_steps.select(candidate, registration["registrationId"], journey.session_id, chosen)
