"""How a chaos run judges what has become of a candidate, from what the candidate reads."""

import random
from collections.abc import AsyncIterator

import httpx
import pytest

from cli.demo.invented_people import invent
from cli.journey.chaos.candidate_intents import INTENTS, Ending
from cli.journey.chaos.chaos_candidate import ChaosCandidate
from cli.journey.chaos.outcomes import CandidateOutcome, settle
from cli.journey.clients.http_client import Caller
from cli.journey.clients.latency_meter import Meter
from cli.journey.clients.sandbox_client import SandboxClient
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.course_choice import Course, CourseChoices
from cli.journey.steps.journey_context import JourneyContext, silent

COURSE = Course("00001", "a course", "2027-01-09 AM")
PAID = {"state": "PAID", "refundedFen": "0"}


class Suite:
    """Answers as a suite does in which one candidate has one order; `then` is what the order becomes when refreshed."""

    def __init__(self) -> None:
        self.order = {"orderId": "o", "sessionId": "2027-01", "totalFen": "6500", "items": [{"itemId": "s"}]}
        self.order |= {"guidance": {"textEn": "-"}, **PAID}
        self.selection, self.then, self.refreshes = "EFFECTIVE", PAID, 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/v1/login-sessions":
            return httpx.Response(200, json={"accessToken": "t"})
        if path == "/v1/orders":
            return httpx.Response(200, json={"orders": [self.order]})
        if path.endswith(":refresh"):
            self.refreshes += 1
            self.order |= self.then
            return httpx.Response(200, json={})
        return httpx.Response(200, json={"selections": [{"selectionId": "s", "state": self.selection}]})


@pytest.fixture
def suite() -> Suite:
    return Suite()


@pytest.fixture
async def actor(suite: Suite) -> AsyncIterator[ChaosCandidate]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(suite.answer)) as http:
        caller = Caller(http, Meter(), "http://suite")
        choices = CourseChoices((COURSE, COURSE, COURSE), COURSE, COURSE)
        stage = JourneyContext(caller, SandboxClient(caller), {"sessionId": "2027-01"}, choices, silent)
        candidate = Candidate(invent(random.Random(1)), "c", caller)
        yield ChaosCandidate(stage, candidate, "r", caller, (COURSE,), ())


def fate(actor: ChaosCandidate | None, ending: Ending, order_id: str = "o") -> CandidateOutcome:
    return CandidateOutcome(1, INTENTS[0], actor, {order_id: ending}, "")


@pytest.mark.parametrize(
    ("state", "back", "selection", "ending", "whole"),
    [
        ("PAID", 0, "EFFECTIVE", Ending.EFFECTIVE, True),
        ("PAID", 0, "RESERVED", Ending.EFFECTIVE, False),
        ("PAID", 100, "EFFECTIVE", Ending.EFFECTIVE, False),
        ("REFUNDED", 6500, "VOID", Ending.EFFECTIVE, False),
        ("REFUNDED", 6500, "VOID", Ending.REFUNDED, True),
        ("CANCELLED", 6500, "VOID", Ending.REFUNDED, True),
        ("REFUNDING", 0, "EFFECTIVE", Ending.REFUNDED, False),
        ("CANCELLED", 0, "VOID", Ending.REFUNDED, False),
        ("CANCELLED", 0, "DRAFT", Ending.UNPAID, True),
        ("EXPIRED", 0, "VOID", Ending.UNPAID, True),
        ("AWAITING_PAYMENT", 0, "RESERVED", Ending.UNPAID, False),
        ("EXPIRED", 6500, "VOID", Ending.UNPAID, False),
        ("PAID", 0, "EFFECTIVE", Ending.UNPAID, False),
    ],
)
async def test_an_order_is_as_claimed_or_it_is_not(  # PA-6: money is never silently kept
    suite: Suite, actor: ChaosCandidate, state: str, back: int, selection: str, ending: Ending, whole: bool
) -> None:
    suite.order |= {"state": state, "refundedFen": str(back)}
    suite.selection = selection
    one = fate(actor, ending)
    await one.look()
    assert (one.trouble == "") == whole


async def test_refresh_is_pressed_for_an_order_that_is_paid_and_does_not_show_it(
    suite: Suite, actor: ChaosCandidate
) -> None:
    suite.order |= {"state": "AWAITING_PAYMENT"}
    counted: list[int] = []
    one = fate(actor, Ending.EFFECTIVE)
    await settle([one], 30.0, counted.append)
    assert (one.trouble, counted, suite.refreshes) == ("", [0, 1], 1)


async def test_an_order_that_nobody_made_and_one_that_is_missing_are_found(actor: ChaosCandidate) -> None:  # F-10
    strange, missing = fate(actor, Ending.EFFECTIVE, "other"), fate(actor, Ending.EFFECTIVE)
    missing.claim = {"o": Ending.EFFECTIVE, "other": Ending.EFFECTIVE}
    await settle([strange, missing], 0.0, lambda _: None)
    assert "did not make: o" in strange.trouble
    assert "order other is missing" in missing.trouble


async def test_who_loses_again_what_they_had_is_found_by_the_last_look(suite: Suite, actor: ChaosCandidate) -> None:
    one = fate(actor, Ending.EFFECTIVE)
    await settle([one], 30.0, lambda _: suite.order.update(state="REFUNDED", refundedFen="6500"))
    assert "should be effective; it is REFUNDED" in one.trouble


async def test_a_story_that_failed_stays_failed() -> None:
    one = CandidateOutcome(1, INTENTS[0], None, {}, "was not done")
    await settle([one], 30.0, lambda _: None)
    assert one.trouble == "was not done"
