"""What recovers an account changes shortly after a proof only, and every channel on record is told (ID-17)."""

from datetime import timedelta
from typing import Any

from zikao.identity.v1 import resources_pb2

from chassis.ids import new_id
from chassis.postgres.database import Database
from tests.integration.identity import outbox_waits, people
from tests.integration.identity.callers import Caller
from tests.integration.identity.registration_windows import open_registration
from tests.integration.identity.world import World
from tests.support.refusals import refusal_of

LATER = timedelta(minutes=5, seconds=1)
ASKED = "RECENT_PROOF_REQUIRED"


def address() -> str:
    return f"{new_id()}@example.com"


async def write_email(caller: Caller, email: str) -> None:
    details = resources_pb2.Details()
    details.CopyFrom(people.DETAILS)
    details.email = email
    await caller("UpdateDetails", candidate_id="me", details=details)


async def verify_email(world: World, caller: Caller, email: str) -> None:
    await caller("SendEmailCode", candidate_id="me")
    await caller("VerifyEmail", candidate_id="me", code=world.outside.last_code(email))


async def phone_code(world: World, caller: Caller, phone: str) -> str:
    await caller("SendPhoneCode", candidate_id="me", phone=phone)
    return world.outside.last_code(phone)


async def verify_phone(world: World, caller: Caller, phone: str) -> None:
    await caller("VerifyPhone", candidate_id="me", code=await phone_code(world, caller, phone))


async def change_password(caller: Caller) -> None:
    passwords = {"old_password": people.PASSWORD, "new_password": people.OTHER_PASSWORD}
    await caller("ChangePassword", subject_id="me", **passwords)


async def reason(caller: Caller, rpc: str, **values: Any) -> str:
    return (await refusal_of(caller(rpc, candidate_id="me", **values))).reason


def messages_to(world: World, to: str) -> list[str]:
    return [message["text"] for message in world.outside.messages if message["to"] == to]


async def test_a_stolen_login_session_makes_no_e_mail_of_its_own_recover_the_account(world: World) -> None:  # ID-17
    owner, phone, old, thiefs = await world.visitor.register(), people.phone_number(), address(), address()
    await verify_phone(world, owner, phone)
    await write_email(owner, old)
    await verify_email(world, owner, old)
    world.clock.advance(LATER)
    thief = owner  # who has the owner's tokens, and not the password
    assert await reason(thief, "UpdateDetails", details=resources_pb2.Details(email=thiefs)) == ASKED
    account = await owner.account()
    assert (account.details.email, account.HasField("email_verify_time")) == (old, True)
    assert not messages_to(world, thiefs)


async def test_a_first_e_mail_recovers_beside_a_phone_after_a_proof_only(world: World, db: Database) -> None:  # ID-17
    owner, phone, written = await world.visitor.register(), people.phone_number(), address()
    await verify_phone(world, owner, phone)
    await write_email(owner, written)
    await owner("SendEmailCode", candidate_id="me")
    world.clock.advance(timedelta(minutes=4, seconds=59))
    await owner("SendEmailCode", candidate_id="me")
    world.clock.advance(timedelta(seconds=2))
    assert await reason(owner, "SendEmailCode") == ASKED
    assert await reason(owner, "VerifyEmail", code=world.outside.last_code(written)) == ASKED
    proven = await owner("ProvePassword", password=people.PASSWORD)
    assert proven.expire_time.ToSeconds() == int((world.clock.now() + timedelta(minutes=5)).timestamp())
    await owner("VerifyEmail", candidate_id="me", code=world.outside.last_code(written))
    told = await world.outside.message(phone, 2)
    assert written not in told
    assert "找回密码" in told
    await outbox_waits.done(db, [owner.candidate_id])
    assert len(messages_to(world, phone)) == 2  # the code, and this once
    assert len(messages_to(world, written)) == 2  # the codes


async def test_every_channel_on_record_before_a_change_is_told_once(world: World, db: Database) -> None:  # ID-17
    await open_registration(world)
    owner, phone, email = await world.visitor.register(), people.phone_number(), address()
    await write_email(owner, email)
    await verify_email(world, owner, email)
    await verify_phone(world, owner, phone)
    await outbox_waits.done(db, [owner.candidate_id])
    new = people.phone_number()
    await verify_phone(world, owner, new)
    await outbox_waits.done(db, [owner.candidate_id])
    [_, told] = messages_to(world, phone)
    assert new[-4:] in told
    assert new not in told
    [_, of_first, of_second] = messages_to(world, email)  # both phones recover the account from then on
    assert phone[-4:] in of_first
    assert of_second == told
    assert len(messages_to(world, new)) == 1  # the code
    await write_email(owner, address())
    await outbox_waits.done(db, [owner.candidate_id])
    assert "原邮箱不再用于找回密码" in messages_to(world, email)[-1]
    assert messages_to(world, email)[-1] == messages_to(world, new)[-1]


async def test_a_changed_phone_needs_a_proof_and_its_code_works_after_it(world: World) -> None:  # ID-17, ID-10
    await open_registration(world)
    owner, phone, new = await world.visitor.register(), people.phone_number(), people.phone_number()
    await verify_phone(world, owner, phone)
    world.clock.advance(timedelta(minutes=4))
    code = await phone_code(world, owner, new)
    world.clock.advance(timedelta(minutes=2))
    assert await reason(owner, "SendPhoneCode", phone=new) == ASKED
    assert await reason(owner, "VerifyPhone", code=code) == ASKED
    assert (await owner.account()).phone == f"+86{phone}"
    await owner("ProvePassword", password=people.PASSWORD)
    await owner("VerifyPhone", candidate_id="me", code=code)
    assert (await owner.account()).phone == f"+86{new}"
    await world.outside.message(phone, 2)


async def test_what_a_new_candidate_states_first_needs_no_proof(world: World) -> None:  # ID-17, ID-5
    newcomer, phone, email = await world.visitor.register(), people.phone_number(), address()
    world.clock.advance(LATER)
    await write_email(newcomer, address())
    await write_email(newcomer, email)
    await verify_phone(world, newcomer, phone)
    await verify_phone(world, newcomer, phone)
    other = await world.visitor.register()
    world.clock.advance(LATER)
    await write_email(other, email)
    await verify_email(world, other, email)
    assert len(messages_to(world, phone)) == 2  # the codes


async def test_a_proof_is_of_its_own_login_session(world: World) -> None:  # ID-17
    number = people.resident_number()
    owner = await world.visitor.register(number)
    await verify_phone(world, owner, people.phone_number())
    await write_email(owner, address())
    world.clock.advance(LATER)
    elsewhere = await world.visitor.log_in(number, people.PASSWORD)
    await elsewhere("SendEmailCode", candidate_id="me")
    assert await reason(owner, "SendEmailCode") == ASKED


async def test_wrong_passwords_prove_nothing_and_are_slowed_down(world: World) -> None:  # ID-17, ID-14
    owner = await world.visitor.register()
    await verify_phone(world, owner, people.phone_number())
    await write_email(owner, address())
    world.clock.advance(LATER)
    tries = [(await refusal_of(owner("ProvePassword", password="Wrong-1"))).reason for _ in range(9)]
    assert tries == ["WRONG_PASSWORD"] * 8 + ["RATE_LIMITED"]
    assert await reason(owner, "SendEmailCode") == ASKED
    assert (await refusal_of(owner("ProvePassword", password=people.PASSWORD))).reason == "RATE_LIMITED"


async def test_an_ended_login_session_is_not_proven(world: World) -> None:  # ID-17, F-32
    owner = await world.visitor.register()
    await owner("RevokeAllLoginSessions")
    assert (await refusal_of(owner("ProvePassword", password=people.PASSWORD))).reason == "UNAUTHENTICATED"


async def test_a_changed_password_is_told_to_every_channel_on_record(world: World, db: Database) -> None:  # ID-17
    owner, phone, email = await world.visitor.register(), people.phone_number(), address()
    await write_email(owner, email)
    await verify_email(world, owner, email)
    await verify_phone(world, owner, phone)
    world.clock.advance(LATER)
    await change_password(owner)
    await outbox_waits.done(db, [owner.candidate_id])
    assert "密码已更改" in messages_to(world, phone)[-1]
    assert messages_to(world, phone)[-1] == messages_to(world, email)[-1]


async def test_what_cannot_be_told_now_is_told_later(world: World, db: Database) -> None:  # ID-17, F-18
    owner, phone = await world.visitor.register(), people.phone_number()
    await verify_phone(world, owner, phone)
    world.outside.out_of_order = True
    await change_password(owner)
    await outbox_waits.postponed(db, owner.candidate_id)
    assert len(messages_to(world, phone)) == 1
    world.outside.out_of_order = False
    world.clock.advance(timedelta(seconds=30))
    assert "密码已更改" in await world.outside.message(phone, 2)
