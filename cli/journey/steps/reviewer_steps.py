"""The reviewer's side of the journey: find the case, claim it, look at its materials, decide (RE-4)."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from cli.journey.clients.http_client import Caller, Deviation, Json, identified
from cli.journey.steps.candidate_steps import Candidate
from cli.staff.api_client import Api

CASE_SECONDS = 10.0


async def log_in(visitor: Caller, login_name: str, password: str) -> Caller:
    """A login session for a candidate or a member of staff (ID-1)."""
    body = {"loginName": login_name, "password": password}
    tokens = await visitor.send("log in", "POST", "/v1/login-sessions", body)
    return visitor.as_holder_of(tokens["accessToken"])


async def employ(visitor: Caller, operator: Api, school_code: str) -> Caller:
    """A reviewer of a school whom the operator has just employed, with a password of their own (RE-2, OP-1)."""
    login_name, initial, chosen = (f"r{secrets.token_hex(6)}" for _ in range(3))
    staff = {"loginName": login_name, "displayName": "演示审核员", "kind": "REVIEWER", "organisation": school_code}
    await operator.send("POST", "/v1/staff", {"staff": staff, "initialPassword": initial})
    fresh = await log_in(visitor, login_name, initial)
    body = {"oldPassword": initial, "newPassword": chosen}
    await fresh.send("choose a reviewer's password", "POST", "/v1/staff/me:changePassword", body)
    return await log_in(visitor, login_name, chosen)


async def hand_in_proofs(candidate: Candidate, case_id: str, image: bytes) -> None:
    """Waits until the case is open, adds every image that it asks for and submits it (RE-3, RE-5, RE-10)."""
    for asked in required_images(await case_opened(candidate.caller, case_id)):
        await candidate.caller.upload("upload a proof", "POST", upload_path(case_id, asked), image)
    await candidate.caller.send("submit the case", "POST", f"/v1/cases/{case_id}:submit", {})


def required_images(case: Json) -> list[str]:
    """The ids of the images that a case asks for; of alternatives the first (RE-10)."""
    groups: set[str] = set()
    wanted = []
    for asked in case["requiredImages"]:
        group = asked["alternativeGroup"]
        if not asked["optional"] and group not in groups:
            wanted.append(str(asked["requiredImageId"]))
        groups |= {group} if group else set()
    return wanted


def upload_path(case_id: str, required_image_id: str) -> str:
    """Where an image of a case is handed in."""
    return f"/v1/cases/{case_id}/materials?requiredImageId={required_image_id}"


async def approve(reviewer: Caller, case_id: str) -> Json:
    """Claims the case, looks at every material and approves."""
    return await decide(reviewer, await claim(reviewer, case_id), "APPROVED")


async def claim(reviewer: Caller, case_id: str) -> Json:
    """Finds the case in the queue, claims it and looks at every material."""
    if case_id not in [waiting async for waiting in _queue(reviewer)]:
        raise Deviation(f"read the queue: expected case {case_id} in it")
    claimed = await reviewer.send("claim the case", "POST", f"/v1/cases/{case_id}:claim", {})
    for material in claimed["materials"]:
        await reviewer.call("look at a material", "GET", f"/v1/cases/{case_id}/materials/{material['materialId']}")
    return claimed


async def decide(reviewer: Caller, claimed: Json, verdict: str, **why: str) -> Json:
    """Decides the case as it was when it was claimed, and waits until the decision can no longer be undone (RE-12);
    `why` holds the reason and the note.
    """
    decision = identified(verdict=verdict, etag=claimed["etag"], **why)
    decided = await reviewer.send("decide the case", "POST", f"/v1/cases/{claimed['caseId']}:decide", decision)
    left = datetime.fromisoformat(decided["effectTime"]) - datetime.now(UTC)
    await asyncio.sleep(max(0.0, left.total_seconds()))
    return decided


async def case_opened(caller: Caller, case_id: str) -> Json:
    """The case, which follows the third mismatch by an event: usually within milliseconds."""
    seen = await caller.read_until(
        "the case is open",
        "read my cases",
        "/v1/candidates/me/cases",
        lambda seen: case_id in [case["caseId"] for case in seen["cases"]],
        CASE_SECONDS,
    )
    return next(case for case in seen["cases"] if case["caseId"] == case_id)


async def _queue(reviewer: Caller) -> AsyncIterator[str]:
    """The ids of all cases that wait, page by page."""
    page_token = ""
    while True:
        page = await reviewer.get("read the queue", "/v1/cases", pageSize="200", pageToken=page_token)
        for case in page["cases"]:
            yield case["caseId"]
        page_token = page.get("nextPageToken", "")
        if not page_token:
            return
