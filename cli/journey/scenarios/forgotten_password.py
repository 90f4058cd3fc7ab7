"""A forgotten password: recovered by text message and by e-mail, and by nothing else (ID-4)."""

from cli.journey.clients.http_client import Deviation, Json
from cli.journey.steps import candidate_steps, password_recovery, reviewer_steps
from cli.journey.steps.candidate_steps import PASSWORD, Candidate
from cli.journey.steps.journey_context import JourneyContext
from cli.journey.steps.participants import Participants

BY_PHONE, BY_EMAIL = "Recovered-1", "Recovered-2"


async def play(cast: Participants) -> None:
    """One candidate forgets the password twice; a stranger learns nothing."""
    stage, person = cast.stage, cast.newcomer()
    candidate = await candidate_steps.create_account(stage.visitor, person)
    await candidate_steps.give_particulars(candidate, stage.outside)
    await _verify_email(candidate, stage)
    stage.tell("A candidate has a verified phone and a verified e-mail (ID-10, ID-4).")
    stage.tell("The e-mail was verified shortly after the password was proven, and the phone is told (ID-17).")
    await password_recovery.refused_for_nobody(stage.visitor, cast.newcomer().document_number, "PHONE")
    stage.tell("A stranger who asks for somebody unknown gets the same answer as everybody; no code works (ID-4).")
    await _forgotten(stage, candidate, "PHONE", person.phone, PASSWORD, BY_PHONE)
    stage.tell("By text message: the code works once, the old password and every login session end (ID-4, ID-14).")
    await _forgotten(stage, candidate, "EMAIL", person.email, BY_PHONE, BY_EMAIL)
    stage.tell("By e-mail: the same (ID-4).")


async def _forgotten(
    stage: JourneyContext, candidate: Candidate, channel: str, address: str, old: str, new: str
) -> None:
    number = candidate.person.document_number
    elsewhere = await stage.visitor.send("log in", "POST", "/v1/login-sessions", _login(number, old))
    await password_recovery.recover(stage.visitor, stage.outside, number, channel, address, new)
    await stage.visitor.refused(
        "log in with the old password", "POST", "/v1/login-sessions", _login(number, old), "WRONG_CREDENTIALS"
    )
    body = {"refreshToken": elsewhere["refreshToken"]}
    await stage.visitor.refused(
        "refresh an ended login session", "POST", "/v1/login-sessions:refresh", body, "REFRESH_TOKEN_INVALID"
    )
    await reviewer_steps.log_in(stage.visitor, number, new)


async def _verify_email(candidate: Candidate, stage: JourneyContext) -> None:
    await candidate_steps.prove_password(candidate)
    seen, told = (
        await stage.outside.received(candidate.person.email),
        await stage.outside.received(candidate.person.phone),
    )
    path = f"/v1/candidates/{candidate.candidate_id}/email"
    await candidate.caller.send("ask for an e-mail code", "POST", f"{path}:sendCode", {})
    code = await stage.outside.next_code(candidate.person.email, seen)
    await candidate.caller.send("verify the e-mail", "POST", f"{path}:verify", {"code": code})
    letter = await stage.outside.next_letter(candidate.person.phone, told, "找回密码")
    if candidate.person.email in letter:
        raise Deviation("read the message: expected to hear of the e-mail, masked")


def _login(login_name: str, password: str) -> Json:
    return {"loginName": login_name, "password": password}
