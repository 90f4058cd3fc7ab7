"""Phones and e-mails verified by codes (ID-4, ID-10)."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.engine import make_url

from chassis.errors import RemoteRefusal
from services.identity.dependencies import Dependencies
from services.identity.domain.candidates import Candidate
from services.identity.usecases import contact_verification
from tests.integration.identity import people
from tests.integration.identity.callers import Caller
from tests.integration.identity.registration_windows import announce, open_registration
from tests.integration.identity.replicas import replica_of
from tests.integration.identity.world import World
from tests.support.refusals import refusal_of
from tests.support.severable_connection import severable


async def code_sent(world: World, caller: Caller, phone: str) -> str:
    await caller("SendPhoneCode", candidate_id="me", phone=phone)
    return world.outside.last_code(phone)


async def verified(replica: Dependencies, caller: Caller, code: str) -> Candidate:
    assert caller.tokens is not None
    login_session_id = caller.tokens.login_session_id
    return await contact_verification.verify_phone(
        replica, caller.candidate_id, code, login_session_id=login_session_id
    )


async def test_a_phone_is_verified_by_the_code_sent_to_it(world: World) -> None:  # ID-10
    caller, phone = await world.visitor.register(), people.phone_number()
    code = await code_sent(world, caller, phone)
    answer = await caller("VerifyPhone", candidate_id="me", code=code)
    assert answer.masked_phone.endswith(phone[-4:])
    assert phone not in str(answer)
    account = await caller.account()
    assert (account.phone, account.HasField("phone_verify_time")) == (f"+86{phone}", True)
    await world.neighbours.standing_of(caller.candidate_id, phone_verified=True)


async def test_a_code_is_sent_again_where_the_last_one_went(world: World) -> None:  # ID-10, ID-16
    caller, phone = await world.visitor.register(), people.phone_number()
    assert (await refusal_of(caller("SendPhoneCode", candidate_id="me"))).reason == "NO_PHONE"
    first = await caller("SendPhoneCode", candidate_id="me", phone=phone)
    assert first.masked_phone == f"+86*******{phone[-4:]}"
    assert (await caller("SendPhoneCode", candidate_id="me")).masked_phone == first.masked_phone
    code = world.outside.last_code(phone)
    spelt = f"\u202d{code[:3]} {code[3:]}\u202c"  # ID-21
    await caller("VerifyPhone", candidate_id="me", code=spelt)


async def test_what_is_no_code_uses_up_no_try(world: World) -> None:  # ID-21, F-24
    caller, phone = await world.visitor.register(), people.phone_number()
    code = await code_sent(world, caller, phone)
    for _ in range(6):
        refusal = await refusal_of(caller("VerifyPhone", candidate_id="me", code="12345"))
        assert [(one.field, one.reason) for one in refusal.fields] == [("code", "CODE_FORM")]
    await caller("VerifyPhone", candidate_id="me", code=code)


async def test_a_code_is_not_used_up_by_a_database_that_is_away(world: World) -> None:  # GW-7, F-30
    caller, phone = await world.visitor.register(), people.phone_number()
    code = await code_sent(world, caller, phone)
    config = world.deps.config.database
    port = make_url(config.url).port or 5432
    async with severable(port) as way:
        url = make_url(config.url).set(port=way.port).render_as_string(hide_password=False)
        moved = world.deps.config.model_copy(update={"database": config.model_copy(update={"url": url})})
        async with replica_of(replace(world.deps, config=moved)) as replica:
            await way.cut()
            for _ in range(3):
                with pytest.raises(ConnectionRefusedError):
                    await verified(replica, caller, code)
            await way.restore()
            assert (await verified(replica, caller, code)).phone == f"+86{phone}"


async def test_a_code_works_once(world: World) -> None:  # ID-10
    caller, phone = await world.visitor.register(), people.phone_number()
    code = await code_sent(world, caller, phone)
    calls = (caller("VerifyPhone", candidate_id="me", code=code) for _ in range(4))
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    lost = [outcome.reason for outcome in outcomes if isinstance(outcome, RemoteRefusal)]
    assert lost == ["CODE_INVALID"] * 3


async def test_a_code_dies_with_time_with_wrong_tries_and_with_one_to_another_phone(world: World) -> None:  # ID-10
    caller, phone = await world.visitor.register(), people.phone_number()
    old = await code_sent(world, caller, people.phone_number())
    code = await code_sent(world, caller, phone)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    tries = [wrong] * 5 + [code] if old == code else [old, *[wrong] * 4, code]
    for attempt in tries:
        assert (await refusal_of(caller("VerifyPhone", candidate_id="me", code=attempt))).reason == "CODE_INVALID"
    code = await code_sent(world, caller, phone)
    world.clock.advance(timedelta(minutes=5))
    assert (
        await refusal_of(
            world.holder_of(
                (await world.visitor.log_in((await caller.account()).document_number, people.PASSWORD)).tokens
            )("VerifyPhone", candidate_id="me", code=code)
        )
    ).reason == "CODE_INVALID"


async def test_of_two_codes_to_one_phone_either_works(world: World) -> None:  # ID-10: messages overtake each other
    caller, phone = await world.visitor.register(), people.phone_number()
    first, _ = await code_sent(world, caller, phone), await code_sent(world, caller, phone)
    verified = await caller("VerifyPhone", candidate_id="me", code=first)
    assert verified.HasField("phone_verify_time")


async def test_a_code_is_its_candidates_own(world: World) -> None:  # ID-10
    one, other = await world.visitor.register(), await world.visitor.register()
    code = await code_sent(world, one, people.phone_number())
    assert (await refusal_of(other("VerifyPhone", candidate_id="me", code=code))).reason == "CODE_INVALID"


async def test_a_changed_phone_is_told_to_the_old_one(world: World) -> None:  # ID-10
    await open_registration(world)
    caller, old, new = await world.visitor.register(), people.phone_number(), people.phone_number()
    for phone in (old, new):
        await caller("VerifyPhone", candidate_id="me", code=await code_sent(world, caller, phone))
    told = await world.outside.message(old, 2)
    assert new[-4:] in told
    assert new not in told
    assert (await caller.account()).phone == f"+86{new}"


async def test_a_verified_phone_changes_by_code_only_while_registration_is_open(world: World) -> None:  # ID-10
    await open_registration(world)
    number, phone, another = people.resident_number(), people.phone_number(), people.phone_number()
    caller = await world.visitor.register(number)
    await caller("VerifyPhone", candidate_id="me", code=await code_sent(world, caller, phone))
    code = await code_sent(world, caller, another)
    await announce(world, start=timedelta(hours=-1), end=timedelta(minutes=4), version=2, session_id="open")
    world.clock.advance(timedelta(minutes=4))
    late = caller("VerifyPhone", candidate_id="me", code=code)
    assert (await refusal_of(late)).reason == "PHONE_CHANGE_CLOSED"
    assert (await refusal_of(code_sent(world, caller, another))).reason == "PHONE_CHANGE_CLOSED"
    assert (await caller.account()).phone == f"+86{phone}"
    await caller("VerifyPhone", candidate_id="me", code=await code_sent(world, caller, phone))


async def test_a_first_phone_is_verified_at_any_time(world: World) -> None:  # ID-10
    world.clock.advance(timedelta(days=300))
    caller, phone = await world.visitor.register(), people.phone_number()
    await caller("VerifyPhone", candidate_id="me", code=await code_sent(world, caller, phone))
    assert (await caller.account()).phone == f"+86{phone}"


async def test_of_two_announcements_the_newer_one_counts_in_any_order(world: World) -> None:  # ID-10, F-13
    world.clock.advance(timedelta(days=400))
    caller, phone, another = await world.visitor.register(), people.phone_number(), people.phone_number()
    await caller("VerifyPhone", candidate_id="me", code=await code_sent(world, caller, phone))
    await announce(world, start=timedelta(hours=-1), end=timedelta(hours=1), version=3)
    await announce(world, start=timedelta(hours=-3), end=timedelta(hours=-2), version=2)
    await caller("VerifyPhone", candidate_id="me", code=await code_sent(world, caller, another))
    await announce(world, start=timedelta(hours=-3), end=timedelta(hours=-2), version=4)
    assert (await refusal_of(code_sent(world, caller, phone))).reason == "PHONE_CHANGE_CLOSED"


async def test_without_a_phone_there_is_nowhere_to_send_to(world: World) -> None:  # ID-10
    caller = await world.visitor.register()
    assert (await refusal_of(caller("SendPhoneCode", candidate_id="me"))).reason == "NO_PHONE"
    assert (await refusal_of(caller("SendPhoneCode", candidate_id="me", phone="021-1"))).reason == "INVALID_PHONE"


async def test_codes_are_limited_per_phone(world: World) -> None:  # ID-10
    caller, phone = await world.visitor.register(), people.phone_number()
    for _ in range(5):
        await code_sent(world, caller, phone)
    assert (await refusal_of(code_sent(world, caller, phone))).reason == "RATE_LIMITED"


async def test_a_silent_message_sender_says_so(world: World) -> None:  # F-18
    caller = await world.visitor.register()
    world.outside.out_of_order = True
    refusal = await refusal_of(caller("SendPhoneCode", candidate_id="me", phone=people.phone_number()))
    assert (refusal.reason, refusal.code.value) == ("MESSAGES_UNAVAILABLE", "UNAVAILABLE")


async def test_a_silent_message_sender_uses_up_no_code(world: World) -> None:  # F-18, ID-10
    caller, phone = await world.visitor.register(), people.phone_number()
    world.outside.out_of_order = True
    for _ in range(25):
        refusal = await refusal_of(caller("SendPhoneCode", candidate_id="me", phone=phone))
        assert refusal.reason == "MESSAGES_UNAVAILABLE"
    world.outside.out_of_order = False
    for _ in range(5):
        await code_sent(world, caller, phone)
    assert (await refusal_of(code_sent(world, caller, phone))).reason == "RATE_LIMITED"


async def test_a_message_that_may_be_on_its_way_counts(
    world: World,
) -> None:  # ID-10: nobody is flooded by a slow sender
    caller, phone = await world.visitor.register(), people.phone_number()
    world.outside.speechless = True
    for _ in range(5):
        refusal = await refusal_of(caller("SendPhoneCode", candidate_id="me", phone=phone))
        assert refusal.reason == "MESSAGES_UNAVAILABLE"
    world.outside.speechless = False
    assert (await refusal_of(code_sent(world, caller, phone))).reason == "RATE_LIMITED"


async def test_an_e_mail_is_verified_until_it_changes(world: World) -> None:  # ID-4
    caller = await world.visitor.register()
    assert (await refusal_of(caller("SendEmailCode", candidate_id="me"))).reason == "NO_EMAIL"
    await caller("UpdateDetails", candidate_id="me", details=people.DETAILS)
    await caller("SendEmailCode", candidate_id="me")
    code = world.outside.last_code(people.DETAILS.email)
    await caller("VerifyEmail", candidate_id="me", code=code)
    assert (await caller.account()).HasField("email_verify_time")
