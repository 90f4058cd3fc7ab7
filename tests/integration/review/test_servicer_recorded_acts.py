"""What each RPC by which staff change something, or look at a person, leaves in review's audit log: one entry, with
who, on whom and why (RE-7, RE-11, ID-19). Which RPCs these are is read off the contracts.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from zikao.review.v1 import resources_pb2

from chassis.postgres.database import Database
from chassis.rpc.client import Peer
from tests.integration.review.caller import Caller
from tests.integration.review.conftest import StartReview
from tests.integration.review.running_review import RunningReview
from tests.support.staff_acts import Act, StaffMember, answer_and_note, check_note, recorded_rpcs

RPCS: Final = recorded_rpcs("review")
TEN_SECONDS: Final = timedelta(seconds=10)

Ready = Callable[["Staff"], Awaitable[Act]]


class Staff:
    """The running service, and those who work at it."""

    def __init__(self, review: RunningReview, peer: Peer) -> None:
        self.review, self._peer = review, peer

    def acting(self, who: Caller) -> StaffMember:
        return StaffMember(self._peer, RPCS, who.token, who.person_id)

    def act(self, who: Caller, case: resources_pb2.Case, **values: Any) -> Act:
        """What somebody does to a case."""
        return Act(self.acting(who), case.case_id, {"case_id": case.case_id, **values}, case.candidate_id)


async def with_submitted(staff: Staff) -> Act:
    return staff.act(staff.review.reviewer(), await staff.review.submitted())


async def with_claimed(staff: Staff) -> Act:
    reviewer = staff.review.reviewer()
    case = await reviewer.claim((await staff.review.submitted()).case_id)
    return staff.act(reviewer, case)


async def deciding(staff: Staff) -> Act:
    reviewer = staff.review.reviewer()
    case = await reviewer.claim((await staff.review.submitted()).case_id)
    return staff.act(reviewer, case, verdict="REJECTED", reason="IMAGE_UNREADABLE", etag=case.etag)


async def undoing(staff: Staff) -> Act:
    reviewer = staff.review.reviewer()
    return staff.act(reviewer, await staff.review.approved(reviewer))


async def reopening(staff: Staff) -> Act:
    """A case that was rejected as often as one may try."""
    case, reviewer = await staff.review.submitted(), staff.review.reviewer()
    for last in (False, False, True):
        case = await reviewer.decide(await reviewer.claim(case.case_id), "REJECTED", "IMAGE_UNREADABLE")
        staff.review.clock.advance(TEN_SECONDS)
        if not last:
            await staff.review.hand_in(case)
            case = await staff.review.submit(case)
    return staff.act(staff.review.operator, case, reason="the papers came by post")


async def looking_at_an_image(staff: Staff) -> Act:
    reviewer = staff.review.reviewer()
    case = await reviewer.claim((await staff.review.submitted()).case_id)
    return staff.act(reviewer, case, material_id=case.materials[0].material_id)


async def of_a_candidate(staff: Staff) -> Act:
    case = await staff.review.submitted()
    values = {"candidate_id": case.candidate_id}
    return Act(staff.acting(staff.review.operator), case.case_id, values, case.candidate_id)


async def second_review(staff: Staff, **values: Any) -> Act:
    case = await staff.review.approved(staff.review.reviewer())
    staff.review.clock.advance(TEN_SECONDS)
    return staff.act(staff.review.reviewer(), case, submission=1, **values)


async def judging_again(staff: Staff) -> Act:
    return await second_review(staff, verdict="REJECTED", reason="PERSON_MISMATCH")


async def exporting(staff: Staff) -> Act:
    day = staff.review.clock.now().date().isoformat()
    return Act(staff.acting(staff.review.reviewer()), "", {"from_date": day, "until_date": day})


ACTS: Final[dict[str, Ready]] = {
    "GetCase": with_submitted,
    "ListCandidateCases": of_a_candidate,
    "ClaimCase": with_submitted,
    "ReleaseCase": with_claimed,
    "DecideCase": deciding,
    "UndoDecision": undoing,
    "ReopenCase": reopening,
    "GetMaterial": looking_at_an_image,
    "GetSecondReview": second_review,
    "DecideSecondReview": judging_again,
    "ExportCases": exporting,
}


@pytest.mark.parametrize("rpc", RPCS)
async def test_what_staff_do_leaves_one_entry_with_who_on_whom_and_why(  # RE-7, RE-11, ID-19
    start_review: StartReview, db: Database, rpc: str
) -> None:
    async with start_review(double_review_share=1.0, undo_time=TEN_SECONDS) as review:
        act = await ACTS[rpc](Staff(review, review.peer))
        _, note = await answer_and_note(db, rpc, act)
    check_note(note, RPCS[rpc], act)
