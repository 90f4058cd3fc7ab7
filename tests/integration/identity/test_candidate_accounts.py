"""Accounts: one per person, details, and what is kept of them (ID-2, ID-5, ID-12, ID-13)."""

import asyncio

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from zikao.identity.v1 import resources_pb2

from chassis.errors import NotFound, RemoteRefusal
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from services.identity.usecases.candidate_accounts import get_paper_holder
from tests.integration.identity import people
from tests.integration.identity.callers import Caller
from tests.integration.identity.world import World
from tests.support.refusals import refusal_of


async def test_a_new_candidate_is_logged_in_and_pending(world: World) -> None:  # ID-5
    number = people.resident_number()
    account = await (await world.visitor.register(number.lower())).account()
    assert account.document_number == number
    assert account.identity_state == resources_pb2.PENDING
    assert (account.match_tries_left, account.enrolled, account.needs_password_change) == (3, False, False)
    assert account.details.birth_date.replace("-", "") == number[6:14]


async def test_a_number_is_one_however_it_is_spelt(world: World) -> None:  # ID-2, ID-15
    number = people.resident_number()
    await world.visitor.register(number)
    for spelling in (f"{number[:6]} {number[6:]}", "".join(chr(ord(digit) + 0xFEE0) for digit in number)):
        await world.visitor.register(spelling)
    refusal = await refusal_of(world.visitor.register(number, document_type="MINOR_RESIDENT_CARD"))
    assert refusal.reason == "UNVERIFIED_ACCOUNTS_FULL"


async def test_a_renewed_permit_is_the_same_person(world: World) -> None:  # F-16, ID-15
    number = people.permit_number()
    for renewal in ("", "01", "02"):
        await world.visitor.register(f"{number}{renewal}", document_type="HOME_RETURN_PERMIT")
    refusal = await refusal_of(world.visitor.register(f"{number}03", document_type="HOME_RETURN_PERMIT"))
    assert refusal.reason == "UNVERIFIED_ACCOUNTS_FULL"
    assert (await world.visitor.log_in(f"{number}04", people.PASSWORD)).tokens


async def test_of_simultaneous_registrations_with_one_number_three_make_accounts(world: World) -> None:  # ID-15
    number = people.resident_number()
    outcomes = await asyncio.gather(*(world.visitor.register(number) for _ in range(6)), return_exceptions=True)
    made = [outcome for outcome in outcomes if isinstance(outcome, Caller)]
    reasons = {outcome.reason for outcome in outcomes if isinstance(outcome, RemoteRefusal)}
    assert (len(made), reasons) == (3, {"UNVERIFIED_ACCOUNTS_FULL"})


async def test_a_repeated_registration_is_the_same_account(world: World) -> None:  # F-10
    number, request_id = people.resident_number(), new_id()
    first, *again = await asyncio.gather(
        *(world.visitor.register(number, request_id=request_id, display_name="张三") for _ in range(3))
    )
    assert {caller.candidate_id for caller in again} == {first.candidate_id}
    refusal = await refusal_of(world.visitor.register(number, request_id=request_id, password="Huanghe-8pv"))
    assert refusal.reason == "REQUEST_ID_REUSED"
    for _ in range(2):
        await world.visitor.register(number)
    same = await world.visitor.register(number, request_id=request_id, display_name="张三")
    assert same.candidate_id == first.candidate_id


@pytest.mark.parametrize(
    ("values", "reason", "field"),
    [
        ({"document_number": "110105194912310021"}, "INVALID_DOCUMENT_NUMBER", "document_number"),
        ({"password": "12345"}, "WEAK_PASSWORD", "password"),
        ({"display_name": " \u3000"}, "INVALID_NAME", "display_name"),
        ({"school_code": "1"}, "INVALID_REQUEST", "school_code"),
    ],
)
async def test_a_wrong_first_page_says_which_field_is_wrong(
    world: World, values: dict[str, str], reason: str, field: str
) -> None:  # GW-3
    refusal = await refusal_of(world.visitor.register(**values))
    assert (refusal.reason, [violation.field for violation in refusal.fields]) == (reason, [field])


async def test_whatever_is_wrong_on_the_first_page_is_told_at_once(world: World) -> None:  # GW-3, ID-5
    wrong = world.visitor.register("110105194912310021", password="12 45", display_name="😀")
    refusal = await refusal_of(wrong)
    assert refusal.reason == "INVALID_REQUEST"
    assert [one.field for one in refusal.fields] == ["document_number", "display_name", "password"]


async def test_nobody_reads_or_changes_another_account(world: World) -> None:
    one, other = await world.visitor.register(), await world.visitor.register()
    for call in (
        other("GetCandidate", candidate_id=one.candidate_id),
        other("UpdateDetails", candidate_id=one.candidate_id, details=people.DETAILS),
        other("VerifyIdentity", candidate_id=one.candidate_id),
        other("GetPortrait", candidate_id=one.candidate_id),
    ):
        assert (await refusal_of(call)).reason == "ACCESS_DENIED"
    assert (await refusal_of(world.visitor("GetCandidate", candidate_id=one.candidate_id))).reason == "UNAUTHENTICATED"


async def test_an_operator_reads_an_account_masked(world: World) -> None:
    caller = await world.visitor.register()
    own = await caller.account()
    seen = await (await world.operator())("GetCandidate", candidate_id=caller.candidate_id)
    assert own.document_number not in str(seen)
    assert seen.document_number.startswith("310110**")


async def test_details_are_confirmed_only_when_complete(world: World) -> None:  # ID-12
    caller = await world.visitor.register()
    refusal = await refusal_of(caller("ConfirmDetails", candidate_id="me"))
    assert refusal.reason == "DETAILS_INCOMPLETE"
    assert {unmet.subject for unmet in refusal.unmet} == set((await caller.account()).missing_details)
    await caller("UpdateDetails", candidate_id="me", details=people.DETAILS)
    account = await caller("ConfirmDetails", candidate_id="me")
    assert account.HasField("details_confirm_time")
    heard = await world.neighbours.standing_of(caller.candidate_id, details_confirmed=True)
    assert str(heard.version) == account.etag


async def test_what_was_begun_on_one_device_goes_on_on_another(world: World) -> None:  # ID-5
    number, half = people.resident_number(), {"ethnicity": "汉族", "occupation": "职员"}
    begun = await world.from_address("198.51.100.7").register(number)
    await begun("UpdateDetails", candidate_id="me", details=half)
    elsewhere = await world.from_address("203.0.113.9").log_in(number, people.PASSWORD)
    account = await elsewhere.account()
    assert {name: getattr(account.details, name) for name in half} == half
    assert "postal_address" in account.missing_details
    await elsewhere("UpdateDetails", candidate_id="me", details=people.DETAILS)
    await elsewhere("ConfirmDetails", candidate_id="me")
    await elsewhere.upload()
    assert (await elsewhere.check()).identity_state == resources_pb2.VERIFIED
    assert (await begun.account()).HasField("details_confirm_time")


async def test_an_edit_takes_the_confirmation_back(world: World) -> None:  # ID-12
    caller = await world.visitor.register()
    await caller("UpdateDetails", candidate_id="me", details=people.DETAILS)
    await caller("ConfirmDetails", candidate_id="me")
    await caller(
        "UpdateDetails",
        candidate_id="me",
        details=resources_pb2.Details(),
        update_mask=FieldMask(paths=["occupation"]),
    )
    account = await caller.account()
    assert not account.HasField("details_confirm_time")
    assert list(account.missing_details) == ["occupation"]
    assert account.details.ethnicity == "汉族"


async def test_details_read_before_an_edit_are_not_confirmed(world: World) -> None:  # ID-12
    caller = await world.visitor.register()
    read = await caller("UpdateDetails", candidate_id="me", details=people.DETAILS)
    await caller("UpdateDetails", candidate_id="me", details=resources_pb2.Details(occupation="教师"))
    assert (await refusal_of(caller("ConfirmDetails", candidate_id="me", etag=read.etag))).reason == "STALE_ETAG"


async def test_details_that_contradict_the_document_are_refused(world: World) -> None:  # ID-12
    caller = await world.visitor.register()
    details = resources_pb2.Details(birth_date="2001-02-30")
    refusal = await refusal_of(caller("UpdateDetails", candidate_id="me", details=details))
    assert (refusal.reason, refusal.fields[0].field) == ("INVALID_DETAILS", "birth_date")


async def test_simultaneous_edits_of_different_fields_are_all_kept(world: World) -> None:  # ID-12
    caller = await world.visitor.register()
    edits: list[dict[str, str]] = [{"occupation": "教师"}, {"ethnicity": "汉族"}, {"workplace": "某校"}]
    await asyncio.gather(
        *(caller("UpdateDetails", candidate_id="me", details=resources_pb2.Details(**edit)) for edit in edits)
    )
    details = (await caller.account()).details
    assert (details.occupation, details.ethnicity, details.workplace) == ("教师", "汉族", "某校")


async def test_followers_hear_every_standing_in_order(world: World) -> None:  # EN-2, RE-6
    caller = await world.visitor.register()
    await caller("UpdateDetails", candidate_id="me", details=people.DETAILS)
    account = await caller("ConfirmDetails", candidate_id="me")
    await caller.upload()
    await caller.check()
    verified = await world.neighbours.standing_of(caller.candidate_id, identity_state=resources_pb2.VERIFIED)
    versions = world.neighbours.versions_of(caller.candidate_id)
    assert versions == sorted(versions)
    assert versions[:2] == [1, int(account.etag)]
    assert verified == await world.standing(caller.candidate_id)


async def test_personal_data_is_unreadable_in_the_database(world: World, db: Database) -> None:  # ID-2
    number, phone = people.resident_number(), people.phone_number()
    caller = await world.visitor.register(number, display_name="欧阳甲乙丙")
    await caller("UpdateDetails", candidate_id="me", details=people.DETAILS)
    await caller("SendPhoneCode", candidate_id="me", phone=phone)
    code = world.outside.last_code(phone)
    await caller("VerifyPhone", candidate_id="me", code=code, request_id=new_id())
    tables = await db.hot.fetch(sql("SELECT tablename FROM pg_tables WHERE schemaname = 'identity'"))
    kept = []
    for table in tables:
        rows = await db.hot.fetch(sql(f'SELECT * FROM "{table["tablename"]}"'))
        kept += [bytes(value) if isinstance(value, bytes) else str(value).encode() for row in rows for value in row]
    for secret in (number, phone, "欧阳甲乙丙", people.DETAILS.email, people.PASSWORD):
        assert not [value for value in kept if secret.encode() in value], secret


async def test_another_service_asks_for_a_standing(world: World) -> None:
    caller = await world.visitor.register()
    standing = await world.standing(caller.candidate_id)
    assert (standing.version, standing.identity_state) == (1, resources_pb2.PENDING)
    assert (await refusal_of(world.standing(new_id()))).reason == "NOT_FOUND"


def test_requests_that_carry_secrets_keep_no_answers() -> None:  # F-10
    from zikao.identity.v1 import candidate_service_pb2, login_service_pb2

    for file in (candidate_service_pb2.DESCRIPTOR, login_service_pb2.DESCRIPTOR):
        for service in file.services_by_name.values():
            for method in service.methods:
                if method.GetOptions().idempotency_level == 0 and "request_id" in method.input_type.fields_by_name:
                    assert not (_messages(method.output_type) & {"Candidate", "Tokens"}), method.full_name


def _messages(descriptor: Message) -> set[str]:
    found = {descriptor.name}
    for entry in descriptor.fields:
        if entry.message_type is not None:
            found |= _messages(entry.message_type)
    return found


async def test_papers_learn_a_masked_name_four_characters_and_that_something_changed(world: World) -> None:
    # EN-18
    number = people.resident_number()
    caller = await world.visitor.register(number, display_name="张小三")
    holder = await get_paper_holder(world.deps, caller.candidate_id)
    assert (holder.masked_name, holder.document_number_ending) == ("张**", number[-4:])
    assert await get_paper_holder(world.deps, caller.candidate_id) == holder
    await caller("CorrectName", candidate_id="me", display_name="张小五")
    corrected = await get_paper_holder(world.deps, caller.candidate_id)
    assert (corrected.masked_name, corrected.digest == holder.digest) == ("张**", False)
    with pytest.raises(NotFound):
        await get_paper_holder(world.deps, new_id())
