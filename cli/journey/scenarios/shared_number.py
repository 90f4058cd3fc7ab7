"""A stranger registers somebody's document number first: it is its owner's, who proves it (ID-15)."""

from dataclasses import replace

from cli.demo.invented_people import Person
from cli.journey.clients.http_client import Caller, Deviation, Json, eventually
from cli.journey.steps import candidate_steps, reviewer_steps
from cli.journey.steps.candidate_steps import EVENT_SECONDS, PASSWORD, Candidate
from cli.journey.steps.journey_context import JourneyContext
from cli.journey.steps.participants import Participants
from sandbox.portraits import portrait

STRANGERS_PASSWORD = "Stranger-26"  # noqa: S105 (of an invented stranger)


async def play(cast: Participants) -> None:
    """Two accounts carry a number; the owner proves it, and the stranger's ends."""
    stage, owner, stranger = cast.stage, cast.newcomer(), cast.newcomer()
    squatted = await _selected(stage, replace(owner, name=stranger.name, phone=stranger.phone, email=stranger.email))
    stage.tell("A stranger registers somebody's document number under another name, and selects a course.")
    candidate = await candidate_steps.create_account(stage.visitor, owner)
    stage.tell("The owner registers too: nothing tells that somebody did before (ID-15).")
    for password, holder in ((STRANGERS_PASSWORD, squatted), (PASSWORD, candidate)):
        await _means(stage.visitor, owner, password, holder)
    stage.tell("Until one of them proves it, the number with either password opens the account of that password.")
    told = await stage.outside.received(stranger.phone)
    await _prove(stage, candidate, owner)
    letter = await stage.outside.next_letter(stranger.phone, told, "终止")
    if owner.name in letter or owner.document_number in letter or owner.phone[-4:] in letter:
        raise Deviation("read the message: expected nothing of the other account")
    stage.tell("The stranger's phone is told that the account has ended, without a word about the other.")
    await _ended(stage.visitor, owner, squatted)
    stage.tell("The stranger's login sessions and password open nothing any more; the selected course is free.")
    await candidate_steps.create_account(stage.visitor, owner)
    await _means(stage.visitor, owner, PASSWORD, candidate)
    stage.tell("Registering is answered as ever, and the number means the account that proved it.")


async def _selected(stage: JourneyContext, person: Person) -> Candidate:
    """An unverified account with a course (EN-2: who is not verified may select and not pay)."""
    body = {**candidate_steps.new_account(person), "password": STRANGERS_PASSWORD}
    answer = await stage.visitor.send("create the stranger's account", "POST", "/v1/candidates", body)
    caller = stage.visitor.as_holder_of(answer["tokens"]["accessToken"])
    candidate = Candidate(person, answer["candidate"]["candidateId"], caller)
    registration = await candidate_steps.register(candidate)
    await candidate_steps.give_particulars(candidate, stage.outside)
    await candidate_steps.prepare(candidate, stage.session_id)
    await candidate_steps.select(candidate, registration["registrationId"], stage.session_id, stage.choices.first[0])
    return candidate


async def _means(visitor: Caller, owner: Person, password: str, holder: Candidate) -> None:
    opened = await reviewer_steps.log_in(visitor, owner.document_number, password)
    account = await opened.get("read the account", "/v1/candidates/me")
    if account["candidateId"] != holder.candidate_id:
        raise Deviation("log in by the number: expected the account of this password")


async def _prove(stage: JourneyContext, candidate: Candidate, owner: Person) -> None:
    await stage.outside.know(owner)
    await candidate_steps.register(candidate)
    await candidate_steps.give_particulars(candidate, stage.outside)
    await candidate_steps.upload_portrait(candidate, portrait(owner.portrait_seed))
    await candidate_steps.check_face(candidate, "MATCHED")
    number = await candidate_steps.ticket_number(candidate)
    stage.tell(f"The owner's face matches: the number is theirs, with ticket number {number} (ID-7, ID-9, ID-15).")


async def _ended(visitor: Caller, owner: Person, squatted: Candidate) -> None:
    async def look() -> Json:
        answer = await squatted.caller.call("read the ended account", "GET", "/v1/candidates/me", status=None)
        return {"status": answer.status_code}

    await eventually("end the tokens", visitor.meter, look, lambda seen: seen["status"] == 401, EVENT_SECONDS)
    body = {"loginName": owner.document_number, "password": STRANGERS_PASSWORD}
    await visitor.refused("log in as the stranger", "POST", "/v1/login-sessions", body, "WRONG_CREDENTIALS")
