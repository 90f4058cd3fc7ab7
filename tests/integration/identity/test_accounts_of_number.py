"""Several accounts carry one document number, and one of them proves it (ID-15, F-28)."""

import asyncio
from datetime import timedelta

import pytest
from zikao.identity.v1 import resources_pb2
from zikao.review.v1 import resources_pb2 as review_pb2

from chassis.errors import RemoteRefusal
from chassis.ids import new_id
from chassis.postgres.database import Database, violated_constraint
from chassis.postgres.driver_statements import sql
from services.identity.domain.accounts_of_number import GIVES_WAY_AFTER, MOST_QUESTIONS, MOST_UNVERIFIED
from services.identity.domain.candidates import IdentityEvent
from services.identity.ports.review_cases import phone_change_case_id
from services.identity.usecases.identity_checks import decide_identity
from tests.integration.identity import people
from tests.integration.identity.callers import Caller
from tests.integration.identity.replicas import replica_of
from tests.integration.identity.test_contact_verification import code_sent
from tests.integration.identity.test_identity_checks import MATCHED, decided, mismatched_three_times
from tests.integration.identity.test_login_sessions import enrolled
from tests.integration.identity.test_reviewed_phone_changes import NAME, submitted
from tests.integration.identity.world import World
from tests.support.postgres_locks import wait_until_somebody_waits
from tests.support.refusals import refusal_of

ENDED = ("ACCOUNT_ENDED", "UNAUTHENTICATED")
"""What whoever had the account is told: why, for the moment until the access token has ended too (F-32)."""

HOLDS_WITH = "SELECT identity_state FROM candidates WHERE candidate_id = :candidate_id"


async def carriers(world: World, number: str, count: int = 2) -> list[Caller]:
    """People who each made an account with the number, with passwords and portraits of their own."""
    found = []
    for place in range(count):
        caller = await world.visitor.register(number, password=f"Secret-{place}", display_name=NAME)
        await caller.upload()
        found.append(caller)
    return found


async def with_phone(world: World, caller: Caller) -> str:
    """The caller's verified phone."""
    phone = people.phone_number()
    await caller("VerifyPhone", candidate_id="me", code=await code_sent(world, caller, phone))
    return phone


async def state_of(db: Database, caller: Caller) -> str:
    return str(await db.hot.fetch_value(sql(HOLDS_WITH), candidate_id=caller.candidate_id))


async def test_a_number_that_a_stranger_registered_is_the_owners_who_proves_it(world: World, db: Database) -> None:
    # ID-15, F-28
    number = people.resident_number()
    stranger, owner = await carriers(world, number)
    assert (await owner.check()).outcome == MATCHED
    assert [await state_of(db, one) for one in (stranger, owner)] == ["ENDED", "VERIFIED"]
    assert (await world.visitor.log_in(number, "Secret-1")).candidate_id == owner.candidate_id
    assert (await refusal_of(world.visitor.log_in(number, "Secret-0"))).reason == "WRONG_CREDENTIALS"
    assert stranger.tokens is not None
    refresh = world.visitor("RefreshLoginSession", refresh_token=stranger.tokens.refresh_token)
    assert (await refusal_of(refresh)).reason == "REFRESH_TOKEN_INVALID"
    refusal = await refusal_of(stranger("UpdateDetails", candidate_id="me", details=people.DETAILS))
    assert refusal.reason in ENDED
    await world.neighbours.standing_of(stranger.candidate_id, identity_state=resources_pb2.ENDED)


async def test_the_phone_of_an_ended_account_is_told_once_and_nothing_of_another(world: World) -> None:  # ID-15
    number = people.resident_number()
    stranger, owner = await carriers(world, number)
    phone, owners = await with_phone(world, stranger), await with_phone(world, owner)
    before = len([one for one in world.outside.messages if one["to"] == phone])
    await owner.check()
    told = await world.outside.message(phone, before + 1)
    assert "终止" in told
    assert not [word for word in (number, owners, owners[-4:], NAME, owner.candidate_id) if word in told]
    assert not [one for one in world.outside.messages if one["to"] == owners and "终止" in one["text"]]


async def test_an_ended_account_is_told_by_every_channel_on_record(world: World) -> None:  # ID-17, ID-15
    stranger, owner = await carriers(world, people.resident_number())
    email = f"stranger-{people.CHANCE.randrange(10**9)}@example.com"
    stated = resources_pb2.Details()
    stated.CopyFrom(people.DETAILS)
    stated.email = email
    await stranger("UpdateDetails", candidate_id="me", details=stated)
    phone = await with_phone(world, stranger)
    before = len([one for one in world.outside.messages if one["to"] == phone])
    await owner.check()
    assert "终止" in await world.outside.message(phone, before + 1)
    assert "终止" in await world.outside.message(email)


async def test_two_accounts_that_prove_one_number_at_the_same_moment_are_one(world: World, db: Database) -> None:
    # ID-15
    number = people.resident_number()
    one, other = await carriers(world, number)
    world.outside.party = asyncio.Barrier(2)
    outcomes = await asyncio.gather(one.check(), other.check(), return_exceptions=True)
    reasons = [outcome.reason for outcome in outcomes if isinstance(outcome, RemoteRefusal)]
    assert reasons == ["ACCOUNT_ENDED"]
    assert sorted([await state_of(db, one), await state_of(db, other)]) == ["ENDED", "VERIFIED"]


async def test_of_two_connections_that_prove_one_number_the_second_waits_and_finds_itself_ended(
    world: World, db: Database
) -> None:  # ID-15
    number = people.resident_number()
    one, other = await carriers(world, number)
    for caller in (one, other):
        await mismatched_three_times(world, caller)
    cases = [str((await caller.account()).review_case_id) for caller in (one, other)]
    async with replica_of(world.deps) as elsewhere, elsewhere.transaction() as second:
        async with world.deps.transaction() as first:
            await decide_identity(first, one.candidate_id, cases[0], IdentityEvent.APPROVED)
            deciding = asyncio.create_task(
                decide_identity(second, other.candidate_id, cases[1], IdentityEvent.APPROVED)
            )
            await wait_until_somebody_waits(db)
        refusal = await refusal_of(deciding)
        assert refusal.reason == "ACCOUNT_ENDED"
    assert [await state_of(db, caller) for caller in (one, other)] == ["VERIFIED", "ENDED"]
    again = decided(other, review_pb2.Decision.APPROVED)
    assert await world.deliver(again), "the decision is taken when it comes again, and changes nothing"
    assert await state_of(db, other) == "ENDED"


async def test_the_database_says_that_a_number_has_one_verified_account_and_three_others(
    world: World, db: Database
) -> None:  # ID-15, ID-13
    number = people.resident_number()
    verified, *_ = await carriers(world, number, 1)
    await verified.check()
    others = await carriers(world, number, MOST_UNVERIFIED)
    for column, value, constraint in (
        ("identity_state = 'VERIFIED', unverified_place", None, "one_verified_account_per_person"),
        ("unverified_place", 2, "one_unverified_account_per_place"),
        ("unverified_place", MOST_UNVERIFIED + 1, "candidates_three_unverified_check"),
        ("unverified_place", None, "candidates_three_unverified_check"),
    ):
        change = sql(f"UPDATE candidates SET {column} = :value::smallint WHERE candidate_id = :candidate_id")
        with pytest.raises(Exception) as refused:  # noqa: PT011  # the driver's own, named by its constraint below
            await db.hot.fetch(change, value=value, candidate_id=others[0].candidate_id)
        assert violated_constraint(refused.value) == constraint  # type: ignore[arg-type]


async def test_registering_is_answered_alike_whether_or_not_somebody_has_proven_the_number(world: World) -> None:
    # ID-15
    known, unknown = people.resident_number(), people.resident_number()
    [verified] = await carriers(world, known, 1)
    await verified.check()
    answers = []
    for number in (known, unknown):
        made = [await world.visitor.register(number) for _ in range(MOST_UNVERIFIED)]
        accounts = [await one.account() for one in made]
        refusal = await refusal_of(world.visitor.register(number))
        answers.append(
            (
                [(one.identity_state, one.match_tries_left, one.review_case_id) for one in accounts],
                (refusal.reason, refusal.code, refusal.message("zh"), dict(refusal.metadata)),
            )
        )
    assert answers[0] == answers[1]
    assert answers[0][1][0] == "UNVERIFIED_ACCOUNTS_FULL"


async def test_who_proves_a_number_that_an_own_account_has_proven_is_told_and_the_first_account_stays(
    world: World, db: Database
) -> None:  # ID-15, ID-13
    number = people.resident_number()
    [first] = await carriers(world, number, 1)
    assert (await first.check()).outcome == MATCHED
    [second] = await carriers(world, number, 1)
    assert (await refusal_of(second.check())).reason == "NUMBER_PROVEN_ELSEWHERE"
    assert [await state_of(db, one) for one in (first, second)] == ["VERIFIED", "ENDED"]


async def test_an_import_proves_a_number_and_gives_nothing_to_who_carried_it(world: World, db: Database) -> None:
    # ID-15, ID-3
    number = people.resident_number()
    [stranger] = await carriers(world, number, 1)
    candidate_id = await enrolled(world, number)
    assert candidate_id != stranger.candidate_id
    assert await state_of(db, stranger) == "ENDED"
    assert (await world.visitor.log_in(number, number[-6:])).candidate_id == candidate_id


async def test_an_import_and_a_match_of_one_number_at_the_same_moment_make_one_verified_account(
    world: World, db: Database
) -> None:  # ID-15
    number = people.resident_number()
    [caller] = await carriers(world, number, 1)
    row = {
        "document_type": "RESIDENT_CARD",
        "document_number": number,
        "display_name": NAME,
        "school_code": people.SCHOOL,
    }
    operator = await world.operator()
    outcomes = await asyncio.gather(caller.check(), operator("ImportCandidates", rows=[row]), return_exceptions=True)
    matched, imported = outcomes
    assert not isinstance(imported, BaseException)
    if isinstance(matched, RemoteRefusal):
        assert matched.reason in ("ACCOUNT_ENDED", "NUMBER_PROVEN_ELSEWHERE", "CHECK_OVERTAKEN")
        assert imported.created == 1
    else:
        assert (imported.created, imported.results[0].candidate_id) == (0, caller.candidate_id)


async def test_the_case_and_the_lost_phone_request_of_an_ended_account_end_with_it(world: World) -> None:
    # ID-15, ID-11
    number = people.resident_number()
    stranger, owner = await carriers(world, number)
    await mismatched_three_times(world, stranger)
    case = await world.neighbours.case_of(stranger.candidate_id)
    request = await submitted(world, number, people.phone_number())
    handed_in = await world.neighbours.submitted(request.phone_change_id)
    assert handed_in.candidate_id == stranger.candidate_id, "an unverified account's request reaches a reviewer"
    await owner.check()
    await world.neighbours.case_withdrawn(case.case_id)
    await world.neighbours.case_withdrawn(phone_change_case_id(request.phone_change_id))
    seen = await world.visitor("GetPhoneChange", phone_change_id=request.phone_change_id)
    assert (seen.state, seen.submissions_left) == (resources_pb2.PhoneChange.REJECTED, 0)


async def test_before_anybody_proves_it_each_account_with_the_number_is_tried(world: World) -> None:  # ID-15, ID-1
    number = people.resident_number()
    accounts = await carriers(world, number, MOST_UNVERIFIED)
    for place, caller in enumerate(accounts):
        assert (await world.visitor.log_in(number, f"Secret-{place}")).candidate_id == caller.candidate_id
    assert (await refusal_of(world.visitor.log_in(number, "Secret-9"))).reason == "WRONG_CREDENTIALS"


async def test_a_forgotten_password_of_one_of_several_accounts_is_recovered_by_its_own_phone(world: World) -> None:
    # ID-15, ID-4
    number = people.resident_number()
    accounts = await carriers(world, number)
    phones = [await with_phone(world, caller) for caller in accounts]
    asked = await world.visitor("CreatePasswordRecovery", login_name=number, channel="PHONE")
    codes = [await world.outside.code(phone, 2) for phone in phones]
    await world.visitor(
        "CompletePasswordRecovery",
        password_recovery_id=asked.password_recovery_id,
        code=codes[1],
        new_password="Recovered-1",
    )
    assert (await world.visitor.log_in(number, "Recovered-1")).candidate_id == accounts[1].candidate_id
    assert (await world.visitor.log_in(number, "Secret-0")).candidate_id == accounts[0].candidate_id


async def test_the_register_is_asked_ten_times_a_day_about_a_number_and_then_it_is_no_try(
    world: World, db: Database
) -> None:  # ID-15
    number = people.resident_number()
    await enrolled_questions(world, db, number, MOST_QUESTIONS - 1)
    [caller] = await carriers(world, number, 1)
    world.outside.answers.extend(["MISMATCH"])
    await caller.check()
    refusal = await refusal_of(caller.check())
    assert (refusal.reason, refusal.code.value) == ("REGISTER_ASKED_OFTEN", "RESOURCE_EXHAUSTED")
    assert refusal.retry_after == timedelta(hours=15), "it is nine in the morning in Shanghai"
    assert (await caller.account()).match_tries_left == 2
    asked = len(world.outside.questions)
    world.clock.advance(timedelta(hours=15))
    again = await world.visitor.log_in(number, "Secret-0")
    assert (await again.check()).outcome == MATCHED
    assert len(world.outside.questions) == asked + 1


async def enrolled_questions(world: World, db: Database, number: str, count: int) -> None:
    """So many questions about a number have been asked today."""
    [somebody] = await carriers(world, number, 1)
    document = (await world.deps.candidates.get_candidate(somebody.candidate_id)).document
    day = world.clock.now().date()
    counted = [await world.deps.candidates.count_register_question(document, day) for _ in range(count)]
    assert all(counted)


async def test_simultaneous_questions_about_a_number_are_ten_at_most(world: World) -> None:  # ID-15
    [somebody] = await carriers(world, people.resident_number(), 1)
    document = (await world.deps.candidates.get_candidate(somebody.candidate_id)).document
    day = world.clock.now().date()
    async with replica_of(world.deps) as elsewhere:
        places = (world.deps.candidates, elsewhere.candidates) * 8
        counted = await asyncio.gather(*(one.count_register_question(document, day) for one in places))
    assert sum(counted) == MOST_QUESTIONS


async def test_a_question_that_the_register_does_not_answer_is_none(world: World) -> None:  # ID-15, F-14
    [caller] = await carriers(world, people.resident_number(), 1)
    world.outside.out_of_order = True
    for _ in range(MOST_QUESTIONS + 2):
        assert (await refusal_of(caller.check())).reason == "REGISTER_UNAVAILABLE"
    world.outside.out_of_order = False
    assert (await caller.check()).outcome == MATCHED


async def test_three_accounts_that_strangers_made_and_left_keep_the_owner_out_for_a_day_at_most(
    world: World, db: Database
) -> None:  # ID-15, F-28
    number = people.resident_number()
    strangers = [await world.visitor.register(number) for _ in range(MOST_UNVERIFIED)]
    assert (await refusal_of(world.visitor.register(number))).reason == "UNVERIFIED_ACCOUNTS_FULL"
    world.clock.advance(GIVES_WAY_AFTER)
    owner = await world.visitor.register(number)
    assert [await state_of(db, one) for one in strangers] == ["ENDED", "PENDING", "PENDING"]
    await owner.upload()
    assert (await owner.check()).outcome == MATCHED


async def test_a_reviewers_approval_proves_the_number(world: World, db: Database) -> None:  # ID-15, ID-8, RE-6
    number = people.number_of("TAIWAN_PERMIT")
    owner, stranger = [
        await world.visitor.register(number, document_type="TAIWAN_PERMIT", request_id=new_id()) for _ in range(2)
    ]
    await owner.upload()
    await owner.check()
    event = decided(owner, review_pb2.Decision.APPROVED)
    event.kind = review_pb2.DOCUMENT_TYPE
    assert await world.deliver(event)
    assert [await state_of(db, one) for one in (owner, stranger)] == ["VERIFIED", "ENDED"]
