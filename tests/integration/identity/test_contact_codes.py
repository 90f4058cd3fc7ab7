"""Codes to phones and e-mails: whose budget they come from, and where they are sent to (F-28)."""

import dataclasses

import pytest

from services.identity.domain.attempt_limits import CodeLimits
from tests.integration.identity import people
from tests.integration.identity.test_contact_verification import code_sent
from tests.integration.identity.world import World
from tests.support.refusals import refusal_of


async def test_codes_that_strangers_ask_for_leave_the_owner_their_own(world: World) -> None:  # F-28
    caller, phone = await world.visitor.register(), people.phone_number()
    for _ in range(5):
        await world.visitor("SendPhoneChangeCode", new_phone=phone)
    assert (await refusal_of(world.visitor("SendPhoneChangeCode", new_phone=phone))).reason == "RATE_LIMITED"
    await caller("VerifyPhone", candidate_id="me", code=await code_sent(world, caller, phone))


async def test_a_known_device_asks_for_codes_of_its_own(world: World) -> None:  # F-28, ID-11
    caller, phone = await world.visitor.register(), people.phone_number()
    assert caller.tokens is not None
    for _ in range(5):
        await world.visitor("SendPhoneChangeCode", new_phone=phone)
    device = caller.tokens.device_token
    assert (await world.visitor("SendPhoneChangeCode", new_phone=phone, device_token=device)).code_id


async def test_another_account_uses_up_nothing_of_a_verified_phone(world: World) -> None:  # F-28
    mine, phone = await world.visitor.register(), people.phone_number()
    await mine("VerifyPhone", candidate_id="me", code=await code_sent(world, mine, phone))
    theirs = await world.visitor.register()
    for _ in range(4):
        await code_sent(world, theirs, phone)
    assert (await refusal_of(code_sent(world, theirs, phone))).reason == "RATE_LIMITED"
    for _ in range(5):
        assert await code_sent(world, mine, phone)
    assert (await refusal_of(code_sent(world, mine, phone))).reason == "RATE_LIMITED"


FEW = {"codes": dataclasses.replace(CodeLimits(), per_minute=3)}


@pytest.mark.parametrize("config", [FEW], indirect=True)
async def test_beyond_the_systems_figure_only_what_is_not_verified_is_slowed(world: World) -> None:  # F-28
    caller, phone = await world.visitor.register(), people.phone_number()
    await caller("VerifyPhone", candidate_id="me", code=await code_sent(world, caller, phone))
    newcomer = await world.visitor.register()
    for _ in range(2):
        await code_sent(world, newcomer, people.phone_number())
    another = people.phone_number()
    for _ in range(6):  # What is slowed by all uses up nothing of one's own.
        refusal = await refusal_of(code_sent(world, newcomer, another))
        assert (refusal.reason, refusal.retry_after is not None) == ("RATE_LIMITED", True)
    assert (await refusal_of(world.visitor("SendPhoneChangeCode", new_phone=another))).reason == "RATE_LIMITED"
    for _ in range(5):
        assert await code_sent(world, caller, phone)


@pytest.mark.parametrize("phone", ["+1 415 555 2671", "00441632960961", "+7 912 345 67 89"])
async def test_no_code_is_sent_to_places_that_are_not_served(world: World, phone: str) -> None:  # F-28
    caller = await world.visitor.register()
    for refused in (
        caller("SendPhoneCode", candidate_id="me", phone=phone),
        world.visitor("SendPhoneChangeCode", new_phone=phone),
    ):
        refusal = await refusal_of(refused)
        assert refusal.reason in ("PHONE_NOT_SERVED", "INVALID_PHONE")
    assert not world.outside.messages


@pytest.mark.parametrize("phone", ["+852 9123 4567", "0085291234567", "+853 6612 3456", "+886 912 345 678"])
async def test_codes_are_sent_to_hong_kong_macao_and_taiwan(world: World, phone: str) -> None:  # F-28
    caller = await world.visitor.register()
    assert (await caller("SendPhoneCode", candidate_id="me", phone=phone)).HasField("expire_time")


@pytest.mark.parametrize("config", [{"phone_prefixes": ("+1",)}], indirect=True)
async def test_the_places_that_are_served_are_configured(world: World) -> None:  # F-28
    caller = await world.visitor.register()
    await caller("SendPhoneCode", candidate_id="me", phone="+1 415 555 2671")
    mainland = await refusal_of(caller("SendPhoneCode", candidate_id="me", phone=people.phone_number()))
    assert (mainland.reason, mainland.fields[0].field) == ("PHONE_NOT_SERVED", "phone")
