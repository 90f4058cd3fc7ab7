"""A phone changed by review, without logging in: three proofs, a decision, and the old phone is told (ID-11)."""

import asyncio
import io
import uuid
from datetime import timedelta

import pytest
from google.api.httpbody_pb2 import HttpBody
from PIL import Image
from zikao.identity.v1 import resources_pb2
from zikao.review.v1 import resources_pb2 as review_pb2
from zikao.review.v1.events_pb2 import CaseDecided

from chassis.errors import RemoteRefusal
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from tests.integration.identity import outbox_waits, people
from tests.integration.identity.callers import Caller
from tests.integration.identity.test_contact_verification import code_sent
from tests.integration.identity.test_password_recoveries import NEW_PASSWORD, Owner, asked, completed, owner
from tests.integration.identity.world import World
from tests.support.refusals import refusal_of

NAME = "王文静"
PROOFS = ("DOCUMENT_FRONT", "DOCUMENT_BACK", "HOLDING_DOCUMENT")


async def person(world: World) -> Owner:
    """Somebody with a verified phone and a known name."""
    number, phone = people.resident_number(), people.phone_number()
    caller = await world.visitor.register(number, display_name=NAME)
    await caller("VerifyPhone", candidate_id="me", code=await code_sent(world, caller, phone))
    return Owner(caller, number, phone, "")


async def requested(world: World, number: str, phone: str, **values: str) -> resources_pb2.PhoneChange:
    sent = await world.visitor("SendPhoneChangeCode", new_phone=phone)
    code = {
        "code": world.outside.last_code(phone),
        "code_id": sent.code_id,
    }
    return await requested_by(world.visitor, number, **{**code, **values})


async def requested_by(somebody: Caller, number: str, **values: str) -> resources_pb2.PhoneChange:
    asked_for = {
        "document_type": "RESIDENT_CARD",
        "document_number": number,
        "display_name": NAME,
    }
    answer: resources_pb2.PhoneChange = await somebody("CreatePhoneChange", **{**asked_for, **values})
    return answer


async def uploaded(world: World, change: resources_pb2.PhoneChange, proof: str, image: bytes = b"") -> None:
    body = HttpBody(content_type="image/jpeg", data=image or people.Photo().take())
    await world.visitor("UploadPhoneChangeProof", phone_change_id=change.phone_change_id, proof=proof, image=body)


async def submitted(world: World, number: str, phone: str, **values: str) -> resources_pb2.PhoneChange:
    change = await requested(world, number, phone, **values)
    for proof in PROOFS:
        await uploaded(world, change, proof)
    answer: resources_pb2.PhoneChange = await world.visitor("SubmitPhoneChange", phone_change_id=change.phone_change_id)
    return answer


async def read(world: World, change: resources_pb2.PhoneChange) -> resources_pb2.PhoneChange:
    answer: resources_pb2.PhoneChange = await world.visitor("GetPhoneChange", phone_change_id=change.phone_change_id)
    return answer


async def decided(
    world: World,
    change: resources_pb2.PhoneChange,
    verdict: str = "APPROVED",
    event_id: str = "",
    sender: str = "review",
    **values: object,
) -> None:
    """The exam authority's decision arrives."""
    case = await world.neighbours.submitted(change.phone_change_id)
    event = CaseDecided(
        case_id=case.case_id,
        kind=review_pb2.PHONE_CHANGE,
        submission=1,
        candidate_id=case.candidate_id,
        subject_id=case.subject_id,
        decision=verdict,
        **values,  # type: ignore[arg-type]
    )
    assert await world.deliver(event, event_id=event_id, sender=sender)


def state_of(change: resources_pb2.PhoneChange) -> str:
    return resources_pb2.PhoneChange.State.Name(change.state)


@pytest.mark.parametrize(("thief", "reason"), [("gateway", "UNAUTHENTICATED"), ("payment", "EVENT_OF_ANOTHER_SERVICE")])
async def test_nobody_but_review_gives_an_account_to_another_phone(
    world: World, thief: str, reason: str
) -> None:  # OP-8, F-31
    change = await submitted(world, (await person(world)).number, people.phone_number())
    assert (await refusal_of(decided(world, change, sender=thief))).reason == reason
    assert state_of(await read(world, change)) == "UNDER_REVIEW"


async def test_a_change_is_asked_for_proven_reviewed_and_takes_effect(world: World) -> None:  # ID-11
    somebody, new = await person(world), people.phone_number()
    change = await submitted(world, somebody.number, new)
    assert (state_of(change), list(change.proofs)) == ("UNDER_REVIEW", [1, 2, 3])
    assert new not in str(change)
    case = await world.neighbours.submitted(change.phone_change_id)
    assert (case.kind, case.organisation, case.display_name) == (review_pb2.PHONE_CHANGE, "AUTHORITY", NAME)
    materials = world.neighbours.materials[case.case_id]
    assert [material.required_image_id for material in materials] == list(PROOFS)
    await decided(world, change)
    assert state_of(await read(world, change)) == "EFFECTIVE"
    again = await world.visitor.log_in(somebody.number, people.PASSWORD)
    assert (await again.account()).phone == f"+86{new}"


async def test_the_old_phone_is_told_and_so_is_the_new_one(world: World) -> None:  # ID-11
    somebody, new = await person(world), people.phone_number()
    change = await submitted(world, somebody.number, new)
    await decided(world, change)
    for phone, before in ((somebody.phone, 1), (new, 1)):
        told = await world.outside.message(phone, before + 1)
        assert new[-4:] in told
        assert new not in told


async def test_the_verified_e_mail_address_is_told_too(world: World) -> None:  # ID-11, ID-15
    somebody, new = await owner(world), people.phone_number()
    name = (await somebody.caller.account()).display_name
    await decided(world, await submitted(world, somebody.number, new, display_name=name))
    told = await world.outside.message(somebody.email, 2)
    assert new[-4:] in told
    assert new not in told


async def test_the_old_phone_is_told_even_when_the_message_sender_is_away(
    world: World, db: Database
) -> None:  # ID-11, F-13
    somebody, new = await person(world), people.phone_number()
    change = await submitted(world, somebody.number, new)
    world.outside.out_of_order = True
    await decided(world, change)
    assert state_of(await read(world, change)) == "EFFECTIVE"
    await outbox_waits.postponed(db, change.phone_change_id)
    world.outside.out_of_order = False
    world.clock.advance(timedelta(minutes=1))
    assert new[-4:] in await world.outside.message(somebody.phone, 2)


async def test_login_sessions_end_with_the_change(world: World) -> None:  # ID-11, ID-14
    somebody = await person(world)
    change = await submitted(world, somebody.number, people.phone_number())
    await decided(world, change)
    assert somebody.caller.tokens is not None
    refresh = world.visitor("RefreshLoginSession", refresh_token=somebody.caller.tokens.refresh_token)
    assert (await refusal_of(refresh)).reason == "REFRESH_TOKEN_INVALID"


async def test_afterwards_the_new_phone_recovers_the_password_and_the_old_one_does_not(world: World) -> None:  # ID-4
    somebody, new = await person(world), people.phone_number()
    stolen = await asked(world.visitor, somebody.number)
    stolen_code = await world.outside.code(somebody.phone, 2)
    change = await submitted(world, somebody.number, new)
    await decided(world, change)
    assert (await refusal_of(completed(world.visitor, stolen, stolen_code, NEW_PASSWORD))).reason == "CODE_INVALID"
    await world.outside.message(new, 2)
    recovery = await asked(world.visitor, somebody.number)
    await completed(world.visitor, recovery, await world.outside.code(new, 2), NEW_PASSWORD)
    assert (await world.visitor.log_in(somebody.number, NEW_PASSWORD)).tokens


async def test_somebody_without_a_phone_on_record_gets_one(world: World) -> None:  # ID-11
    number, new = people.resident_number(), people.phone_number()
    await world.visitor.register(number, display_name=NAME)
    change = await submitted(world, number, new)
    await decided(world, change)
    again = await world.visitor.log_in(number, people.PASSWORD)
    account = await again.account()
    assert (account.phone, account.HasField("phone_verify_time")) == (f"+86{new}", True)
    await world.neighbours.standing_of(account.candidate_id, phone_verified=True)


async def test_the_code_of_the_new_phone_is_needed_and_works_once(world: World) -> None:  # ID-11
    somebody, new = await person(world), people.phone_number()
    code_id = (await world.visitor("SendPhoneChangeCode", new_phone=new)).code_id
    elsewhere = {"code_id": str(uuid.uuid4()), "code": world.outside.last_code(new)}
    assert (await refusal_of(requested_by(world.visitor, somebody.number, **elsewhere))).reason == "CODE_INVALID"
    code = {"code_id": code_id, "code": await sent_again(world, new, code_id)}
    change = await requested_by(world.visitor, somebody.number, **code)
    assert change.new_phone.endswith(new[-4:])  # The code stands for the phone that it was sent to.
    assert (await refusal_of(requested_by(world.visitor, somebody.number, **code))).reason == "CODE_INVALID"


async def test_a_code_is_sent_again_without_the_phone(world: World) -> None:  # ID-11, ID-16
    new = people.phone_number()
    sent = await world.visitor("SendPhoneChangeCode", new_phone=new)
    again = await world.visitor("SendPhoneChangeCode", code_id=sent.code_id)
    assert (again.code_id, again.masked_phone) == (sent.code_id, f"+86*******{new[-4:]}")
    nowhere = await refusal_of(world.visitor("SendPhoneChangeCode", code_id=str(uuid.uuid4())))
    assert (nowhere.reason, nowhere.fields[0].field) == ("INVALID_PHONE", "new_phone")


async def sent_again(world: World, phone: str, code_id: str) -> str:
    await world.visitor("SendPhoneChangeCode", new_phone=phone, code_id=code_id)
    return world.outside.last_code(phone)


async def test_a_strangers_codes_and_tries_leave_the_owners_code_alone(world: World) -> None:  # F-28
    somebody, new = await person(world), people.phone_number()
    sent = await world.visitor("SendPhoneChangeCode", new_phone=new)
    code = {"code_id": sent.code_id, "code": world.outside.last_code(new)}
    stranger = world.from_address("198.51.100.7")
    for _ in range(3):
        theirs = await stranger("SendPhoneChangeCode", new_phone=new)
        for guess in range(5):
            wrong = {"code_id": theirs.code_id, "code": f"{guess:06d}"}
            assert (await refusal_of(requested_by(stranger, somebody.number, **wrong))).reason == "CODE_INVALID"
    assert state_of(await requested_by(world.visitor, somebody.number, **code)) == "DRAFT"


async def test_a_repeated_request_is_the_same_request(world: World) -> None:  # F-10
    somebody, new, request_id = await person(world), people.phone_number(), str(uuid.uuid4())
    sent = await world.visitor("SendPhoneChangeCode", new_phone=new)
    code = {"code_id": sent.code_id, "code": world.outside.last_code(new), "request_id": request_id}
    first = await requested_by(world.visitor, somebody.number, **code)
    assert await requested_by(world.visitor, somebody.number, **code) == first


async def test_a_request_that_fits_nobody_looks_the_same_and_reaches_no_reviewer(world: World) -> None:  # ID-11
    somebody = await person(world)
    fitting = await submitted(world, somebody.number, people.phone_number())
    unknown = await submitted(world, people.resident_number(), people.phone_number())
    misnamed = await submitted(world, somebody.number, people.phone_number(), display_name="李文静")
    for change in (unknown, misnamed):
        assert [field.name for field, _ in change.ListFields()] == [field.name for field, _ in fitting.ListFields()]
        assert state_of(change) == "UNDER_REVIEW"
    await world.neighbours.submitted(fitting.phone_change_id)
    subjects = {case.subject_id for case in world.neighbours.cases}
    assert not subjects & {unknown.phone_change_id, misnamed.phone_change_id}
    world.clock.advance(timedelta(hours=48))
    for change in (unknown, misnamed):
        answered = await read(world, change)
        assert (state_of(answered), bool(answered.rejection_note)) == ("REJECTED", True)


async def test_wrong_numbers_are_named_whoever_they_would_belong_to(world: World) -> None:  # ID-2, ID-10
    wrong = requested(world, "310110199001011234", people.phone_number())
    assert (await refusal_of(wrong)).reason == "INVALID_DOCUMENT_NUMBER"
    landline = await refusal_of(world.visitor("SendPhoneChangeCode", new_phone="021-12345678"))
    assert (landline.reason, landline.fields[0].field) == ("INVALID_PHONE", "new_phone")


async def test_three_proofs_are_needed_and_only_images_are_taken(world: World) -> None:  # ID-11, RE-3
    somebody = await person(world)
    change = await requested(world, somebody.number, people.phone_number())
    await uploaded(world, change, "DOCUMENT_FRONT")
    early = await refusal_of(world.visitor("SubmitPhoneChange", phone_change_id=change.phone_change_id))
    assert early.reason == "PROOFS_MISSING"
    assert [unmet.subject for unmet in early.unmet] == ["DOCUMENT_BACK", "HOLDING_DOCUMENT"]
    for content, why in ((b"not an image", "NOT_AN_IMAGE"), (people.Photo(width=120).take(), "TOO_SMALL")):
        refusal = await refusal_of(uploaded(world, change, "DOCUMENT_BACK", content))
        assert (refusal.reason, refusal.fields[0].reason) == ("IMAGE_REFUSED", why)


async def test_what_review_gets_is_written_anew_without_metadata(world: World) -> None:  # RE-3
    somebody = await person(world)
    change = await requested(world, somebody.number, people.phone_number())
    for proof in PROOFS:
        await uploaded(world, change, proof, people.Photo(exif=True).take())
    await world.visitor("SubmitPhoneChange", phone_change_id=change.phone_change_id)
    case = await world.neighbours.submitted(change.phone_change_id)
    for material in world.neighbours.materials[case.case_id]:
        image = Image.open(io.BytesIO(material.image.data))
        assert (image.format, len(image.getexif())) == ("JPEG", 0)


async def test_proofs_do_not_change_under_the_reviewer(world: World) -> None:  # F-14
    somebody = await person(world)
    change = await submitted(world, somebody.number, people.phone_number())
    assert (await refusal_of(uploaded(world, change, "DOCUMENT_BACK"))).reason == "PHONE_CHANGE_SUBMITTED"


async def test_of_an_upload_and_a_submission_at_once_the_reviewer_sees_what_was_submitted(world: World) -> None:  # F-14
    somebody = await person(world)
    change = await requested(world, somebody.number, people.phone_number())
    for proof in PROOFS:
        await uploaded(world, change, proof)
    outcomes = await asyncio.gather(
        world.visitor("SubmitPhoneChange", phone_change_id=change.phone_change_id),
        *(uploaded(world, change, "DOCUMENT_BACK") for _ in range(4)),
        return_exceptions=True,
    )
    assert not isinstance(outcomes[0], BaseException)
    reasons = {outcome.reason for outcome in outcomes if isinstance(outcome, RemoteRefusal)}
    assert reasons <= {"PHONE_CHANGE_SUBMITTED", "CONTENTION"}
    case = await world.neighbours.submitted(change.phone_change_id)
    assert len(world.neighbours.materials[case.case_id]) == 3


async def test_submitting_twice_at_once_is_one_submission(world: World) -> None:  # ID-11
    somebody = await person(world)
    change = await requested(world, somebody.number, people.phone_number())
    for proof in PROOFS:
        await uploaded(world, change, proof)
    calls = (world.visitor("SubmitPhoneChange", phone_change_id=change.phone_change_id) for _ in range(4))
    assert {state_of(answer) for answer in await asyncio.gather(*calls)} == {"UNDER_REVIEW"}
    case = await world.neighbours.submitted(change.phone_change_id)
    assert world.neighbours.submissions[case.case_id] == 1


async def test_a_submission_waits_for_review_to_come_back(world: World, db: Database) -> None:  # F-13
    somebody = await person(world)
    world.neighbours.away = True
    change = await submitted(world, somebody.number, people.phone_number())
    assert state_of(change) == "UNDER_REVIEW"
    await outbox_waits.postponed(db, change.phone_change_id)
    world.neighbours.away = False
    world.clock.advance(timedelta(minutes=1))
    assert await world.neighbours.submitted(change.phone_change_id)


async def test_a_decision_delivered_twice_takes_effect_once(world: World) -> None:  # RE-6, F-13
    somebody = await person(world)
    change, event_id = await submitted(world, somebody.number, people.phone_number()), new_id()
    for _ in range(2):
        await decided(world, change, event_id=event_id)
    again = await world.visitor.log_in(somebody.number, people.PASSWORD)
    version = int((await again.account()).etag)
    await decided(world, change)
    assert int((await again.account()).etag) == version


async def test_a_rejection_says_why_and_a_better_proof_goes_to_the_same_case(world: World) -> None:  # RE-4, RE-5
    somebody = await person(world)
    change = await submitted(world, somebody.number, people.phone_number())
    case = await world.neighbours.submitted(change.phone_change_id)
    await decided(world, change, "REJECTED", reason="IMAGE_UNREADABLE", note="背面反光", submissions_left=2)
    seen = await read(world, change)
    assert (state_of(seen), seen.submissions_left) == ("REJECTED", 2)
    assert "图片不清晰" in seen.rejection_note
    assert "背面反光" in seen.rejection_note
    await uploaded(world, change, "DOCUMENT_BACK")
    assert state_of(await read(world, change)) == "DRAFT"
    await world.visitor("SubmitPhoneChange", phone_change_id=change.phone_change_id)
    assert (await world.neighbours.submitted(change.phone_change_id, 2)).case_id == case.case_id
    assert len(world.neighbours.materials[case.case_id]) == 6


async def test_a_draft_that_nobody_submits_expires(world: World) -> None:  # ID-11
    somebody = await person(world)
    change = await requested(world, somebody.number, people.phone_number())
    world.clock.advance(timedelta(hours=24))
    assert state_of(await read(world, change)) == "EXPIRED"
    assert (await refusal_of(uploaded(world, change, "DOCUMENT_BACK"))).reason == "PHONE_CHANGE_EXPIRED"
    late = world.visitor("SubmitPhoneChange", phone_change_id=change.phone_change_id)
    assert (await refusal_of(late)).reason == "PHONE_CHANGE_EXPIRED"


async def test_the_id_is_the_only_key(world: World) -> None:  # ID-11
    assert (await refusal_of(world.visitor("GetPhoneChange", phone_change_id=new_id()))).reason == "NOT_FOUND"


async def test_codes_and_requests_are_limited(world: World) -> None:  # ID-11
    phone = people.phone_number()
    for _ in range(5):
        await world.visitor("SendPhoneChangeCode", new_phone=phone)
    assert (await refusal_of(world.visitor("SendPhoneChangeCode", new_phone=phone))).reason == "RATE_LIMITED"


async def test_phones_are_not_stored_in_clear(world: World, db: Database) -> None:  # ID-11
    somebody, new = await person(world), people.phone_number()
    change = await submitted(world, somebody.number, new)
    await decided(world, change)
    kept = sql("SELECT * FROM phone_changes WHERE phone_change_id = :phone_change_id")
    (row,) = await db.hot.fetch(kept, phone_change_id=change.phone_change_id)
    assert row["old_phone_cipher"]
    assert not any(phone in str(row.values()) for phone in (somebody.phone, new))
