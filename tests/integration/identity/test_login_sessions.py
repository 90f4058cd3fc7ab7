"""Logging in and out, passwords, refresh tokens, floods (ID-1, ID-3, ID-4, ID-14, F-16)."""

import asyncio
from datetime import timedelta

from zikao.common.v1 import access_pb2, activity_pb2
from zikao.enrollment.v1.events_pb2 import TicketNumberIssued
from zikao.identity.v1 import resources_pb2
from zikao.identity.v1.activity_service_pb2_grpc import ActivityServiceStub

from chassis.activity.refusal_counts import Kind
from chassis.errors import RemoteRefusal
from chassis.ids import new_id
from chassis.postgres.database import Database
from chassis.postgres.driver_statements import sql
from services.identity.domain.login_sessions import MOST_REPEATS, REFRESH_TTL
from services.identity.usecases.authentication.login_sessions import refresh_tokens
from tests.integration.identity import people
from tests.integration.identity.replicas import replica_of
from tests.integration.identity.world import World
from tests.support.refusals import refusal_of

ENDS_THE_LOGIN_SESSION = {"DeleteLoginSession", "RevokeAllLoginSessions"}


async def enrolled(world: World, number: str, **values: str) -> str:
    """Imports somebody; their candidate id."""
    row = {
        "document_type": "RESIDENT_CARD",
        "document_number": number,
        "display_name": "李四",
        "school_code": people.SCHOOL,
        **values,
    }
    answer = await (await world.operator())("ImportCandidates", rows=[row])
    assert answer.created == 1, answer
    return str(answer.results[0].candidate_id)


async def test_a_document_number_in_any_spelling_logs_in(world: World) -> None:  # ID-1
    number = people.resident_number()
    await world.visitor.register(number)
    for spelling in (number, number.lower(), f" {number[:10]} {number[10:]} "):
        assert (await world.visitor.log_in(spelling, people.PASSWORD)).tokens


async def test_a_ticket_number_logs_in_once_it_is_issued(world: World) -> None:  # ID-1
    caller, ticket = await world.visitor.register(), f"9{people.CHANCE.randrange(10**11):011d}"
    assert (await refusal_of(world.visitor.log_in(ticket, people.PASSWORD))).reason == "WRONG_CREDENTIALS"
    event = TicketNumberIssued(candidate_id=caller.candidate_id, registration_id=new_id(), ticket_number=ticket)
    event_id = new_id()
    for _ in range(2):
        assert await world.deliver(event, event_id=event_id, sender="enrollment") == [event_id]
    again = await world.visitor.log_in(ticket, people.PASSWORD)
    assert again.candidate_id == caller.candidate_id


async def test_an_unknown_name_and_a_wrong_password_are_answered_alike(world: World) -> None:  # ID-14
    number = people.resident_number()
    await world.visitor.register(number)
    wrong = await refusal_of(world.visitor.log_in(number, "Wrong-1"))
    unknown = await refusal_of(world.visitor.log_in(people.resident_number(), people.PASSWORD))
    assert wrong.reason == "WRONG_CREDENTIALS"
    assert (wrong.code, wrong.message("zh"), wrong.metadata) == (unknown.code, unknown.message("zh"), unknown.metadata)


async def test_an_imported_candidate_must_first_choose_a_password(world: World, db: Database) -> None:  # ID-3
    number = people.resident_number()
    candidate_id = await enrolled(world, number)
    passwords = sql("SELECT count(*) FROM credentials WHERE subject_id = :candidate_id")
    assert not await db.hot.fetch_value(passwords, candidate_id=candidate_id)
    first = await world.visitor.log_in(number, number[-6:].lower())
    assert first.tokens is not None
    assert first.tokens.needs_password_change
    assert (await refusal_of(first("UpdateDetails", candidate_id="me", details=people.DETAILS))).reason == (
        "PASSWORD_CHANGE_REQUIRED"
    )
    tokens = await first(
        "ChangePassword", subject_id="me", old_password=number[-6:], new_password=people.OTHER_PASSWORD
    )
    changed = world.holder_of(tokens)
    await changed("UpdateDetails", candidate_id="me", details=people.DETAILS)
    assert not (await changed.account()).needs_password_change
    assert (await refusal_of(world.visitor.log_in(number, number[-6:]))).reason == "WRONG_CREDENTIALS"
    await world.neighbours.standing_of(candidate_id, needs_password_change=False)


async def test_a_restricted_token_calls_what_the_contracts_open_to_it_and_nothing_else(world: World) -> None:  # ID-3
    number, login_name = people.resident_number(), f"reviewer-{people.CHANCE.randrange(10**9)}"
    await enrolled(world, number)
    staff = {"login_name": login_name, "display_name": "李华", "kind": "REVIEWER", "organisation": people.SCHOOL}
    await (await world.operator())("CreateStaff", staff=staff, initial_password="Initial-of-9-others")
    for caller in (
        await world.visitor.log_in(number, number[-6:]),
        await world.visitor.log_in(login_name, "Initial-of-9-others"),
    ):
        assert caller.tokens is not None
        kind, opened, closed = caller.tokens.kind, set[str](), set[str]()
        for rpc, method in world.methods.items():
            options = method.GetOptions()
            if kind not in options.Extensions[access_pb2.access] or rpc in ENDS_THE_LOGIN_SESSION:
                continue
            try:
                await caller(rpc)
            except RemoteRefusal as refusal:
                (closed if refusal.reason == "PASSWORD_CHANGE_REQUIRED" else opened).add(rpc)
            else:
                opened.add(rpc)
            assert (rpc in opened) is options.Extensions[access_pb2.open_to_restricted], rpc
        assert opened
        assert closed


async def test_of_two_simultaneous_first_changes_one_wins(world: World) -> None:  # ID-3
    number = people.resident_number()
    await enrolled(world, number)
    first = await world.visitor.log_in(number, number[-6:])
    changes = [
        first("ChangePassword", subject_id="me", old_password=number[-6:], new_password=password)
        for password in (people.PASSWORD, people.OTHER_PASSWORD)
    ]
    outcomes = await asyncio.gather(*changes, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["RemoteRefusal", "Tokens"]
    chosen = people.PASSWORD if isinstance(outcomes[0], resources_pb2.Tokens) else people.OTHER_PASSWORD
    assert (await world.visitor.log_in(number, chosen)).tokens


async def test_a_password_is_changed_by_who_knows_the_old_one_and_logs_out_elsewhere(world: World) -> None:  # ID-4
    number = people.resident_number()
    caller = await world.visitor.register(number)
    elsewhere = await world.visitor.log_in(number, people.PASSWORD)
    assert elsewhere.tokens is not None
    wrong = caller("ChangePassword", subject_id="me", old_password="Wrong-1", new_password=people.OTHER_PASSWORD)
    assert (await refusal_of(wrong)).reason == "WRONG_PASSWORD"
    same = caller("ChangePassword", subject_id="me", old_password=people.PASSWORD, new_password=people.PASSWORD)
    assert (await refusal_of(same)).reason == "WEAK_PASSWORD"
    await caller("ChangePassword", subject_id="me", old_password=people.PASSWORD, new_password=people.OTHER_PASSWORD)
    refresh = world.visitor("RefreshLoginSession", refresh_token=elsewhere.tokens.refresh_token)
    assert (await refusal_of(refresh)).reason == "REFRESH_TOKEN_INVALID"
    assert (await world.visitor.log_in(number, people.OTHER_PASSWORD)).tokens


async def refreshed(world: World, tokens: resources_pb2.Tokens | None) -> resources_pb2.Tokens:
    assert tokens is not None
    answer: resources_pb2.Tokens = await world.visitor("RefreshLoginSession", refresh_token=tokens.refresh_token)
    return answer


async def test_a_refresh_token_has_one_successor(world: World) -> None:  # ID-14, GW-8
    caller = await world.visitor.register()
    fresh = await refreshed(world, caller.tokens)
    assert fresh.login_session_id == caller.tokens.login_session_id
    assert await world.holder_of(fresh).account()
    again = await refreshed(world, caller.tokens)  # the answer was lost
    assert again.refresh_token == fresh.refresh_token != caller.tokens.refresh_token
    assert await world.holder_of(again).account()


async def test_simultaneous_refreshes_all_get_the_same_next_token(world: World) -> None:  # GW-8, F-23
    caller = await world.visitor.register()
    outcomes = await asyncio.gather(*(refreshed(world, caller.tokens) for _ in range(5)))
    assert len({outcome.refresh_token for outcome in outcomes}) == 1
    for outcome in outcomes:
        assert await world.holder_of(outcome).account()


async def test_a_late_tab_gets_the_newest_token_of_the_login_session(world: World) -> None:  # GW-8, F-23
    caller = await world.visitor.register()
    newest = await refreshed(world, await refreshed(world, caller.tokens))
    assert (await refreshed(world, caller.tokens)).refresh_token == newest.refresh_token
    world.clock.advance(world.config.login_tokens.same_successor_for + timedelta(seconds=1))
    assert (await refreshed(world, newest)).refresh_token


async def test_a_token_is_not_followed_through_any_number_of_renewals(world: World) -> None:  # ID-14
    caller = await world.visitor.register()
    newest = caller.tokens
    for _ in range(MOST_REPEATS + 1):
        newest = await refreshed(world, newest)
    assert (await refusal_of(refreshed(world, caller.tokens))).reason == "REFRESH_TOKEN_JUST_USED"
    assert (await refreshed(world, newest)).refresh_token


async def test_two_replicas_answer_one_refresh_token_alike(world: World) -> None:  # GW-8, F-23
    caller = await world.visitor.register()
    async with replica_of(world.deps) as one, replica_of(world.deps) as other:
        for _ in range(5):
            used = caller.tokens.refresh_token
            outcomes = await asyncio.gather(*(refresh_tokens(replica, used) for replica in (one, other)))
            assert len({outcome.refresh_token for outcome in outcomes}) == 1
            caller.tokens.refresh_token = outcomes[0].refresh_token


async def test_a_used_refresh_token_that_comes_back_ends_the_login_session(world: World) -> None:  # ID-14
    caller = await world.visitor.register()
    fresh = await refreshed(world, caller.tokens)
    world.clock.advance(world.config.login_tokens.same_successor_for + timedelta(seconds=1))
    assert (await refusal_of(refreshed(world, caller.tokens))).reason == "REFRESH_TOKEN_REUSED"
    assert (await refusal_of(refreshed(world, fresh))).reason == "REFRESH_TOKEN_INVALID"


async def test_a_refresh_token_expires_and_a_made_up_one_never_works(world: World) -> None:  # ID-14
    caller = await world.visitor.register()
    world.clock.advance(REFRESH_TTL)
    assert (await refusal_of(refreshed(world, caller.tokens))).reason == "REFRESH_TOKEN_INVALID"
    made_up = resources_pb2.Tokens(refresh_token="made up")
    assert (await refusal_of(refreshed(world, made_up))).reason == "REFRESH_TOKEN_INVALID"


async def test_an_access_token_ends_after_fifteen_minutes(world: World) -> None:  # ID-14
    caller = await world.visitor.register()
    world.clock.advance(timedelta(minutes=15))
    assert (await refusal_of(caller.account())).reason == "UNAUTHENTICATED"


async def test_login_sessions_are_listed_and_ended(world: World) -> None:  # ID-14
    number = people.resident_number()
    first = await world.visitor.register(number)
    world.clock.advance(timedelta(seconds=1))
    second = await world.visitor.log_in(number, people.PASSWORD)
    listed = (await second("ListLoginSessions")).login_sessions
    assert [session.current for session in listed] == [True, False]
    assert listed[0].user_agent == "a test"
    await second("DeleteLoginSession", login_session_id=listed[1].login_session_id)
    assert (await refusal_of(refreshed(world, first.tokens))).reason == "REFRESH_TOKEN_INVALID"
    await second("DeleteLoginSession", login_session_id="current")
    assert (await refusal_of(second("ListLoginSessions"))).reason == "UNAUTHENTICATED"  # F-32


async def test_nobody_ends_somebody_elses_login_session(world: World) -> None:  # ID-14
    one, other = await world.visitor.register(), await world.visitor.register()
    assert one.tokens is not None
    await other("DeleteLoginSession", login_session_id=one.tokens.login_session_id)
    assert await refreshed(world, one.tokens)


async def test_logging_out_everywhere_ends_all(world: World) -> None:  # ID-14
    number = people.resident_number()
    callers = [await world.visitor.register(number), await world.visitor.log_in(number, people.PASSWORD)]
    assert (await callers[0]("RevokeAllLoginSessions")).ended == 2
    for caller in callers:
        assert (await refusal_of(refreshed(world, caller.tokens))).reason == "REFRESH_TOKEN_INVALID"


async def test_wrong_passwords_from_one_source_are_slowed_down(world: World) -> None:  # F-16
    number, attacker = people.resident_number(), world.from_address("203.0.113.1")
    await world.visitor.register(number)
    reasons = [(await refusal_of(attacker.log_in(number, f"Wrong-{turn}"))).reason for turn in range(10)]
    assert reasons == ["WRONG_CREDENTIALS"] * 8 + ["RATE_LIMITED"] * 2
    slowed = await refusal_of(attacker.log_in(number, people.PASSWORD))
    assert slowed.retry_after is not None
    assert (await world.visitor.log_in(number, people.PASSWORD)).tokens


async def test_a_flood_from_everywhere_does_not_lock_the_owner_out(world: World) -> None:  # F-16
    number = people.resident_number()
    await world.visitor.register(number)
    sources = [world.from_address(f"203.0.113.{turn}") for turn in range(40)]
    for batch in range(0, len(sources), 8):
        calls = (source.log_in(number, "Wrong-1") for source in sources[batch : batch + 8])
        await asyncio.gather(*calls, return_exceptions=True)
    late = world.from_address("203.0.113.200")
    reasons = [(await refusal_of(late.log_in(number, "Wrong-1"))).reason for _ in range(3)]
    assert reasons == ["WRONG_CREDENTIALS"] * 2 + ["RATE_LIMITED"]
    assert (await world.visitor.log_in(number, people.PASSWORD)).tokens


async def test_a_right_password_forgives_the_slips_before_it(world: World) -> None:  # F-16
    number = people.resident_number()
    await world.visitor.register(number)
    for _ in range(2):
        for _ in range(7):
            assert (await refusal_of(world.visitor.log_in(number, "Wrong-1"))).reason == "WRONG_CREDENTIALS"
        assert (await world.visitor.log_in(number, people.PASSWORD)).tokens


async def test_logins_are_told_by_their_minutes(world: World) -> None:  # OP-4
    operator = await world.operator()
    stub = ActivityServiceStub(world.peer)

    async def logins() -> int:
        world.clock.advance(timedelta(seconds=2))
        answer = await stub.GetActivity(activity_pb2.GetActivityRequest(minutes=10), metadata=operator.metadata)
        return next(sum(one.per_minute) for one in answer.counts if one.kind == Kind.LOGINS)

    before = await logins()
    await world.visitor.register()
    assert await logins() == before + 1
