"""A lost phone: changed by a code while logged in, then by review without logging in (ID-10, ID-11)."""

from cli.demo.invented_people import Person
from cli.journey.clients.http_client import Caller, Deviation, Json, eventually, expect, identified
from cli.journey.steps import candidate_steps, password_recovery, reviewer_steps
from cli.journey.steps.candidate_steps import EVENT_SECONDS, Candidate
from cli.journey.steps.journey_context import JourneyContext
from cli.journey.steps.participants import Participants
from sandbox.portraits import portrait

PROOFS = ("DOCUMENT_FRONT", "DOCUMENT_BACK", "HOLDING_DOCUMENT")
RECOVERED = "Recovered-3"


async def play(cast: Participants) -> None:
    """From the first phone to the second by a code, to the third by the exam authority's decision."""
    stage, person = cast.stage, cast.newcomer()
    second, third = cast.newcomer().phone, cast.newcomer().phone
    candidate = await candidate_steps.create_account(stage.visitor, person)
    await candidate_steps.verify_phone(candidate, stage.outside)
    await _by_code(stage, candidate, second)
    stage.tell("Registration is open: a logged-in candidate proves the password and changes the phone by a code;")
    stage.tell("the old phone is told (ID-10, ID-17).")
    change = await _asked_for(stage, person, third)
    nobodys = await _asked_for(stage, cast.newcomer(), cast.newcomer().phone)
    expect("ask for nobody's phone change", "DRAFT", nobodys["state"])
    stage.tell("Without logging in: a code to the new phone, and a request; a stranger's looks the same (ID-11).")
    await _proven(stage.visitor, change, cast)
    stage.tell("Document front, document back, holding the document: handed to the exam authority (ID-11, RE-3).")
    told, welcomed = await stage.outside.received(second), await stage.outside.received(third)
    await _approved(cast.authority, change)
    path = f"/v1/phone-changes/{change['phoneChangeId']}"
    await stage.visitor.read_until(
        "take effect", "read the phone change", path, lambda seen: seen["state"] == "EFFECTIVE", EVENT_SECONDS
    )
    stage.tell("The exam authority looks at every proof and approves; the change takes effect by itself (RE-6, ID-11).")
    await _told(stage, second, told, third)
    await _told(stage, third, welcomed, third)
    stage.tell("The old phone is told, and the new one (ID-11).")
    await password_recovery.recover(stage.visitor, stage.outside, person.document_number, "PHONE", third, RECOVERED)
    again = await reviewer_steps.log_in(stage.visitor, person.document_number, RECOVERED)
    account = await again.get("read the account", "/v1/candidates/me")
    if not account["phone"].endswith(third) or not account.get("phoneVerifyTime"):
        raise Deviation("read the account: expected the new phone, verified")
    stage.tell("A code to the new phone recovers the password, and the candidate logs in (ID-4).")


async def _by_code(stage: JourneyContext, candidate: Candidate, phone: str) -> None:
    """The window is announced to identity by an event: usually within a second of the start."""
    path, old = f"/v1/candidates/{candidate.candidate_id}/phone", candidate.person.phone
    seen, told = await stage.outside.received(phone), await stage.outside.received(old)
    await candidate_steps.prove_password(candidate)

    async def send() -> Json:
        answer = await candidate.caller.call(
            "ask for a code", "POST", f"{path}:sendCode", status=None, json={"phone": phone}
        )
        return {"reason": "" if answer.is_success else answer.json()["reason"]}

    await eventually(
        "ask for a code to another phone", stage.visitor.meter, send, lambda answer: not answer["reason"], EVENT_SECONDS
    )
    code = await stage.outside.next_code(phone, seen)
    await candidate.caller.send("verify another phone", "POST", f"{path}:verify", {"code": code})
    await _told(stage, old, told, phone)


async def _asked_for(stage: JourneyContext, person: Person, phone: str) -> Json:
    seen = await stage.outside.received(phone)
    sent = await stage.visitor.send("ask for a code", "POST", "/v1/phone-changes:sendCode", {"newPhone": phone})
    body = identified(
        documentType=person.document_type,
        documentNumber=person.document_number,
        displayName=person.name,
        code=await stage.outside.next_code(phone, seen),
        codeId=sent["codeId"],
    )
    return await stage.visitor.send("ask for a phone change", "POST", "/v1/phone-changes", body)


async def _proven(visitor: Caller, change: Json, cast: Participants) -> None:
    path = f"/v1/phone-changes/{change['phoneChangeId']}"
    await visitor.refused("submit without proofs", "POST", f"{path}:submit", {}, "PROOFS_MISSING")
    for proof in PROOFS:
        image = portrait(cast.newcomer().portrait_seed)
        await visitor.upload("upload a proof", "PUT", f"{path}/proofs/{proof}", image)
    submitted = await visitor.send("submit the phone change", "POST", f"{path}:submit", {})
    expect("submit the phone change", "UNDER_REVIEW", submitted["state"])


async def _approved(authority: Caller, change: Json) -> None:
    def ours(page: Json) -> list[Json]:
        return [case for case in page["cases"] if case["subjectId"] == change["phoneChangeId"]]

    query = {"kind": "PHONE_CHANGE", "pageSize": "200"}
    page = await authority.read_until(
        "the case is submitted", "read the queue", "/v1/cases", lambda seen: bool(ours(seen)), EVENT_SECONDS, **query
    )
    claimed = await reviewer_steps.claim(authority, ours(page)[0]["caseId"])
    expect("claim the case", sorted(PROOFS), sorted(material["kind"] for material in claimed["materials"]))
    await reviewer_steps.decide(authority, claimed, "APPROVED")


async def _told(stage: JourneyContext, phone: str, seen: int, new: str) -> None:
    letter = await stage.outside.next_letter(phone, seen, new[-4:])
    if new in letter:
        raise Deviation("read the message: expected the new phone, masked")
