"""Large images take a budget of memory, however many come at once and in whatever form (GW-6, F-29).

The peaks that are asserted here are those of docs/operations.md, from which the memory limits in deploy/ follow.
"""

import asyncio
import random
from pathlib import Path

import httpx
import pytest

from cli.demo.invented_people import invent
from cli.journey.clients.http_client import Caller, identified
from cli.journey.steps import candidate_stories, reviewer_steps
from cli.journey.steps.journey_context import JourneyContext
from tests.e2e.large_images import large_images
from tests.e2e.suite_process import SuiteProcess
from tests.support.peak_memory import STATED_PEAK_MIB

AT_ONCE = 8
DONE_OR_TOLD = {200, 400, 409, 429, 503}
PROOFS = ("DOCUMENT_FRONT", "DOCUMENT_BACK", "HOLDING_DOCUMENT")


@pytest.fixture(scope="module")
def images() -> list[bytes]:
    return [content for _, content in large_images()]


def peak_mib(suite: SuiteProcess, service: str) -> int:
    """The most memory that the process has ever had in use, in MiB."""
    status = Path(f"/proc/{suite.pid_of(service)}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024


async def upload_at_once(caller: Caller, method: str, paths: list[str], images: list[bytes]) -> list[httpx.Response]:
    return await asyncio.gather(*(
        caller.call("upload", method, paths[number % len(paths)], status=None, content=images[number % len(images)])
        for number in range(AT_ONCE)
    ))  # fmt: skip


async def test_a_stranger_s_large_proofs_keep_identity_within_its_memory(
    journey: JourneyContext, suite: SuiteProcess, images: list[bytes]
) -> None:  # GW-6, ID-11
    person, phone = invent(random.SystemRandom()), invent(random.SystemRandom()).phone
    seen = await journey.outside.received(phone)
    sent = await journey.visitor.send("ask for a code", "POST", "/v1/phone-changes:sendCode", {"newPhone": phone})
    body = identified(
        documentType=person.document_type,
        documentNumber=person.document_number,
        displayName=person.name,
        code=await journey.outside.next_code(phone, seen),
        codeId=sent["codeId"],
    )
    change = await journey.visitor.send("ask for a phone change", "POST", "/v1/phone-changes", body)
    paths = [f"/v1/phone-changes/{change['phoneChangeId']}/proofs/{proof}" for proof in PROOFS]
    answers = await upload_at_once(journey.visitor, "PUT", paths, images)
    assert {answer.status_code for answer in answers} <= DONE_OR_TOLD
    assert peak_mib(suite, "identity") <= STATED_PEAK_MIB["identity"]


async def test_a_candidate_s_large_proofs_keep_review_within_its_memory(
    journey: JourneyContext, suite: SuiteProcess, images: list[bytes]
) -> None:  # GW-6, RE-3
    person = invent(random.SystemRandom())
    candidate, case_id = await candidate_stories.three_mismatches(journey, person, invent(random.SystemRandom()))
    await reviewer_steps.case_opened(candidate.caller, case_id)
    paths = [reviewer_steps.upload_path(case_id, kind) for kind in PROOFS]
    answers = await upload_at_once(candidate.caller, "POST", paths, images)
    assert {answer.status_code for answer in answers} <= DONE_OR_TOLD
    assert peak_mib(suite, "review") <= STATED_PEAK_MIB["review"]
