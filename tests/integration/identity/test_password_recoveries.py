"""Forgotten passwords: a code to the verified phone or e-mail, and nothing else (ID-4)."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from google.protobuf.json_format import MessageToDict
from zikao.identity.v1 import resources_pb2

from chassis.errors import RemoteRefusal
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from tests.integration.identity import outbox_waits, people
from tests.integration.identity.callers import Caller
from tests.integration.identity.registration_windows import open_registration
from tests.integration.identity.replicas import replica_of
from tests.integration.identity.test_contact_verification import code_sent
from tests.integration.identity.world import World
from tests.support.postgres_locks import wait_until_somebody_waits
from tests.support.refusals import refusal_of

NEW_PASSWORD = "Recovered-1-new"


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody with a verified phone and a verified e-mail."""

    caller: Caller
    number: str
    phone: str
    email: str


async def owner(world: World) -> Owner:
    number, phone = people.resident_number(), people.phone_number()
    email = f"owner{people.CHANCE.randrange(10**9)}@example.com"
    caller = await world.visitor.register(number)
    await caller("VerifyPhone", candidate_id="me", code=await code_sent(world, caller, phone))
    details = resources_pb2.Details()
    details.CopyFrom(people.DETAILS)
    details.email = email
    await caller("UpdateDetails", candidate_id="me", details=details)
    await caller("SendEmailCode", candidate_id="me")
    await caller("VerifyEmail", candidate_id="me", code=world.outside.last_code(email))
    return Owner(caller, number, phone, email)


async def asked(somebody: Caller, name: str, channel: str = "PHONE") -> resources_pb2.PasswordRecovery:
    answer: resources_pb2.PasswordRecovery = await somebody("CreatePasswordRecovery", login_name=name, channel=channel)
    return answer


def ids_of(recoveries: Sequence[resources_pb2.PasswordRecovery]) -> list[str]:
    return [recovery.password_recovery_id for recovery in recoveries]


async def completed(somebody: Caller, recovery: resources_pb2.PasswordRecovery, code: str, password: str) -> None:
    await somebody(
        "CompletePasswordRecovery",
        password_recovery_id=recovery.password_recovery_id,
        code=code,
        new_password=password,
    )


def other(code: str) -> str:
    """A code that is not `code`."""
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.mark.parametrize("channel", ["PHONE", "EMAIL"])
async def test_a_forgotten_password_is_recovered_by_a_code(world: World, channel: str) -> None:  # ID-4
    person = await owner(world)
    recovery = await asked(world.visitor, person.number, channel)
    code = await world.outside.code(person.phone if channel == "PHONE" else person.email, 2)
    await completed(world.visitor, recovery, code, NEW_PASSWORD)
    assert (await world.visitor.log_in(person.number, NEW_PASSWORD)).tokens
    assert (await refusal_of(world.visitor.log_in(person.number, people.PASSWORD))).reason == "WRONG_CREDENTIALS"


async def test_all_login_sessions_end(world: World) -> None:  # ID-4, ID-14
    person = await owner(world)
    elsewhere = await world.visitor.log_in(person.number, people.PASSWORD)
    recovery = await asked(world.visitor, person.number)
    await completed(world.visitor, recovery, await world.outside.code(person.phone, 2), NEW_PASSWORD)
    for caller in (person.caller, elsewhere):
        assert caller.tokens is not None
        refresh = world.visitor("RefreshLoginSession", refresh_token=caller.tokens.refresh_token)
        assert (await refusal_of(refresh)).reason == "REFRESH_TOKEN_INVALID"


async def test_the_answer_does_not_say_whether_there_is_such_an_account(world: World, db: Database) -> None:  # ID-4
    person, unverified = await owner(world), people.resident_number()
    await world.visitor.register(unverified)
    strangers = {"unknown": people.resident_number(), "not verified": unverified, "staff": "operator"}
    answers = [await asked(world.visitor, name) for name in (person.number, *strangers.values())]
    assert len({answer.password_recovery_id for answer in answers}) == len(answers)
    assert len({str(answer.expire_time) for answer in answers}) == 1
    assert len({tuple(MessageToDict(answer)) for answer in answers}) == 1
    await outbox_waits.done(db, ids_of(answers))
    wrong = [await refusal_of(completed(world.visitor, answer, "000000", NEW_PASSWORD)) for answer in answers[1:]]
    assert {(refusal.reason, refusal.message("en"), str(refusal.metadata)) for refusal in wrong} == {
        ("CODE_INVALID", wrong[0].message("en"), "{}")
    }
    sent_to = [message["to"] for message in world.outside.messages if message["template"] == "password recovery"]
    assert sent_to.count(person.phone) == 1


async def test_a_silent_message_sender_is_not_noticed_and_the_code_comes_later(
    world: World, db: Database
) -> None:  # ID-4, F-18
    person = await owner(world)
    world.outside.out_of_order = True
    recovery = await asked(world.visitor, person.number)
    unknown = await asked(world.visitor, people.resident_number())
    assert recovery.expire_time == unknown.expire_time
    await outbox_waits.postponed(db, recovery.password_recovery_id)
    world.outside.out_of_order = False
    world.clock.advance(timedelta(seconds=30))
    await completed(world.visitor, recovery, await world.outside.code(person.phone, 2), NEW_PASSWORD)


async def test_a_code_works_once_even_at_the_same_moment(world: World) -> None:  # ID-4
    person = await owner(world)
    recovery = await asked(world.visitor, person.number)
    code = await world.outside.code(person.phone, 2)
    passwords = [f"Recovered-{turn}" for turn in range(4)]
    calls = (completed(world.visitor, recovery, code, password) for password in passwords)
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    won = [password for password, outcome in zip(passwords, outcomes, strict=True) if outcome is None]
    lost = [outcome.reason for outcome in outcomes if isinstance(outcome, RemoteRefusal)]
    assert (len(won), lost) == (1, ["CODE_INVALID"] * 3)
    assert (await world.visitor.log_in(person.number, won[0])).tokens


async def test_one_code_is_used_up_by_one_of_two_connections(world: World, db: Database) -> None:  # ID-4
    person = await owner(world)
    recovery = await asked(world.visitor, person.number)
    await world.outside.code(person.phone, 2)
    async with replica_of(world.deps) as one, replica_of(world.deps) as two:
        known = await one.password_recoveries.find_recovery(recovery.password_recovery_id)
        assert known is not None
        now = world.clock.now()
        async with one.transaction() as first:
            assert await first.password_recoveries.use_code(known, at=now)
            second = asyncio.create_task(two.password_recoveries.use_code(known, at=now))
            await wait_until_somebody_waits(db)
        assert not await second


async def test_simultaneous_guesses_share_the_attempts(world: World) -> None:  # ID-4
    person = await owner(world)
    recovery = await asked(world.visitor, person.number)
    code = await world.outside.code(person.phone, 2)
    guesses = (completed(world.visitor, recovery, other(code), NEW_PASSWORD) for _ in range(12))
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    assert {outcome.reason for outcome in outcomes if isinstance(outcome, RemoteRefusal)} == {"CODE_INVALID"}
    assert (await refusal_of(completed(world.visitor, recovery, code, NEW_PASSWORD))).reason == "CODE_INVALID"


async def test_a_code_expires(world: World) -> None:  # ID-4
    person = await owner(world)
    recovery = await asked(world.visitor, person.number)
    code = await world.outside.code(person.phone, 2)
    world.clock.advance(timedelta(minutes=5))
    assert (await refusal_of(completed(world.visitor, recovery, code, NEW_PASSWORD))).reason == "CODE_INVALID"


async def test_a_code_belongs_to_its_recovery(world: World) -> None:  # ID-4
    one, two = await owner(world), await owner(world)
    of_one, of_two = await asked(world.visitor, one.number), await asked(world.visitor, two.number)
    code = await world.outside.code(one.phone, 2)
    if code != await world.outside.code(two.phone, 2):
        assert (await refusal_of(completed(world.visitor, of_two, code, NEW_PASSWORD))).reason == "CODE_INVALID"
    await completed(world.visitor, of_one, code, NEW_PASSWORD)


async def test_a_used_code_takes_the_accounts_other_codes_with_it(world: World) -> None:  # ID-4
    person = await owner(world)
    first = await asked(world.visitor, person.number)
    first_code = await world.outside.code(person.phone, 2)
    second = await asked(world.visitor, person.number)
    second_code = await world.outside.code(person.phone, 3)
    await completed(world.visitor, first, first_code, NEW_PASSWORD)
    assert (await refusal_of(completed(world.visitor, second, second_code, "Recovered-2"))).reason == "CODE_INVALID"


async def test_a_weak_password_uses_no_attempt_up(world: World) -> None:  # ID-4
    person = await owner(world)
    recovery = await asked(world.visitor, person.number)
    code = await world.outside.code(person.phone, 2)
    for _ in range(6):
        assert (await refusal_of(completed(world.visitor, recovery, code, "short"))).reason == "WEAK_PASSWORD"
    await completed(world.visitor, recovery, code, NEW_PASSWORD)


async def test_a_code_to_a_phone_that_was_replaced_is_dead(world: World) -> None:  # ID-4, ID-10
    await open_registration(world)
    person, another = await owner(world), people.phone_number()
    recovery = await asked(world.visitor, person.number)
    code = await world.outside.code(person.phone, 2)
    await person.caller("VerifyPhone", candidate_id="me", code=await code_sent(world, person.caller, another))
    assert (await refusal_of(completed(world.visitor, recovery, code, NEW_PASSWORD))).reason == "CODE_INVALID"


async def test_asking_is_limited_per_source_and_account_for_everybody_alike(world: World) -> None:  # ID-4
    person = await owner(world)
    for name in (person.number, people.resident_number()):
        for _ in range(3):
            await asked(world.visitor, name)
        slowed = await refusal_of(asked(world.visitor, name))
        assert slowed.reason == "RATE_LIMITED"
        assert slowed.retry_after is not None
    assert await asked(world.from_address("203.0.113.9"), person.number)


async def test_one_phone_receives_only_so_many_codes_whoever_asks(world: World, db: Database) -> None:  # ID-4
    person = await owner(world)
    recoveries = [await asked(world.from_address(f"203.0.113.{turn}"), person.number) for turn in range(14)]
    await outbox_waits.done(db, ids_of(recoveries))
    sent = [message for message in world.outside.messages if message["template"] == "password recovery"]
    assert len([message for message in sent if message["to"] == person.phone]) == 5


async def test_a_recovery_that_was_never_sent_cannot_be_guessed(world: World, db: Database) -> None:  # ID-4
    world.outside.out_of_order = True
    person_number = people.resident_number()
    await world.visitor.register(person_number)
    recovery = await asked(world.visitor, person_number)
    await outbox_waits.done(db, ids_of([recovery]))
    attempts = sql("SELECT attempts FROM password_recoveries WHERE password_recovery_id = :recovery_id")
    assert (await refusal_of(completed(world.visitor, recovery, "000000", NEW_PASSWORD))).reason == "CODE_INVALID"
    assert await db.hot.fetch_value(attempts, recovery_id=recovery.password_recovery_id) == 0


async def test_who_slipped_too_often_may_log_in_after_the_recovery(world: World) -> None:  # ID-4, F-16
    person = await owner(world)
    for _ in range(8):
        await refusal_of(world.visitor.log_in(person.number, "Wrong-1"))
    assert (await refusal_of(world.visitor.log_in(person.number, people.PASSWORD))).reason == "RATE_LIMITED"
    recovery = await asked(world.visitor, person.number)
    await completed(world.visitor, recovery, await world.outside.code(person.phone, 2), NEW_PASSWORD)
    assert (await world.visitor.log_in(person.number, NEW_PASSWORD)).tokens


async def test_neither_code_nor_name_nor_phone_is_stored_in_clear(world: World, db: Database) -> None:  # ID-4
    person = await owner(world)
    recovery = await asked(world.visitor, person.number)
    code = await world.outside.code(person.phone, 2)
    kept = sql("SELECT * FROM password_recoveries WHERE password_recovery_id = :recovery_id")
    (row,) = await db.hot.fetch(kept, recovery_id=recovery.password_recovery_id)
    stored = b" ".join(bytes(value) for value in row.values() if isinstance(value, bytes))
    assert not any(secret.encode() in stored for secret in (code, person.number, person.phone))
    payloads = await db.hot.fetch(sql("SELECT payload FROM outbox"))
    assert not any(person.number.encode() in payload["payload"] for payload in payloads)


@pytest.mark.parametrize("password", ["123456", "a123456", "5201314"])
async def test_a_recovered_password_is_no_common_one_and_not_the_documents_end(
    world: World, password: str
) -> None:  # ID-22
    person = await owner(world)
    recovery = await asked(world.visitor, person.number)
    code = await world.outside.code(person.phone, 2)
    for weak in (password, person.number[-6:], person.number[-6:].lower()):
        refused = completed(world.visitor, recovery, code, weak)
        assert (await refusal_of(refused)).reason == "WEAK_PASSWORD"
    await completed(world.visitor, recovery, code, NEW_PASSWORD)


async def test_a_code_is_asked_for_again_without_the_name(world: World) -> None:  # ID-4, ID-16
    person = await owner(world)
    earlier = await asked(world.visitor, person.number, "EMAIL")
    await world.outside.code(person.email, 2)
    again = await world.visitor("RepeatPasswordRecovery", password_recovery_id=earlier.password_recovery_id)
    await completed(world.visitor, again, await world.outside.code(person.email, 3), NEW_PASSWORD)
    unknown = world.visitor("RepeatPasswordRecovery", password_recovery_id=str(uuid.uuid4()))
    assert (await refusal_of(unknown)).reason == "NOT_FOUND"
    nobody = await asked(world.visitor, people.resident_number())
    assert (await world.visitor("RepeatPasswordRecovery", password_recovery_id=nobody.password_recovery_id)).expire_time
