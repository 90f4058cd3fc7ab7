"""Is the person who the document says? (ID-7, ID-8, RE-6, F-13, F-14, F-18)"""

import asyncio
from datetime import timedelta

import pytest
from zikao.identity.v1 import candidate_service_pb2 as api
from zikao.identity.v1 import resources_pb2
from zikao.review.v1 import resources_pb2 as review_pb2
from zikao.review.v1.events_pb2 import CaseDecided

from chassis.errors import RemoteRefusal
from chassis.ids import new_id
from chassis.postgres.database import Database
from services.identity.domain.identity_checks import RegisterAnswer, comparison, with_answer
from services.identity.ports.review_cases import identity_case_id
from tests.integration.identity import people
from tests.integration.identity.callers import Caller
from tests.integration.identity.world import World
from tests.support.postgres_locks import wait_until_somebody_waits
from tests.support.refusals import refusal_of
from tests.support.wait_until import PATIENCE_SECONDS

MATCHED, MISMATCHED, SENT_TO_REVIEW = (
    api.VerifyIdentityResponse.MATCHED,
    api.VerifyIdentityResponse.MISMATCHED,
    api.VerifyIdentityResponse.SENT_TO_REVIEW,
)

OTHER_DOCUMENTS = ("HOME_RETURN_PERMIT", "TAIWAN_PERMIT", "HMT_RESIDENCE_PERMIT", "PERMANENT_RESIDENT_CARD")


@pytest.fixture
async def pictured(world: World) -> Caller:
    """A candidate with a portrait."""
    caller = await world.visitor.register()
    await caller.upload()
    return caller


async def mismatched_three_times(world: World, caller: Caller) -> api.VerifyIdentityResponse:
    world.outside.answers.extend(["MISMATCH", "UNKNOWN_PERSON", "MISMATCH"])
    for _ in range(2):
        await caller.check()
    return await caller.check()


def decided(caller: Caller, verdict: int, submission: int = 1) -> CaseDecided:
    return CaseDecided(
        case_id=identity_case_id(caller.candidate_id),
        kind=review_pb2.IDENTITY_PROOF,
        submission=submission,
        candidate_id=caller.candidate_id,
        subject_id=caller.candidate_id,
        decision=verdict,
    )


async def test_a_match_verifies_the_person(world: World, pictured: Caller) -> None:  # ID-7
    answer = await pictured.check()
    assert (answer.outcome, answer.identity_state) == (MATCHED, resources_pb2.VERIFIED)
    await world.neighbours.standing_of(pictured.candidate_id, identity_state=resources_pb2.VERIFIED)
    question = world.outside.questions[0]
    assert question["document_number"] == (await pictured.account()).document_number


async def test_a_verified_person_is_not_compared_again(world: World, pictured: Caller) -> None:  # ID-7
    await pictured.check()
    assert (await pictured.check()).outcome == MATCHED
    assert len(world.outside.questions) == 1


async def test_after_three_mismatches_a_reviewer_decides(world: World, pictured: Caller) -> None:  # ID-7
    world.outside.answers.extend(["MISMATCH", "MISMATCH", "MISMATCH"])
    answers = [await pictured.check() for _ in range(4)]
    assert [(answer.outcome, answer.match_tries_left) for answer in answers] == [
        (MISMATCHED, 2),
        (MISMATCHED, 1),
        (SENT_TO_REVIEW, 0),
        (SENT_TO_REVIEW, 0),
    ]
    assert len(world.outside.questions) == 3
    case = await world.neighbours.case_of(pictured.candidate_id)
    assert case.case_id == answers[2].review_case_id
    assert (case.kind, case.organisation) == (review_pb2.IDENTITY_PROOF, people.SCHOOL)
    assert (await pictured.account()).document_number not in str(case)


async def test_a_try_can_be_followed_by_a_match(world: World, pictured: Caller) -> None:  # ID-7
    world.outside.answers.extend(["MISMATCH", "MATCH"])
    assert [(await pictured.check()).outcome for _ in range(2)] == [MISMATCHED, MATCHED]


async def test_a_name_and_number_that_nobody_has_are_told_as_that(  # ID-21
    world: World, pictured: Caller
) -> None:
    world.outside.answers.extend(["UNKNOWN_PERSON", "MISMATCH", "UNKNOWN_PERSON"])
    answers = [await pictured.check() for _ in range(3)]
    assert [(answer.outcome, answer.match_tries_left) for answer in answers] == [
        (api.VerifyIdentityResponse.NOT_ON_RECORD, 2),
        (MISMATCHED, 1),
        (SENT_TO_REVIEW, 0),
    ]


async def test_the_register_is_asked_in_its_own_spelling(world: World, pictured: Caller) -> None:  # ID-21, F-24
    await pictured("CorrectName", candidate_id="me", display_name="\u202a阿卜杜热合曼 • 买买提\u202c")
    await pictured.check()
    assert world.outside.questions[0]["name"] == "阿卜杜热合曼·买买提"


async def test_a_repeated_request_is_not_another_try(world: World, pictured: Caller) -> None:  # F-10
    world.outside.answers.append("MISMATCH")
    request_id = new_id()
    first, second = [await pictured.check(request_id=request_id) for _ in range(2)]
    assert first == second
    assert (await pictured.account()).match_tries_left == 2


async def test_an_unreachable_register_is_not_a_try(world: World, pictured: Caller) -> None:  # F-14, F-18
    world.outside.out_of_order = True
    for _ in range(4):
        refusal = await refusal_of(pictured.check())
        assert (refusal.reason, refusal.code.value) == ("REGISTER_UNAVAILABLE", "UNAVAILABLE")
    world.outside.out_of_order = False
    account = await pictured.account()
    assert (account.match_tries_left, account.identity_state) == (3, resources_pb2.PENDING)
    assert (await pictured.check()).outcome == MATCHED


@pytest.mark.parametrize("config", [{"register_timeout": timedelta(seconds=0.5)}], indirect=True)
async def test_a_slow_register_is_not_a_try(world: World, pictured: Caller) -> None:  # F-18
    late = world.outside.party = asyncio.Barrier(2)
    assert (await refusal_of(pictured.check())).reason == "REGISTER_UNAVAILABLE"
    await late.wait()  # The register answers now, to nobody.
    world.outside.party = None
    assert (await pictured.account()).match_tries_left == 3


async def test_words_the_register_never_says_are_not_a_try(world: World, pictured: Caller) -> None:  # F-18
    world.outside.answers.append("PERHAPS")
    assert (await refusal_of(pictured.check())).reason == "REGISTER_UNAVAILABLE"
    assert (await pictured.account()).match_tries_left == 3


async def test_simultaneous_checks_are_one_try(world: World, pictured: Caller) -> None:  # ID-7
    world.outside.party = asyncio.Barrier(5)
    world.outside.answers.extend(["MISMATCH"] * 5)
    outcomes = await asyncio.gather(*(pictured.check() for _ in range(5)), return_exceptions=True)
    lost = [outcome.reason for outcome in outcomes if isinstance(outcome, RemoteRefusal)]
    assert lost == ["CHECK_OVERTAKEN"] * 4
    assert (await pictured.account()).match_tries_left == 2


@pytest.mark.parametrize("word", ["MISMATCH", "UNKNOWN_PERSON", "MATCH"])
async def test_a_check_whose_answer_was_lost_is_answered_the_same_and_is_no_other_try(  # ID-7, F-10, F-30
    world: World, pictured: Caller, db: Database, word: str
) -> None:
    world.outside.answers.append(word)
    request_id = new_id()
    first = await pictured.check(request_id=request_id)
    # The change was committed; then process or database went, before the answer was kept.
    assert await db.driver.execute("DELETE FROM kept_answers WHERE request_id = $1", request_id) == "DELETE 1"
    assert await pictured.check(request_id=request_id) == first
    assert len(world.outside.questions) == 1
    if word != "MATCH":
        assert (await pictured.account()).match_tries_left == 2
        world.outside.answers.append("MATCH")
        assert (await pictured.check(request_id=new_id())).outcome == MATCHED


async def test_on_the_last_try_simultaneous_checks_never_both_win(world: World, pictured: Caller) -> None:  # ID-7
    world.outside.answers.extend(["MISMATCH", "MISMATCH"])
    for _ in range(2):
        await pictured.check()
    world.outside.party = asyncio.Barrier(2)
    world.outside.answers.extend(["MISMATCH", "MATCH"])
    outcomes = await asyncio.gather(pictured.check(), pictured.check(), return_exceptions=True)
    [won] = [outcome for outcome in outcomes if isinstance(outcome, api.VerifyIdentityResponse)]
    assert [outcome.reason for outcome in outcomes if isinstance(outcome, RemoteRefusal)] == ["CHECK_OVERTAKEN"]
    assert (await pictured.account()).identity_state == won.identity_state


async def test_of_two_connections_with_an_answer_one_is_counted(
    world: World, pictured: Caller, db: Database
) -> None:  # ID-7
    before = await world.deps.candidates.get_candidate(pictured.candidate_id)
    now = world.clock.now()
    answered = [
        with_answer(before, comparison(before), answer, case_id=new_id(), at=now)
        for answer in (RegisterAnswer.MATCH, RegisterAnswer.MISMATCH)
    ]
    async with world.deps.transaction() as other:
        async with world.deps.transaction() as one:
            assert await one.candidates.replace_candidate(before, answered[0])
            second = asyncio.create_task(other.candidates.replace_candidate(before, answered[1]))
            await wait_until_somebody_waits(db)
        assert await second is False


async def test_a_portrait_changed_while_the_register_is_asked_overtakes_its_answer(
    world: World, pictured: Caller
) -> None:  # ID-7
    world.outside.party = asyncio.Barrier(2)
    checking = asyncio.create_task(pictured.check())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not world.outside.questions:
            await asyncio.sleep(0)
    await pictured.upload()
    await world.outside.party.wait()
    assert (await refusal_of(checking)).reason == "CHECK_OVERTAKEN"
    assert (await pictured.account()).match_tries_left == 3


async def test_the_check_needs_a_portrait(world: World) -> None:  # ID-7
    assert (await refusal_of((await world.visitor.register()).check())).reason == "PORTRAIT_MISSING"


async def test_the_portrait_stays_while_a_reviewer_decides(world: World, pictured: Caller) -> None:  # ID-7
    await mismatched_three_times(world, pictured)
    assert (await refusal_of(pictured.upload())).reason == "IDENTITY_FIXED"


@pytest.mark.parametrize("document_type", OTHER_DOCUMENTS)
async def test_other_documents_go_to_a_reviewer_at_once(world: World, document_type: str) -> None:  # ID-8
    caller = await world.visitor.register(people.number_of(document_type), document_type=document_type)
    await caller.upload()
    assert (await caller.account()).match_tries_left == 0
    answer = await caller.check()
    assert (answer.outcome, world.outside.questions) == (SENT_TO_REVIEW, [])
    case = await world.neighbours.case_of(caller.candidate_id)
    assert (case.kind, case.case_id) == (review_pb2.DOCUMENT_TYPE, answer.review_case_id)
    assert (case.organisation, case.candidate_id) == (people.SCHOOL, caller.candidate_id)


@pytest.mark.parametrize("document_type", ["RESIDENT_CARD", "MINOR_RESIDENT_CARD"])
async def test_both_cards_are_compared_by_the_register(world: World, document_type: str) -> None:  # ID-7
    caller = await world.visitor.register(people.number_of(document_type), document_type=document_type)
    await caller.upload()
    assert (await caller.check()).outcome == MATCHED
    assert len(world.outside.questions) == 1


async def test_another_document_goes_to_one_case_however_often_it_is_submitted(world: World) -> None:  # ID-8
    caller = await world.visitor.register(people.permit_number(), document_type="HOME_RETURN_PERMIT")
    await caller.upload()
    answers = await asyncio.gather(*(caller.check() for _ in range(4)))
    assert {answer.outcome for answer in answers} == {SENT_TO_REVIEW}
    assert {answer.review_case_id for answer in answers} == {identity_case_id(caller.candidate_id)}


async def test_another_document_needs_a_portrait_too(world: World) -> None:  # ID-8
    caller = await world.visitor.register(people.permit_number(), document_type="HOME_RETURN_PERMIT")
    assert (await refusal_of(caller.check())).reason == "PORTRAIT_MISSING"


async def test_a_reviewed_document_verifies_the_person_or_does_not(world: World) -> None:  # ID-8, RE-6
    caller = await world.visitor.register(people.number_of("TAIWAN_PERMIT"), document_type="TAIWAN_PERMIT")
    await caller.upload()
    await caller.check()
    for verdict, state in (
        (review_pb2.Decision.ASKED_AGAIN, resources_pb2.UNDER_REVIEW),
        (review_pb2.Decision.REJECTED, resources_pb2.REJECTED),
        (review_pb2.Decision.APPROVED, resources_pb2.VERIFIED),
    ):
        event = decided(caller, verdict)
        event.kind = review_pb2.DOCUMENT_TYPE
        assert await world.deliver(event)
        assert (await caller.account()).identity_state == state


async def test_a_case_is_opened_when_review_is_back(world: World, pictured: Caller) -> None:  # F-13
    world.neighbours.away = True
    assert (await mismatched_three_times(world, pictured)).outcome == SENT_TO_REVIEW
    assert pictured.candidate_id not in {case.candidate_id for case in world.neighbours.cases}
    world.neighbours.away = False
    assert (await world.neighbours.case_of(pictured.candidate_id)).candidate_id == pictured.candidate_id


async def test_an_approval_verifies_and_takes_effect_once(world: World, pictured: Caller) -> None:  # RE-6, F-13
    await mismatched_three_times(world, pictured)
    event, event_id = decided(pictured, review_pb2.Decision.APPROVED), new_id()
    for _ in range(3):
        assert await world.deliver(event, event_id=event_id) == [event_id]
    assert (await pictured.account()).identity_state == resources_pb2.VERIFIED
    verified = await world.neighbours.standing_of(pictured.candidate_id, identity_state=resources_pb2.VERIFIED)
    assert world.neighbours.versions_of(pictured.candidate_id).count(verified.version) == 1


async def test_after_a_rejection_new_proofs_may_still_be_approved(world: World, pictured: Caller) -> None:  # RE-5
    await mismatched_three_times(world, pictured)
    await world.deliver(decided(pictured, review_pb2.Decision.REJECTED))
    assert (await pictured.account()).identity_state == resources_pb2.REJECTED
    assert (await refusal_of(pictured.check())).reason == "IDENTITY_REJECTED"
    await world.deliver(decided(pictured, review_pb2.Decision.APPROVED, submission=2))
    assert (await pictured.account()).identity_state == resources_pb2.VERIFIED


async def test_a_decision_about_something_else_is_taken_and_changes_nothing(
    world: World, pictured: Caller
) -> None:  # RE-6
    event = decided(pictured, review_pb2.Decision.APPROVED)
    event.kind = review_pb2.SPECIAL_MAJOR
    assert await world.deliver(event)
    assert (await pictured.account()).identity_state == resources_pb2.PENDING
