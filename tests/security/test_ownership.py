"""Nobody reaches what is another's by its id: every RPC that names something of a person, asked by another of the same
kind (ID-13, RE-2).
"""

import random
from collections.abc import Mapping

import grpc
import pytest
from google.protobuf import message_factory

from chassis.security.tokens import Access
from cli.demo.invented_people import invent
from cli.journey.clients.http_client import Caller
from cli.journey.steps import candidate_steps, candidate_stories, reviewer_steps
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.journey_context import JourneyContext
from cli.staff.api_client import Api
from tests.security.every_rpc import RPCS, outcome
from tests.security.request_samples import smallest

HIDDEN = (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.PERMISSION_DENIED)
ANOTHER_SCHOOL = "10246"
LEAST_ASKED = {Access.CANDIDATE: 10, Access.REVIEWER: 5}
"""Fewer would mean that the names of fields no longer say what they name."""

ANYBODYS: Mapping[str, str] = {}
"""RPCs that name something of a person and are open to others, with the reason."""


@pytest.fixture
async def owned(candidate: Candidate, journey: JourneyContext) -> Mapping[str, str]:
    """What two candidates have, by the name of the field that names it."""
    mine = await candidate.caller.get("list the registrations", "/v1/registrations")
    registration_id = mine["registrations"][0]["registrationId"]
    course = journey.choices.first[0]
    selection = await candidate_steps.select(candidate, registration_id, journey.session_id, course)
    checkout = await candidate_steps.check_out(candidate, journey.session_id)
    stranger = invent(random.SystemRandom())
    suspect, case_id = await candidate_stories.three_mismatches(journey, invent(random.SystemRandom()), stranger)
    await reviewer_steps.case_opened(suspect.caller, case_id)
    return {
        "candidate_id": candidate.candidate_id,
        "registration_id": registration_id,
        "selection_id": selection["selectionId"],
        "order_id": checkout["orderId"],
        "case_id": case_id,
    }


@pytest.fixture
async def another_candidate(journey: JourneyContext) -> Caller:
    person = invent(random.SystemRandom())
    await journey.outside.know(person)
    return (await candidate_steps.create_account(journey.visitor, person)).caller


@pytest.fixture
async def another_school(journey: JourneyContext, operator: Api) -> Caller:
    return await reviewer_steps.employ(journey.visitor, operator, ANOTHER_SCHOOL)


async def reached(
    channels: dict[str, grpc.aio.Channel], owned: Mapping[str, str], caller: Caller, kind: Access
) -> list[str]:
    """The RPCs open to a kind of caller by which this one reached what is another's, and how many were asked."""
    found, asked = [], 0
    for rpc in RPCS:
        request = smallest(message_factory.GetMessageClass(rpc.method.input_type), owned)
        assert request is not None, rpc.path
        named = {field.name for field, _ in request.ListFields()} & set(owned)
        if rpc.rule.public or kind not in rpc.rule.kinds or not named or rpc.path in ANYBODYS:
            continue
        asked += 1
        code = await outcome(channels[rpc.process], rpc, request, str(caller.token))
        if code not in HIDDEN:
            found.append(f"{rpc.path} by {', '.join(sorted(named))}: {code.name}")
    assert asked >= LEAST_ASKED[kind]
    return found


async def test_a_candidate_reaches_nothing_of_another(
    channels: dict[str, grpc.aio.Channel], owned: Mapping[str, str], another_candidate: Caller
) -> None:  # ID-13, F-28
    found = await reached(channels, owned, another_candidate, Access.CANDIDATE)
    assert not found, "\n".join(found)


async def test_a_reviewer_reaches_nothing_of_another_school(
    channels: dict[str, grpc.aio.Channel], owned: Mapping[str, str], another_school: Caller
) -> None:  # RE-2
    found = await reached(channels, owned, another_school, Access.REVIEWER)
    assert not found, "\n".join(found)
