"""A case whose subject is gone is in nobody's way any more (RE-4)."""

from zikao.review.v1 import resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from chassis.errors import Code, Refusal
from chassis.ids import new_id
from tests.integration.review.running_review import SCHOOL, RunningReview
from tests.support.refusals import race, refusal_of

WITHDRAWN = resources_pb2.Case.WITHDRAWN


async def withdraw(review: RunningReview, case_id: str) -> resources_pb2.Case:
    """Enrollment says that what the case is about is gone."""
    return await review.enrollment.call("WithdrawCase", pb.WithdrawCaseRequest(case_id=case_id))


async def test_a_withdrawn_case_is_in_no_queue_and_noted_once(review: RunningReview) -> None:  # RE-4, RE-7
    case = await review.submitted(kind="PRACTICE_COURSE", organisation="10272")
    first = await withdraw(review, case.case_id)
    assert (first.state, first.submissions_left) == (WITHDRAWN, 0)
    assert await withdraw(review, case.case_id) == first
    assert not (await review.reviewer("10272").call("ListCases", pb.ListCasesRequest())).cases
    actions = [entry.note.action.value for entry in await review.audit_entries(case.case_id)]
    assert actions.count("CASE_WITHDRAWN") == 1


async def test_whoever_has_it_gets_a_conflict_that_says_why(review: RunningReview) -> None:  # RE-4
    case, reviewer = await review.submitted(kind="PRACTICE_COURSE"), review.reviewer()
    claimed = await reviewer.claim(case.case_id)
    await withdraw(review, case.case_id)
    refusal = await refusal_of(reviewer.decide(claimed))
    assert (refusal.code, refusal.reason) == (Code.ABORTED, "CASE_WITHDRAWN")
    assert (await refusal_of(reviewer.claim(case.case_id))).reason == "CASE_WITHDRAWN"
    assert (await refusal_of(review.hand_in(case))).reason == "CASE_WITHDRAWN"
    assert (await refusal_of(review.submit(case))).reason == "CASE_WITHDRAWN"
    look = pb.GetMaterialRequest(case_id=case.case_id, material_id=case.materials[0].material_id)
    assert (await refusal_of(reviewer.call("GetMaterial", look))).reason == "CASE_NOT_CLAIMED"


async def test_an_approval_stands(review: RunningReview) -> None:  # RE-6
    case, reviewer = await review.submitted(kind="PRACTICE_COURSE"), review.reviewer()
    approved = await reviewer.decide(await reviewer.claim(case.case_id))
    assert (await withdraw(review, case.case_id)).state == approved.state == resources_pb2.Case.APPROVED


async def test_of_a_decision_and_a_withdrawal_at_once_one_stands(review: RunningReview) -> None:  # RE-4, F-14
    for _ in range(8):
        case, reviewer = await review.submitted(kind="PRACTICE_COURSE"), review.reviewer()
        claimed = await reviewer.claim(case.case_id)
        decided, withdrawn = await race(reviewer.decide(claimed), withdraw(review, case.case_id))
        refusals = [one for one in (decided, withdrawn) if isinstance(one, Refusal)]
        known = await review.reviewer(SCHOOL).call("GetCase", pb.GetCaseRequest(case_id=case.case_id))
        if known.state == WITHDRAWN:
            assert [one.reason in ("CASE_WITHDRAWN", "STALE_ETAG") for one in refusals] == [True]
        else:
            assert (known.state, refusals) == (resources_pb2.Case.APPROVED, [])


async def test_a_case_that_is_still_to_be_opened_is_withdrawn_later(review: RunningReview) -> None:  # RE-6
    assert (await refusal_of(withdraw(review, new_id()))).reason == "NOT_FOUND"
