"""A case whose subject is gone is in nobody's way any more (RE-4)."""

import asyncio

import grpc
import pytest
from zikao.review.v1 import resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from chassis.ids import new_id
from tests.integration.review.conftest import SCHOOL, Review
from tests.integration.review.refusals import reason_of, refused
from tests.integration.review.test_claims_and_decisions import entries_of

WITHDRAWN = resources_pb2.Case.WITHDRAWN


async def withdraw(review: Review, case_id: str) -> resources_pb2.Case:
    """Enrollment says that what the case is about is gone."""
    return await review.identity.call("WithdrawCase", pb.WithdrawCaseRequest(case_id=case_id))


async def test_a_withdrawn_case_is_in_no_queue_and_noted_once(review: Review) -> None:  # RE-4, RE-7
    case = await review.submitted(kind="PRACTICE_COURSE", organisation="10272")
    first = await withdraw(review, case.case_id)
    assert (first.state, first.submissions_left) == (WITHDRAWN, 0)
    assert await withdraw(review, case.case_id) == first
    assert not (await review.reviewer("10272").call("ListCases", pb.ListCasesRequest())).cases
    actions = [entry.note.action.value for entry in await entries_of(review, case.case_id)]
    assert actions.count("CASE_WITHDRAWN") == 1


async def test_whoever_has_it_gets_a_conflict_that_says_why(review: Review) -> None:  # RE-4
    case, reviewer = await review.submitted(kind="PRACTICE_COURSE"), review.reviewer()
    claimed = await reviewer.claim(case.case_id)
    await withdraw(review, case.case_id)
    with pytest.raises(grpc.aio.AioRpcError) as refusal:
        await reviewer.decide(claimed)
    assert (refusal.value.code(), reason_of(refusal.value)) == (grpc.StatusCode.ABORTED, "CASE_WITHDRAWN")
    await refused(reviewer.claim(case.case_id), "CASE_WITHDRAWN")
    await refused(review.hand_in(case), "CASE_WITHDRAWN")
    await refused(review.submit(case), "CASE_WITHDRAWN")
    look = pb.GetMaterialRequest(case_id=case.case_id, material_id=case.materials[0].material_id)
    await refused(reviewer.call("GetMaterial", look), "CASE_NOT_CLAIMED")


async def test_an_approval_stands(review: Review) -> None:  # RE-6
    case, reviewer = await review.submitted(kind="PRACTICE_COURSE"), review.reviewer()
    approved = await reviewer.decide(await reviewer.claim(case.case_id))
    assert (await withdraw(review, case.case_id)).state == approved.state == resources_pb2.Case.APPROVED


async def test_of_a_decision_and_a_withdrawal_at_once_one_stands(review: Review) -> None:  # RE-4, F-14
    for _ in range(8):
        case, reviewer = await review.submitted(kind="PRACTICE_COURSE"), review.reviewer()
        claimed = await reviewer.claim(case.case_id)
        decided, withdrawn = await asyncio.gather(
            reviewer.decide(claimed), withdraw(review, case.case_id), return_exceptions=True
        )
        refusals = [one for one in (decided, withdrawn) if isinstance(one, grpc.aio.AioRpcError)]
        known = await review.reviewer(SCHOOL).call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
        if known.state == WITHDRAWN:
            assert [reason_of(one) in ("CASE_WITHDRAWN", "STALE_ETAG") for one in refusals] == [True]
        else:
            assert (known.state, refusals) == (resources_pb2.Case.APPROVED, [])


async def test_a_case_that_is_still_to_be_opened_is_withdrawn_later(review: Review) -> None:  # RE-6
    await refused(withdraw(review, new_id()), "NOT_FOUND")
