"""Candidates who have come so far over HTTP, as people do: before selecting, before checkout, before payment."""

import random
from dataclasses import dataclass, replace
from typing import Final

import httpx

from bench.suites.measured_suite import MeasuredSuite
from cli.demo.invented_people import invent
from cli.journey.clients.http_client import Json
from cli.journey.clients.latency_meter import Meter
from cli.journey.runs.target_suite import CALL_SECONDS
from cli.journey.steps import candidate_steps, candidate_stories
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.journey_context import JourneyContext, read_context, silent

COURSES: Final = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """A selected course; its fee in fen."""

    selection_id: str
    course_code: str
    fee_fen: int


@dataclass(frozen=True, slots=True)
class AwaitedOrder:
    """An order whose QR code is shown; `trade` and `platform_trade` are its numbers here and at the platform."""

    order_id: str
    trade: str
    platform_trade: str
    total_fen: int
    undertaking_version: str


@dataclass(frozen=True, slots=True)
class WalkedCandidate:
    """Somebody whom no gate keeps from selecting (EN-2), with what they have by now. `courses`: the codes of those
    that they select, each in a half-day of its own.
    """

    candidate_id: str
    token: str
    session_id: str
    registration_id: str
    ticket_number: str
    courses: tuple[str, ...]
    drafts: tuple[Draft, ...] = ()
    order: AwaitedOrder | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """What names this person, and nobody else, in the suite's tables."""
        own = [self.candidate_id, self.registration_id, self.ticket_number]
        own += [draft.selection_id for draft in self.drafts]
        if self.order:
            own += [self.order.order_id, self.order.trade, self.order.platform_trade]
        return tuple(own)


@dataclass(frozen=True, slots=True)
class Walked:
    """One candidate of each kind."""

    before_selecting: WalkedCandidate
    before_checkout: WalkedCandidate
    before_payment: WalkedCandidate


async def walk(suite: MeasuredSuite) -> Walked:
    """Raises Deviation where anything is not as the rules say."""
    async with httpx.AsyncClient(timeout=CALL_SECONDS, trust_env=False) as http:
        stage = await read_context(http, Meter(), suite.gateway_url, suite.sandbox_url, silent)
        first, _ = await _before_selecting(stage)
        second, chooser = await _before_selecting(stage)
        third, payer = await _before_selecting(stage)
        return Walked(
            first,
            await _before_checkout(stage, second, chooser),
            await _before_payment(stage, await _before_checkout(stage, third, payer), payer),
        )


async def _before_selecting(stage: JourneyContext) -> tuple[WalkedCandidate, Candidate]:
    candidate, registration = await candidate_stories.able_to_select(stage, invent(random.SystemRandom()))
    walked = WalkedCandidate(
        candidate.candidate_id,
        str(candidate.caller.token),
        stage.session_id,
        registration["registrationId"],
        await candidate_steps.ticket_number(candidate),
        tuple(course.code for course in stage.choices.first),
    )
    return walked, candidate


async def _before_checkout(stage: JourneyContext, walked: WalkedCandidate, candidate: Candidate) -> WalkedCandidate:
    selected = [
        await candidate_steps.select(candidate, walked.registration_id, stage.session_id, course)
        for course in stage.choices.first
    ]
    return replace(walked, drafts=tuple(_draft(one) for one in selected))


async def _before_payment(stage: JourneyContext, walked: WalkedCandidate, candidate: Candidate) -> WalkedCandidate:
    checkout = await candidate_steps.check_out(candidate, stage.session_id)
    attempt = (await candidate_steps.ask_for_qr(candidate, checkout))["attempt"]
    order = AwaitedOrder(
        checkout["orderId"],
        attempt["outTradeNo"],
        attempt["platformTradeNo"],
        int(checkout["totalFen"]),
        checkout["undertakingVersion"],
    )
    return replace(walked, order=order)


def _draft(selection: Json) -> Draft:
    return Draft(selection["selectionId"], selection["courseCode"], int(selection["feeFen"]))
