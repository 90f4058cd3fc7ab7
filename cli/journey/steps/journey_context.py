"""What every story is played on: a running suite with the session that is open, and whom the narration goes to."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from cli.journey.clients.http_client import Caller, Json
from cli.journey.clients.latency_meter import Meter
from cli.journey.clients.sandbox_client import SandboxClient
from cli.journey.steps.course_choice import CourseChoices, choose, open_session

Tell = Callable[[str], None]
"""Receives one sentence of the narration."""


@dataclass(frozen=True, slots=True)
class JourneyContext:
    """What every story is played on."""

    visitor: Caller
    outside: SandboxClient
    session: Json
    choices: CourseChoices
    tell: Tell

    @property
    def session_id(self) -> str:
        """The session whose window is open."""
        return str(self.session["sessionId"])


def silent(sentence: str) -> None:
    """The narration of a load run."""


async def read_context(
    http: httpx.AsyncClient, meter: Meter, gateway_url: str, sandbox_url: str, tell: Tell
) -> JourneyContext:
    """The context of a running suite: the session that is open and the courses to choose. Raises Deviation."""
    visitor = Caller(http, meter, gateway_url)
    session = await open_session(visitor)
    choices = await choose(visitor, session["sessionId"])
    return JourneyContext(visitor, SandboxClient(Caller(http, meter, sandbox_url)), session, choices, tell)
