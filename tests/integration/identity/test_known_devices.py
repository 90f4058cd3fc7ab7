"""Devices of earlier logins: let in while strangers are slowed, with budgets of their own (ID-14, F-28)."""

import dataclasses
from datetime import timedelta

import pytest

from chassis.postgres.database import Database
from services.identity.domain.attempt_limits import LoginLimits, RecoveryLimits
from tests.integration.identity import outbox_waits, people
from tests.integration.identity.callers import Caller
from tests.integration.identity.test_password_recoveries import (
    NEW_PASSWORD,
    Owner,
    asked,
    completed,
    ids_of,
    other,
    owner,
)
from tests.integration.identity.world import World
from tests.support.refusals import refusal_of

WRONG = "Wrong-pass-1"
ONE_BY_ONE = {"login": dataclasses.replace(LoginLimits(), per_source=20)}


async def logged_in(world: World, number: str, password: str, device: str, source: str = "192.0.2.1") -> Caller:
    """Somebody who logs in with a device token."""
    caller = world.from_address(source)
    tokens = await caller("CreateLoginSession", login_name=number, password=password, device_token=device)
    return world.holder_of(tokens, source)


def device_of(caller: Caller) -> str:
    """The device token that the last login gave."""
    assert caller.tokens is not None
    return caller.tokens.device_token


async def wrongly(world: World, number: str, times: int, source: str = "192.0.2.1", device: str = "") -> list[str]:
    """What so many wrong passwords are answered with."""
    tries = [logged_in(world, number, WRONG, device, source) for _ in range(times)]
    return [(await refusal_of(attempt)).reason for attempt in tries]


@pytest.mark.parametrize("config", [ONE_BY_ONE], indirect=True)
async def test_a_right_password_is_let_in_from_an_address_where_others_guess(world: World) -> None:  # F-28
    numbers = [people.resident_number() for _ in range(3)]
    known = device_of(await world.visitor.register(numbers[0]))
    for number in numbers[1:]:
        await world.visitor.register(number)
    for _ in range(22):  # Two more than it takes, since the counters' time goes on meanwhile.
        await wrongly(world, people.resident_number(), 1)
    assert (await logged_in(world, numbers[0], people.PASSWORD, known)).tokens
    assert (await logged_in(world, numbers[1], people.PASSWORD, "")).tokens, "a campus shares one address"
    slowed = await wrongly(world, numbers[2], 3)
    assert slowed == ["WRONG_CREDENTIALS"] * 2 + ["RATE_LIMITED"], "each account has fewer tries from there"


async def test_a_known_device_is_let_in_while_its_account_is_attacked_from_its_own_address(
    world: World,
) -> None:  # F-28
    number = people.resident_number()
    device = device_of(await world.visitor.register(number))
    assert await wrongly(world, number, 9) == ["WRONG_CREDENTIALS"] * 8 + ["RATE_LIMITED"]
    assert (await logged_in(world, number, people.PASSWORD, device)).tokens


async def test_one_account_has_one_counter_however_its_name_is_written(world: World) -> None:  # F-28, F-16
    number = people.permit_number()
    await world.visitor.register(number, document_type="HOME_RETURN_PERMIT")
    names = [number, number.lower(), f" {number}", *(f"{number}{renewal:02d}" for renewal in range(5))]
    for name in names:
        assert await wrongly(world, name, 1) == ["WRONG_CREDENTIALS"]
    assert await wrongly(world, f"{number}99", 1) == ["RATE_LIMITED"]


async def test_a_ticket_number_and_the_document_number_are_one_account(world: World) -> None:  # F-28, ID-1
    number, ticket = people.resident_number(), f"0101{people.CHANCE.randrange(10**8):08d}"
    caller = await world.visitor.register(number)
    await world.deps.candidates.add_ticket_number(caller.candidate_id, ticket, world.clock.now())
    assert await wrongly(world, number, 4) + await wrongly(world, ticket, 5) == ["WRONG_CREDENTIALS"] * 8 + [
        "RATE_LIMITED"
    ]


async def test_a_device_is_known_to_the_accounts_that_logged_in_on_it_only(world: World) -> None:  # F-28
    mine, theirs = people.resident_number(), people.resident_number()
    device = device_of(await world.visitor.register(mine))
    await world.visitor.register(theirs)
    assert (await wrongly(world, theirs, 9, device=device))[-1] == "RATE_LIMITED"
    assert (await refusal_of(logged_in(world, theirs, people.PASSWORD, device))).reason == "RATE_LIMITED"
    assert (await logged_in(world, mine, people.PASSWORD, device)).tokens


async def test_several_people_are_known_on_one_device(world: World) -> None:  # F-28
    first, second = people.resident_number(), people.resident_number()
    device = device_of(await world.visitor.register(first))
    await world.visitor.register(second)
    device = device_of(await logged_in(world, second, people.PASSWORD, device))
    for number in (first, second):
        await wrongly(world, number, 9)
        assert (await logged_in(world, number, people.PASSWORD, device)).tokens


async def test_a_device_token_is_another_after_each_login_and_works_for_180_days(world: World) -> None:  # F-28
    number = people.resident_number()
    first = await world.visitor.register(number)
    second = await logged_in(world, number, people.PASSWORD, device_of(first))
    assert second.tokens is not None
    assert device_of(second) != device_of(first)
    assert second.tokens.device_expire_time.ToDatetime() - world.clock.now().replace(tzinfo=None) == timedelta(days=180)
    world.clock.advance(timedelta(days=180))
    await wrongly(world, number, 9)
    assert (await refusal_of(logged_in(world, number, people.PASSWORD, device_of(second)))).reason == "RATE_LIMITED"


async def test_a_device_is_known_no_longer_once_the_password_has_changed(world: World) -> None:  # F-28
    number = people.resident_number()
    elsewhere = await world.visitor.register(number)
    here = await logged_in(world, number, people.PASSWORD, "")
    changed = await here(
        "ChangePassword",
        subject_id="me",
        old_password=people.PASSWORD,
        new_password=people.OTHER_PASSWORD,
        device_token=device_of(here),
    )
    await wrongly(world, number, 9)
    assert (await refusal_of(logged_in(world, number, people.OTHER_PASSWORD, device_of(elsewhere)))).reason == (
        "RATE_LIMITED"
    )
    assert (await logged_in(world, number, people.OTHER_PASSWORD, changed.device_token)).tokens


@pytest.mark.parametrize("token", ["nonsense", "YWJj", "ä", "x" * 2000])
async def test_a_token_that_is_none_of_ours_is_no_token(world: World, token: str) -> None:  # F-28
    number = people.resident_number()
    await world.visitor.register(number)
    assert (await logged_in(world, number, people.PASSWORD, token)).tokens


async def test_a_changed_token_is_no_token(world: World) -> None:  # F-28
    number = people.resident_number()
    device = device_of(await world.visitor.register(number))
    await wrongly(world, number, 9)
    changed = device[:-8] + ("A" * 8 if device[-8:] != "A" * 8 else "B" * 8)
    assert (await refusal_of(logged_in(world, number, people.PASSWORD, changed))).reason == "RATE_LIMITED"


async def test_renewed_tokens_come_without_a_device_token(world: World) -> None:  # F-28
    caller = await world.visitor.register()
    assert caller.tokens is not None
    renewed = await world.visitor("RefreshLoginSession", refresh_token=caller.tokens.refresh_token)
    assert not renewed.device_token
    assert not renewed.HasField("device_expire_time")


async def codes_of(world: World, person: Owner) -> int:
    """How many recovery codes the owner's phone has received."""
    messages = world.outside.messages
    return sum(message["to"] == person.phone and message["template"] == "password recovery" for message in messages)


async def test_recovery_codes_that_strangers_ask_for_leave_the_known_device_its_own(
    world: World, db: Database
) -> None:  # F-28
    person = await owner(world)
    theirs = [await asked(world.from_address(f"198.51.100.{turn}"), person.number) for turn in range(6)]
    await outbox_waits.done(db, ids_of(theirs))
    mine = await world.visitor(
        "CreatePasswordRecovery",
        login_name=person.number,
        channel="PHONE",
        device_token=device_of(person.caller),
    )
    # One code verified the phone; five were sent for strangers, the sixth was not; then comes the owner's own.
    code = await world.outside.code(person.phone, 7)
    await completed(world.visitor, mine, code, NEW_PASSWORD)
    assert await codes_of(world, person) == 6


GUESSES = {"recovery": RecoveryLimits(wrong_codes_per_source=4, wrong_codes=6)}


@pytest.mark.parametrize("config", [GUESSES], indirect=True)
async def test_guesses_of_recovery_codes_are_bounded_by_source_and_together(world: World) -> None:  # F-28
    person = await owner(world)
    known = await world.visitor(
        "CreatePasswordRecovery",
        login_name=person.number,
        channel="PHONE",
        device_token=device_of(person.caller),
    )
    code = await world.outside.code(person.phone, 2)

    async def guessed(source: str, times: int) -> list[str]:
        guesser = world.from_address(source)
        tries = [completed(guesser, await asked(guesser, person.number), other(code), NEW_PASSWORD) for _ in range(1)]
        reasons = [(await refusal_of(attempt)).reason for attempt in tries]
        recovery = await asked(guesser, people.resident_number())
        for _ in range(times - 1):
            reasons.append((await refusal_of(completed(guesser, recovery, other(code), NEW_PASSWORD))).reason)
        return reasons

    assert await guessed("198.51.100.1", 5) == ["CODE_INVALID"] * 4 + ["RATE_LIMITED"]
    assert await guessed("198.51.100.2", 3) == ["CODE_INVALID"] * 2 + ["RATE_LIMITED"]
    await completed(world.visitor, known, code, NEW_PASSWORD)
