"""A sampled decision is judged again by somebody else (RE-9)."""

from zikao.review.v1 import resources_pb2

from tests.integration.gateway.console.review_cases import CASE
from tests.integration.gateway.logged_in_browser import Browser


async def test_a_second_review_is_judged_and_says_whether_both_agree(reviewer: Browser) -> None:  # RE-9
    path = f"/console/second-reviews/{CASE}/1"
    reviewer.services.answers["ReviewService.DecideSecondReview"] = resources_pb2.SecondReview()
    answer = await reviewer.send(path, verdict="1")
    assert answer.headers["location"] == path
    judged = resources_pb2.SecondReview(case_id=CASE, submission=1, kind=1, agreed=True)
    judged.decision.verdict = resources_pb2.Decision.APPROVED
    reviewer.services.answers["ReviewService.GetSecondReview"] = judged
    assert "与第一位审核员的决定一致。" in (await reviewer.get(path)).text
