"""The steps of a candidate's journey, in the order of the procedure; each is what one press of a button does, and
what must come of it.
"""

from dataclasses import dataclass

from cli.demo.invented_people import Person
from cli.demo.school_and_major import MAJOR_CODE, SCHOOL_CODE
from cli.journey.clients.http_client import Caller, Deviation, Json, eventually, expect, identified
from cli.journey.clients.sandbox_client import SandboxClient
from cli.journey.steps.course_choice import Course

PASSWORD = "Huanghe-7pu"  # noqa: S105 (of invented people)
WITHOUT_REFRESHING_SECONDS = 120.0
"""A paid order becomes PAID and its courses effective within this time though nobody refreshes (PA-4, F-1)."""

EVENT_SECONDS = 30.0
"""An event between two services is effective within this time, unless one of them is down."""

RESTART_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person with an account: as whom the further steps are done."""

    person: Person
    candidate_id: str
    caller: Caller


async def create_account(visitor: Caller, person: Person) -> Candidate:
    """The wizard's first page: document, name, password, school (ID-2, ID-5)."""
    answer = await visitor.send("create the account", "POST", "/v1/candidates", new_account(person))
    return Candidate(person, answer["candidate"]["candidateId"], visitor.as_holder_of(answer["tokens"]["accessToken"]))


def new_account(person: Person) -> Json:
    """What somebody enters on the wizard's first page."""
    return identified(
        documentType=person.document_type,
        documentNumber=person.document_number,
        displayName=person.name,
        password=PASSWORD,
        schoolCode=SCHOOL_CODE,
    )


async def enter_first(visitor: Caller, outside: SandboxClient, person: Person) -> Caller:
    """The first login of an imported candidate, by the initial password and a code to the phone on record (ID-3,
    ID-15).
    """
    body = {"loginName": person.document_number, "password": person.initial_password}
    seen = await outside.received(person.phone)
    await visitor.refused("log in without a code", "POST", "/v1/login-sessions", body, "FIRST_CODE_REQUIRED")
    code = await outside.next_code(person.phone, seen)
    tokens = await visitor.send("log in with the code", "POST", "/v1/login-sessions", {**body, "code": code})
    return visitor.as_holder_of(tokens["accessToken"])


async def choose_password(restricted: Caller, person: Person) -> Candidate:
    """Changes the initial password, the only thing that a login session opened with it allows (ID-3)."""
    body = {"oldPassword": person.initial_password, "newPassword": PASSWORD}
    tokens = await restricted.send("change the password", "POST", "/v1/candidates/me:changePassword", body)
    return Candidate(person, tokens["subjectId"], restricted.as_holder_of(tokens["accessToken"]))


async def register(candidate: Candidate, school_code: str = SCHOOL_CODE, major_code: str = MAJOR_CODE) -> Json:
    """Accepts the integrity pledge in force and registers, for 汉语言文学 unless told otherwise (ID-5)."""
    pledge = await candidate.caller.get("read the pledge", "/v1/texts/INTEGRITY_PLEDGE")
    body = {"schoolCode": school_code, "majorCode": major_code, "pledgeVersion": pledge["version"]}
    return await candidate.caller.send("register for the major", "POST", "/v1/registrations", body)


async def give_particulars(candidate: Candidate, outside: SandboxClient) -> None:
    """Verifies the phone, and writes and confirms the details (ID-10, ID-12)."""
    await verify_phone(candidate, outside)
    await fill_in_details(candidate)


async def fill_in_details(candidate: Candidate, *, household: str = "上海市") -> None:
    """Writes and confirms the required details (ID-12)."""
    person = candidate.person
    details = {
        "sex": "FEMALE" if person.female else "MALE",
        "birthDate": person.born.isoformat(),
        "ethnicity": "汉族",
        "politicalStatus": "NO_PARTY",
        "education": "ASSOCIATE",
        "occupation": "职员",
        "householdRegion": household,
        "postalAddress": "上海市示例路 1 号",
        "postalCode": "200000",
        "email": person.email,
    }
    path = f"/v1/candidates/{candidate.candidate_id}"
    await candidate.caller.send("fill in the details", "PATCH", f"{path}/details", details)
    await candidate.caller.send("confirm the details", "POST", f"{path}:confirmDetails", {})


async def verify_phone(candidate: Candidate, outside: SandboxClient) -> None:
    """Asks for a code and reads it in the sandbox's inbox (ID-10)."""
    path, phone = f"/v1/candidates/{candidate.candidate_id}/phone", candidate.person.phone
    await candidate.caller.send("ask for a phone code", "POST", f"{path}:sendCode", {"phone": phone})
    code = await outside.next_code(phone)
    await candidate.caller.send("verify the phone", "POST", f"{path}:verify", identified(code=code))


async def prove_password(candidate: Candidate) -> None:
    """Proves again to be the owner, for five minutes, before what recovers the account changes (ID-17)."""
    path = "/v1/login-sessions:provePassword"
    await candidate.caller.refused("prove a wrong password", "POST", path, {"password": "Wrong-1"}, "WRONG_PASSWORD")
    await candidate.caller.send("prove the password", "POST", path, {"password": PASSWORD})


async def upload_portrait(candidate: Candidate, portrait: bytes) -> None:
    """Uploads the portrait as a file (ID-6)."""
    await candidate.caller.upload(
        "upload the portrait", "PUT", f"/v1/candidates/{candidate.candidate_id}/portrait", portrait
    )


async def check_face(candidate: Candidate, expected: str) -> Json:
    """Has the portrait compared with the register's (ID-7); expects this outcome."""
    path = f"/v1/candidates/{candidate.candidate_id}:verifyIdentity"
    answer = await candidate.caller.send("check the face", "POST", path, identified())
    expect("check the face", expected, answer["outcome"])
    return answer


async def ticket_number(candidate: Candidate) -> str:
    """Waits until the registration has its ticket number (ID-9)."""
    seen = await candidate.caller.read_until(
        "receive the ticket number", "read the registrations", "/v1/registrations", _has_ticket_number, RESTART_SECONDS
    )
    return str(seen["registrations"][0]["ticketNumber"])


async def prepare(candidate: Candidate, session_id: str) -> None:
    """Answers the questionnaire and reads the notice (EN-2, EN-3)."""
    path = f"/v1/sessions/{session_id}"
    questionnaire = await candidate.caller.get("read the questionnaire", f"{path}/questionnaire")
    answers = [_answer(question) for question in questionnaire["questions"]]
    await candidate.caller.send(
        "answer the questionnaire", "POST", f"{path}/questionnaire:submit", {"answers": answers}
    )
    notice = await candidate.caller.get("read the notice", "/v1/texts/SESSION_NOTICE", scope=session_id)
    await candidate.caller.send(
        "acknowledge the notice", "POST", f"{path}/notice:acknowledge", {"version": notice["version"]}
    )


async def pass_the_gates(candidate: Candidate, session_id: str) -> None:
    """Does what the session asks for, and finds no gate left before payment (EN-2)."""
    await prepare(candidate, session_id)
    await candidate.caller.read_until(
        "pass the gates",
        "read the gates",
        f"/v1/sessions/{session_id}/gates",
        lambda seen: all(gate["met"] for gate in seen["gates"]),
        RESTART_SECONDS,
    )


async def select(candidate: Candidate, registration_id: str, session_id: str, course: Course) -> Json:
    """Selects one course (EN-5)."""
    return await candidate.caller.send(
        "select a course", "POST", "/v1/selections", _selection(registration_id, session_id, course)
    )


async def select_refused(
    candidate: Candidate, registration_id: str, session_id: str, course: Course, reason: str
) -> Json:
    """Tries a course that the rules forbid; returns the explanation (EN-5, EN-12)."""
    body = _selection(registration_id, session_id, course)
    return await candidate.caller.refused("select a course in a taken half-day", "POST", "/v1/selections", body, reason)


async def prefer_district(candidate: Candidate, session_id: str) -> Json:
    """States a district preference (EN-7)."""
    districts = await candidate.caller.get("list the districts", "/v1/districts")
    body = {"districtCode": districts["districts"][0]["districtCode"]}
    return await candidate.caller.send(
        "prefer a district", "PUT", f"/v1/sessions/{session_id}/district-preference", body
    )


async def check_out(candidate: Candidate, session_id: str) -> Json:
    """Turns all drafts into one order and waits until payment knows it (EN-10)."""
    checkout = await candidate.caller.send("check out", "POST", f"/v1/sessions/{session_id}:checkout", identified())
    if checkout["orderState"] == "CREATING":
        await order_exists(candidate, checkout["orderId"])
    return checkout


async def check_out_refused(candidate: Candidate, session_id: str, reason: str) -> Json:
    """Tries to check out further courses too early (EN-9, F-12)."""
    path = f"/v1/sessions/{session_id}:checkout"
    return await candidate.caller.refused("check out while an order is unsettled", "POST", path, identified(), reason)


async def ask_for_qr(candidate: Candidate, checkout: Json) -> Json:
    """Accepts the undertaking and gets the QR code (PA-1, PA-3)."""
    body = {"undertakingVersion": checkout["undertakingVersion"]}
    order = await candidate.caller.send("ask for the QR code", "POST", f"/v1/orders/{checkout['orderId']}:pay", body)
    if order["state"] != "AWAITING_PAYMENT" or not order["attempt"]["qrContent"]:
        raise Deviation(f"ask for the QR code: expected AWAITING_PAYMENT with a QR code, got {order['state']}")
    return order


async def becomes_effective(candidate: Candidate, session_id: str, order_id: str) -> Json:
    """Waits, without refreshing the order, until it is PAID and every course of it is effective (PA-4, EN-8)."""

    def effective(overview: Json) -> bool:
        paid = [one for one in overview["selections"] if one["orderId"] == order_id]
        return bool(paid) and all(one["state"] == "EFFECTIVE" for one in paid)

    overview = await candidate.caller.read_until(
        "become effective",
        "read the overview",
        f"/v1/sessions/{session_id}/overview",
        effective,
        WITHOUT_REFRESHING_SECONDS,
    )
    order = await candidate.caller.get("read the order", f"/v1/orders/{order_id}")
    expect("become effective", "PAID", order["state"])
    return overview


async def receipt(candidate: Candidate, order_id: str) -> Json:
    """Reads from which day the e-receipt can be had (PA-9)."""
    answer = await candidate.caller.get("read the receipt", f"/v1/orders/{order_id}/receipt")
    if not answer.get("availableDate"):
        raise Deviation("read the receipt: expected the date from which it is available")
    return answer


async def order_exists(candidate: Candidate, order_id: str) -> None:
    """Waits until payment knows the order of a checkout that could not be made in line (EN-10)."""

    async def look() -> Json:
        answer = await candidate.caller.call("look for the order", "GET", f"/v1/orders/{order_id}", status=None)
        return {"status": answer.status_code}

    await eventually(
        "wait for the order", candidate.caller.meter, look, lambda seen: seen["status"] == 200, RESTART_SECONDS
    )


def _has_ticket_number(answer: Json) -> bool:
    return bool(answer["registrations"]) and all(one["ticketNumber"] for one in answer["registrations"])


def _selection(registration_id: str, session_id: str, course: Course) -> Json:
    return {"registrationId": registration_id, "sessionId": session_id, "courseCode": course.code}


def _answer(question: Json) -> Json:
    if question["kind"] == "FREE_TEXT":
        return {"questionId": question["questionId"], "text": "无"}
    return {"questionId": question["questionId"], "optionIds": [question["options"][0]["optionId"]]}
