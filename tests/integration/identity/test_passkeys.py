"""Passkeys of staff (ID-18)."""

from datetime import timedelta

import pytest

from tests.integration.identity.software_authenticator import SoftwareAuthenticator
from tests.integration.identity.staff_member import Member, may_work
from tests.support.refusals import refusal_of


async def enrol(member: Member, key: SoftwareAuthenticator) -> list[str]:
    caller = await member.log_in()
    answer = key.create((await caller("StartPasskeyEnrolment")).options_json)
    enrolled = await caller("ConfirmPasskeyEnrolment", passkey_name="蓝色钥匙", passkey_answer_json=answer)
    assert await may_work(member.world.holder_of(enrolled.tokens)) == ""
    return list(enrolled.backup_codes)


async def test_a_passkey_proves_after_a_login(member: Member) -> None:  # ID-18
    key = SoftwareAuthenticator()
    assert len(await enrol(member, key)) == 10
    caller = await member.log_in()
    assert await may_work(caller) == "SECOND_FACTOR_REQUIRED"
    asked = (await caller("StartPasskeyProof")).options_json
    proven = await member.prove(caller, passkey_answer_json=key.get(asked))
    assert await may_work(proven) == ""
    shown = await proven("GetSecondFactors")
    assert [(one.passkey_name, one.HasField("use_time")) for one in shown.passkeys] == [("蓝色钥匙", True)]
    assert (shown.proven, shown.passkey_origin) == (True, "http://localhost:8080")


async def test_an_answer_proves_once(member: Member) -> None:  # ID-18
    key = SoftwareAuthenticator()
    await enrol(member, key)
    caller = await member.log_in()
    answer = key.get((await caller("StartPasskeyProof")).options_json)
    await member.prove(caller, passkey_answer_json=answer)
    other = await member.log_in()
    await other("StartPasskeyProof")
    for one in (other, other):
        assert (await refusal_of(member.prove(one, passkey_answer_json=answer))).reason == "WRONG_SECOND_FACTOR"


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8080", "http://localhost:8081", "https://evil.example"])
async def test_a_passkey_of_another_origin_is_refused(member: Member, origin: str) -> None:  # ID-18
    caller, key = await member.log_in(), SoftwareAuthenticator(origin)
    answer = key.create((await caller("StartPasskeyEnrolment")).options_json)
    enrolment = caller("ConfirmPasskeyEnrolment", passkey_name="key", passkey_answer_json=answer)
    assert (await refusal_of(enrolment)).reason == "PASSKEY_REFUSED"


async def test_a_copied_key_that_counts_behind_is_refused(member: Member) -> None:  # ID-18
    key = SoftwareAuthenticator()
    await enrol(member, key)
    copy = SoftwareAuthenticator(credential_id=key.credential_id, key=key.key)
    for _ in range(2):
        caller = await member.log_in()
        await member.prove(caller, passkey_answer_json=key.get((await caller("StartPasskeyProof")).options_json))
    caller = await member.log_in()
    answer = copy.get((await caller("StartPasskeyProof")).options_json)
    assert (await refusal_of(member.prove(caller, passkey_answer_json=answer))).reason == "WRONG_SECOND_FACTOR"


async def test_anothers_key_proves_nothing(member: Member) -> None:  # ID-18
    await enrol(member, SoftwareAuthenticator())
    caller = await member.log_in()
    asked = (await caller("StartPasskeyProof")).options_json
    for answer in (SoftwareAuthenticator().get(asked), "{}", "[]", "no JSON", '{"id": 1}'):
        assert (await refusal_of(member.prove(caller, passkey_answer_json=answer))).reason == "WRONG_SECOND_FACTOR"


async def test_a_question_is_good_for_five_minutes(member: Member) -> None:  # ID-18
    key = SoftwareAuthenticator()
    await enrol(member, key)
    caller = await member.log_in()
    asked = (await caller("StartPasskeyProof")).options_json
    member.world.clock.advance(timedelta(minutes=5))
    assert (await refusal_of(member.prove(caller, passkey_answer_json=key.get(asked)))).reason == "WRONG_SECOND_FACTOR"


async def test_one_passkey_is_enrolled_once(member: Member) -> None:  # ID-18
    key = SoftwareAuthenticator()
    await enrol(member, key)
    caller = await member.log_in()
    asked = (await caller("StartPasskeyProof")).options_json
    caller = await member.prove(caller, passkey_answer_json=key.get(asked))
    answer = key.create((await caller("StartPasskeyEnrolment")).options_json)
    enrolment = caller("ConfirmPasskeyEnrolment", passkey_name="again", passkey_answer_json=answer)
    assert (await refusal_of(enrolment)).reason == "PASSKEY_REFUSED"
    [passkey] = (await caller("GetSecondFactors")).passkeys
    assert not (await caller("DeletePasskey", passkey_id=passkey.passkey_id)).passkeys
    assert (await refusal_of(caller("StartPasskeyProof"))).reason == "NO_PASSKEY"
