"""What ends a login session ends its access tokens at once, and everybody who verifies tokens hears of it (F-32)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from chassis.errors import Code
from chassis.postgres.database import Database
from chassis.rpc.revocation_watch import RevocationWatch
from chassis.security.revocations import SILENCE, Revocations
from services.identity.domain.accounts_of_number import Change
from services.identity.domain.identity_checks import with_number_lost
from services.identity.domain.login_sessions import MOST_LOGIN_SESSIONS, Device
from services.identity.jobs.revocations import NAME
from services.identity.usecases.account_endings import apply_changes
from services.identity.usecases.authentication.login_sessions import open_login_session
from tests.integration.identity import people
from tests.integration.identity.callers import Caller
from tests.integration.identity.replicas import replica_of
from tests.integration.identity.test_password_recoveries import NEW_PASSWORD, asked, completed, owner
from tests.integration.identity.world import World, served
from tests.support.postgres_locks import wait_until_somebody_waits
from tests.support.refusals import refusal_of
from tests.support.wait_until import wait_until

End = Callable[[World, Caller], Awaitable[object]]


async def log_out(world: World, caller: Caller) -> None:
    await caller("DeleteLoginSession", login_session_id="current")


async def log_out_everywhere(world: World, caller: Caller) -> None:
    await caller("RevokeAllLoginSessions")


async def change_password(world: World, caller: Caller) -> None:
    values = {"old_password": people.PASSWORD, "new_password": NEW_PASSWORD}
    tokens = await caller("ChangePassword", subject_id="me", **values)
    assert await world.holder_of(tokens).account()


async def use_a_refresh_token_again(world: World, caller: Caller) -> None:
    assert caller.tokens is not None
    await world.visitor("RefreshLoginSession", refresh_token=caller.tokens.refresh_token)
    world.clock.advance(2 * world.config.login_tokens.same_successor_for)
    again = world.visitor("RefreshLoginSession", refresh_token=caller.tokens.refresh_token)
    assert (await refusal_of(again)).reason == "REFRESH_TOKEN_REUSED"


@pytest.mark.parametrize("end", [log_out, log_out_everywhere, change_password, use_a_refresh_token_again])
async def test_what_ends_a_login_session_ends_its_access_token(world: World, end: End) -> None:  # F-32
    caller = await world.visitor.register()
    assert await caller.account()
    await end(world, caller)
    assert (await refusal_of(caller.account())).code is Code.UNAUTHENTICATED


async def test_a_recovered_password_ends_the_access_tokens_of_before(world: World) -> None:  # F-32, ID-4
    person = await owner(world)
    recovery = await asked(world.visitor, person.number)
    await completed(world.visitor, recovery, await world.outside.code(person.phone, 2), NEW_PASSWORD)
    assert (await refusal_of(person.caller.account())).code is Code.UNAUTHENTICATED


async def test_a_disabled_operator_makes_no_other(world: World) -> None:  # F-32, OP-1
    operator = await world.operator()
    staff = {"kind": "OPERATOR", "organisation": "AUTHORITY", "display_name": "王五"}
    made = await operator("CreateStaff", staff={**staff, "login_name": "leaves"}, initial_password=NEW_PASSWORD)
    leaving = await world.visitor.log_in("leaves", NEW_PASSWORD)
    tokens = await leaving("ChangePassword", subject_id="me", old_password=NEW_PASSWORD, new_password="Leaving-7-soon")
    leaving = world.holder_of(tokens)
    assert await leaving("ListStaff")
    await operator("DisableStaff", staff_id=made.staff_id, reason="left")
    another = leaving("CreateStaff", staff={**staff, "login_name": "stays"}, initial_password=NEW_PASSWORD)
    assert (await refusal_of(another)).code is Code.UNAUTHENTICATED


async def test_the_oldest_of_too_many_login_sessions_ends_with_its_tokens(world: World) -> None:  # F-32, ID-14
    number = people.resident_number()
    oldest = await world.visitor.register(number)
    for _ in range(MOST_LOGIN_SESSIONS):
        await world.visitor.log_in(number, people.PASSWORD)
    await world.service.job(NAME).once()
    assert (await refusal_of(oldest.account())).code is Code.UNAUTHENTICATED


async def comes_true(look: Callable[[], bool]) -> None:
    async def looked() -> bool:
        return look()

    await wait_until(looked)


@asynccontextmanager
async def followed(world: World) -> AsyncIterator[Revocations]:
    """What another process hears from this identity."""
    heard = Revocations(world.clock)
    heard.follow()
    following = asyncio.create_task(RevocationWatch(world.peer, heard).run())
    try:
        await comes_true(lambda: not heard.unknown)
        yield heard
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


def session_of(caller: Caller) -> str:
    assert caller.tokens is not None
    return caller.tokens.login_session_id


async def test_every_other_process_hears_of_what_ended_before_and_of_what_ends(world: World) -> None:  # F-32
    before, after, stays = [await world.visitor.register() for _ in range(3)]
    ids = [session_of(one) for one in (before, after, stays)]
    await log_out(world, before)
    async with followed(world) as heard:
        assert [heard.has_ended(one) for one in ids] == [True, False, False]
        await log_out(world, after)
        await comes_true(lambda: heard.has_ended(ids[1]))
        assert not heard.has_ended(ids[2])


async def test_a_replica_hears_of_what_another_has_ended(world: World, config, clock, outside, neighbours) -> None:
    # F-32
    async with served(config, clock, outside, neighbours) as replica, followed(replica) as heard:
        caller = await world.visitor.register()
        ended = session_of(caller)
        await log_out(world, caller)
        await replica.service.job(NAME).once()
        await comes_true(lambda: heard.has_ended(ended))


async def test_identity_that_cannot_read_says_so_instead_of_seeming_to_know(world: World) -> None:  # F-32
    async with followed(world) as heard:
        await world.service.job(NAME).once()
        assert not heard.unknown
        world.clock.advance(2 * SILENCE)  # nobody has read since
        await comes_true(lambda: heard.unknown)
        await world.service.job(NAME).once()
        await comes_true(lambda: not heard.unknown)


async def hired(world: World) -> tuple[Caller, str, str]:
    """An operator, and somebody's account and login name."""
    operator, login_name = await world.operator(), f"reviewer-{people.CHANCE.randrange(10**9)}"
    staff = {"kind": "REVIEWER", "organisation": people.SCHOOL, "display_name": "王五", "login_name": login_name}
    made = await operator("CreateStaff", staff=staff, initial_password=NEW_PASSWORD)
    return operator, made.staff_id, login_name


async def test_who_logs_in_while_the_account_is_disabled_does_not_get_in(world: World, db: Database) -> None:  # F-32
    _, staff_id, login_name = await hired(world)
    async with replica_of(world.deps) as other:
        async with other.transaction() as disabling:
            await disabling.staff.disable_staff(staff_id, "left")
            entering = asyncio.create_task(refusal_of(world.visitor.log_in(login_name, NEW_PASSWORD)))
            await wait_until_somebody_waits(db)
            await disabling.login_sessions.end_all_login_sessions(staff_id, at=world.clock.now())
        assert (await entering).reason == "WRONG_CREDENTIALS"
        assert await other.login_sessions.list_live_login_sessions(staff_id, at=world.clock.now()) == []


async def test_who_is_disabled_while_they_log_in_is_out_again(world: World, db: Database) -> None:  # F-32
    operator, staff_id, _ = await hired(world)
    known = await world.deps.credentials.find_by_subject(staff_id)
    assert known is not None
    async with replica_of(world.deps) as other:
        async with other.transaction() as entering:
            await open_login_session(entering, known.account, Device("", ""), proven=known)
            disabling = asyncio.create_task(operator("DisableStaff", staff_id=staff_id, reason="left"))
            await wait_until_somebody_waits(db)
        assert (await disabling).disabled
        assert await other.login_sessions.list_live_login_sessions(staff_id, at=world.clock.now()) == []


async def test_who_logs_in_by_the_password_that_is_being_changed_does_not_get_in(  # F-32
    world: World, db: Database
) -> None:
    number = people.resident_number()
    candidate_id = (await world.visitor.register(number)).candidate_id
    known = await world.deps.credentials.find_by_subject(candidate_id)
    assert known is not None
    async with replica_of(world.deps) as other:
        async with other.transaction() as changing:
            now, before = world.clock.now(), known.password_hash
            assert await changing.credentials.set_password(candidate_id, "another", expected=before, at=now)
            entering = asyncio.create_task(refusal_of(world.visitor.log_in(number, people.PASSWORD)))
            await wait_until_somebody_waits(db)
            await changing.login_sessions.end_all_login_sessions(candidate_id, at=now)
        assert (await entering).reason == "WRONG_CREDENTIALS"
        assert await other.login_sessions.list_live_login_sessions(candidate_id, at=world.clock.now()) == []


async def test_an_account_that_ends_while_somebody_logs_in_is_not_entered(world: World, db: Database) -> None:  # F-32
    number = people.resident_number()
    candidate_id = (await world.visitor.register(number)).candidate_id
    async with replica_of(world.deps) as other:
        async with other.transaction() as ending:
            before = await ending.candidates.get_candidate(candidate_id)
            await apply_changes(ending, [Change(before, with_number_lost(before, at=world.clock.now()))])
            entering = asyncio.create_task(refusal_of(world.visitor.log_in(number, people.PASSWORD)))
            await wait_until_somebody_waits(db)
        assert (await entering).reason == "WRONG_CREDENTIALS"
