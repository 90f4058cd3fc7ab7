"""The reviewer's side of the journey: find the case, claim it, look at its materials, decide (RE-4)."""

import uuid

from cli.journey.http import Caller, Deviation, Json
from cli.journey.scenes import Candidate


async def log_in(visitor: Caller, login_name: str, password: str) -> Caller:
    """A login session for a candidate or a member of staff (ID-1)."""
    body = {"loginName": login_name, "password": password}
    tokens = await visitor.send("log in", "POST", "/v1/login-sessions", body)
    return visitor.as_holder_of(tokens["accessToken"])


async def hand_in_proofs(candidate: Candidate, case_id: str, image: bytes) -> None:
    """Adds proof images to the candidate's case and submits it (RE-3, RE-5)."""
    path = f"/v1/cases/{case_id}"
    for kind in ("DOCUMENT_FRONT", "DOCUMENT_BACK", "HOLDING_DOCUMENT"):
        await candidate.caller.upload("upload a proof", "POST", f"{path}/materials?kind={kind}", image)
    await candidate.caller.send("submit the case", "POST", f"{path}:submit", {})


async def approve(reviewer: Caller, case_id: str) -> Json:
    """Claims the case, looks at every material and approves."""
    queue = await reviewer.get("read the queue", "/v1/cases")
    if case_id not in [case["caseId"] for case in queue["cases"]]:
        raise Deviation(f"read the queue: expected case {case_id} in it")
    claimed = await reviewer.send("claim the case", "POST", f"/v1/cases/{case_id}:claim", {})
    for material in claimed["materials"]:
        await reviewer.call("look at a material", "GET", f"/v1/cases/{case_id}/materials/{material['materialId']}")
    decision = {"verdict": "APPROVED", "etag": claimed["etag"], "requestId": str(uuid.uuid4())}
    return await reviewer.send("decide the case", "POST", f"/v1/cases/{case_id}:decide", decision)
