"""Who walks away from their code does so in a session that ends soon, and not before they have seen it."""

import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from chassis.clock import SystemClock
from cli.demo.invented_people import invent
from cli.journey.chaos.chaos_candidate import BriefSession, ChaosCandidate
from cli.journey.clients.http_client import Caller, Deviation
from cli.journey.clients.latency_meter import Meter
from cli.journey.clients.sandbox_client import SandboxClient
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.course_choice import Course, CourseChoices
from cli.journey.steps.journey_context import JourneyContext, silent

COURSE = Course("00001", "a course", "2027-01-09 AM")
ANSWER = {
    "questions": [],
    "version": "1",
    "orderState": "UNSETTLED",
    "orderId": "o",
    "undertakingVersion": "1",
    "state": "AWAITING_PAYMENT",
    "attempt": {"qrContent": "code"},
    "orders": [{"orderId": "o"}],
}
"""Enough of every answer on the way to a code."""


class Suite:
    """Says yes to everything but to a checkout that is to be refused, and remembers where one was asked for."""

    def __init__(self) -> None:
        self.checked_out: list[str] = []
        self.refuses = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(":checkout"):
            self.checked_out.append(request.url.path.split("/")[-1].removesuffix(":checkout"))
            if self.refuses:
                return httpx.Response(400, json={"reason": "GATES_UNMET"})
        return httpx.Response(200, json=ANSWER)


@pytest.fixture
def suite() -> Suite:
    return Suite()


@pytest.fixture
async def actor(suite: Suite) -> AsyncIterator[ChaosCandidate]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(suite.answer)) as http:
        caller = Caller(http, Meter(), "http://suite")
        stage = JourneyContext(
            caller, SandboxClient(caller), {}, CourseChoices((COURSE, COURSE, COURSE), COURSE, COURSE), silent
        )
        yield ChaosCandidate(stage, Candidate(invent(random.Random(1)), "c", caller), "r", caller, (COURSE,), ())


def brief(session_id: str, seconds: float) -> BriefSession:
    return BriefSession(session_id, SystemClock().now() + timedelta(seconds=seconds), COURSE)


async def test_an_order_is_made_in_the_first_session_that_has_enough_left(suite: Suite, actor: ChaosCandidate) -> None:
    late = replace(
        actor, briefs=[brief("1001-01", -5), brief("1002-01", 5), brief("1003-01", 60), brief("1004-01", 90)]
    )
    assert set(await late.order_in_a_brief_session()) == {"o"}
    assert suite.checked_out == ["1003-01"]


async def test_a_refusal_before_the_session_ends_is_a_deviation(suite: Suite, actor: ChaosCandidate) -> None:
    suite.refuses = True
    with pytest.raises(Deviation, match="check out"):
        await replace(actor, briefs=[brief("1003-01", 60)]).order_in_a_brief_session()


async def test_who_is_late_for_all_of_them_is_told_so(actor: ChaosCandidate) -> None:
    with pytest.raises(Deviation, match="in time for one of them"):
        await replace(actor, briefs=[brief("1001-01", 1)]).order_in_a_brief_session()
