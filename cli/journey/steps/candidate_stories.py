"""The three stories of the journey: a new candidate, an enrolled one, and one whose portrait is somebody else's."""

import asyncio
import uuid

from cli.demo.enrolled_candidates import EnrolledCandidate, import_enrolled
from cli.demo.invented_people import Person
from cli.journey.clients.http_client import Caller, Deviation, Json
from cli.journey.steps import candidate_steps, reviewer_steps
from cli.journey.steps.candidate_steps import PASSWORD, Candidate
from cli.journey.steps.journey_context import JourneyContext
from cli.staff.api_client import Api
from sandbox.portraits import portrait

FACE_TRIES = 3
TICKET_PAUSES_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)


async def new_candidate(stage: JourneyContext, person: Person) -> None:
    """A new candidate registers, selects, is refused what the rules forbid, pays, appends, and knows when the receipt
    comes.
    """
    candidate, registration = await able_to_select(stage, person)
    await _select(stage, candidate, registration)
    checkout = await check_out_and_pay(stage, candidate, append_refused=True)
    await _append(stage, candidate, registration)
    receipt = await candidate_steps.receipt(candidate, checkout["orderId"])
    stage.tell(
        f"The e-receipt is available from {receipt['availableDate']}, three working days after the payment (PA-9)."
    )


async def enrolled_candidate(stage: JourneyContext, operator: Api, person: Person) -> None:
    """An imported candidate enters by the initial password and is made to change it (ID-3)."""
    enrolled = EnrolledCandidate.of(person)
    await import_enrolled(operator, [enrolled])
    stage.tell(f"The operator imports an enrolled candidate with ticket number {enrolled.ticket_number}.")
    restricted = await candidate_steps.enter_first(stage.visitor, stage.outside, person)
    stage.tell("The initial password opens the account only with a code to the phone that was imported (ID-15).")
    await restricted.refused(
        "select before changing the password",
        "POST",
        "/v1/selections",
        _any_selection(stage),
        "PASSWORD_CHANGE_REQUIRED",
    )
    stage.tell("The initial password opens nothing but the change of it (ID-3).")
    candidate = await candidate_steps.choose_password(restricted, person)
    await candidate_steps.give_particulars(candidate, stage.outside)
    await candidate_steps.pass_the_gates(candidate, stage.session_id)
    again = await _ticket_login(stage, enrolled.ticket_number)
    registrations = await again.get("read the registrations", "/v1/registrations")
    if registrations["registrations"][0]["ticketNumber"] != enrolled.ticket_number:
        raise Deviation("read the registrations: expected the imported ticket number")
    stage.tell("Password changed, phone verified, gates passed; logging in by ticket number works too (ID-1, ID-10).")


async def mistaken_portrait(stage: JourneyContext, reviewer: Caller, person: Person, stranger: Person) -> None:
    """Three mismatches end in a review case; a reviewer approves, and the candidate has a ticket number (ID-7, RE-4,
    ID-9).
    """
    candidate, case_id = await three_mismatches(stage, person, stranger)
    await reviewer_steps.hand_in_proofs(candidate, case_id, portrait(person.portrait_seed))
    await reviewer_steps.approve(reviewer, case_id)
    stage.tell("The reviewer claims the case, looks at every proof and approves (RE-4).")
    stage.tell(f"Ticket number {await candidate_steps.ticket_number(candidate)} (ID-9).")


async def three_mismatches(stage: JourneyContext, person: Person, stranger: Person) -> tuple[Candidate, str]:
    """A candidate with somebody else's portrait, and the case that the third mismatch opens (ID-7)."""
    await stage.outside.know(person)
    candidate = await candidate_steps.create_account(stage.visitor, person)
    await candidate_steps.register(candidate)
    await candidate_steps.give_particulars(candidate, stage.outside)
    await candidate_steps.upload_portrait(candidate, portrait(stranger.portrait_seed))
    for _ in range(FACE_TRIES - 1):
        await candidate_steps.check_face(candidate, "MISMATCHED")
    answer = await candidate_steps.check_face(candidate, "SENT_TO_REVIEW")
    stage.tell("Somebody else's portrait: three mismatches, and the case goes to the host school (ID-7).")
    return candidate, str(answer["reviewCaseId"])


async def _approved(stage: JourneyContext, person: Person) -> tuple[Candidate, Json]:
    await stage.outside.know(person)
    candidate = await candidate_steps.create_account(stage.visitor, person)
    stage.tell("A new candidate makes an account with a resident card (ID-2, ID-5).")
    registration = await candidate_steps.register(candidate)
    stage.tell(f"Pledge accepted; registered for {registration['majorName']} at {registration['schoolName']} (ID-5).")
    await candidate_steps.give_particulars(candidate, stage.outside)
    stage.tell("Phone verified with the code from the inbox, details confirmed (ID-10, ID-12).")
    await candidate_steps.upload_portrait(candidate, portrait(person.portrait_seed))
    await candidate_steps.check_face(candidate, "MATCHED")
    number = await candidate_steps.ticket_number(candidate)
    stage.tell(f"The face matches at the first try; ticket number {number} (ID-7, ID-9).")
    return candidate, registration


async def able_to_select(stage: JourneyContext, person: Person) -> tuple[Candidate, Json]:
    """A new candidate whom no gate keeps from selecting, and the registration."""
    candidate, registration = await _approved(stage, person)
    await candidate_steps.pass_the_gates(candidate, stage.session_id)
    stage.tell("Questionnaire answered and notice read: no gate is left.")
    return candidate, registration


async def _select(stage: JourneyContext, candidate: Candidate, registration: Json) -> None:
    for course in stage.choices.first:
        await candidate_steps.select(candidate, registration["registrationId"], stage.session_id, course)
        stage.tell(f"Selected {course.name} on {course.half_day}.")
    rival = stage.choices.rival
    problem = await candidate_steps.select_refused(
        candidate, registration["registrationId"], stage.session_id, rival, "TIME_CONFLICT"
    )
    stage.tell(f"{rival.name} on {rival.half_day} is refused: {problem['detail']} (EN-5, EN-12)")
    district = await candidate_steps.prefer_district(candidate, stage.session_id)
    stage.tell(f"District preferred: {district['districtName']} (EN-7).")


async def check_out_and_pay(stage: JourneyContext, candidate: Candidate, *, append_refused: bool) -> Json:
    """Checks out, pays at the platform, and waits until the courses count (EN-10, PA-1, EN-8)."""
    checkout = await candidate_steps.check_out(candidate, stage.session_id)
    stage.tell(
        f"Checked out {len(checkout['items'])} course(s) for {int(checkout['totalFen']) / 100:.2f} yuan (EN-10)."
    )
    order = await candidate_steps.ask_for_qr(candidate, checkout)
    stage.tell("Undertaking accepted; the QR code is shown (PA-1).")
    if append_refused:
        await candidate_steps.check_out_refused(candidate, stage.session_id, "ORDER_UNSETTLED")
        stage.tell("Appending is refused while this order is unsettled (EN-9).")
    await stage.outside.scan_and_pay(order)
    await candidate_steps.becomes_effective(candidate, stage.session_id, checkout["orderId"])
    stage.tell("Scanned and paid; PAID and effective without anyone refreshing (PA-4, EN-8).")
    return checkout


async def _append(stage: JourneyContext, candidate: Candidate, registration: Json) -> None:
    course = stage.choices.appended
    await candidate_steps.select(candidate, registration["registrationId"], stage.session_id, course)
    stage.tell(f"Appended {course.name} on {course.half_day} (EN-9).")
    await check_out_and_pay(stage, candidate, append_refused=False)


async def _ticket_login(stage: JourneyContext, ticket_number: str) -> Caller:
    """Identity learns the number by an event, usually within milliseconds; the tries are few and spread because wrong
    ones are slowed down (ID-14).
    """
    for pause in TICKET_PAUSES_SECONDS:
        try:
            return await reviewer_steps.log_in(stage.visitor, ticket_number, PASSWORD)
        except Deviation:
            await asyncio.sleep(pause)
    return await reviewer_steps.log_in(stage.visitor, ticket_number, PASSWORD)


def _any_selection(stage: JourneyContext) -> Json:
    return {"registrationId": str(uuid.uuid4()), "sessionId": stage.session_id, "courseCode": stage.choices.rival.code}
