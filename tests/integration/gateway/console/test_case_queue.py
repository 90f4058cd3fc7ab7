"""The queue shows what review answers, and gives out what nobody has (RE-4)."""

from collections.abc import Awaitable, Callable

import httpx
from zikao.review.v1 import resources_pb2, review_service_pb2

from chassis.errors import Refusal
from tests.integration.gateway.console.review_cases import OTHER_CASE, SOMEBODY, Case, CaseClaimed, case
from tests.integration.gateway.logged_in_browser import ME, Browser


def queue(*cases: Case, next_page_token: str = "") -> review_service_pb2.ListCasesResponse:
    return review_service_pb2.ListCasesResponse(cases=cases, next_page_token=next_page_token)


def one_by_one(*answers: Case | Refusal) -> Callable[[], Awaitable[Case | Refusal]]:
    left = list(answers)

    async def answer() -> Case | Refusal:
        return left.pop(0)

    return answer


async def test_the_console_is_for_reviewers_only(http: httpx.AsyncClient, operator: Browser) -> None:  # RE-2
    answer = await operator.get("/console")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fconsole")


async def test_the_queue_says_who_has_what(reviewer: Browser) -> None:  # RE-4
    mine, other = case(Case.CLAIMED, claimed_by=ME), case(Case.CLAIMED, OTHER_CASE, SOMEBODY)
    reviewer.services.answers["ReviewService.ListCases"] = queue(mine, other, next_page_token="further")
    page = (await reviewer.get("/console?kind=1&state=3&mine=yes")).text
    assert page.count('<tr class="mine">') == 1
    assert "其他审核员" in page
    assert SOMEBODY not in page
    assert "/console?kind=1&amp;state=3&amp;mine=yes&amp;page_token=further" in page
    asked = reviewer.asked("ReviewService/ListCases", review_service_pb2.ListCasesRequest)
    assert (asked.kind, asked.state, asked.mine) == (resources_pb2.IDENTITY_PROOF, Case.CLAIMED, True)


async def test_a_case_past_its_deadline_is_marked(reviewer: Browser) -> None:  # RE-4
    late = case()
    late.deadline.FromSeconds(1_000_000_000)
    reviewer.services.answers["ReviewService.ListCases"] = queue(late)
    assert "已超期" in (await reviewer.get("/console")).text


async def test_the_next_case_is_one_that_nobody_took_meanwhile(reviewer: Browser) -> None:  # RE-4
    reviewer.services.answers["ReviewService.ListCases"] = queue(case(), case(case_id=OTHER_CASE))
    reviewer.services.answers["ReviewService.ClaimCase"] = one_by_one(CaseClaimed(), case(case_id=OTHER_CASE))
    answer = await reviewer.send("/console/next")
    assert answer.headers["location"] == f"/console/cases/{OTHER_CASE}"


async def test_a_finished_queue_says_so_calmly(reviewer: Browser) -> None:  # RE-4
    reviewer.services.answers["ReviewService.ListCases"] = queue()
    figures = resources_pb2.ReviewFigures(organisation="10269", own_today=5)
    reviewer.services.answers["ReviewService.GetReviewFigures"] = figures
    answer = await reviewer.send("/console/next")
    assert answer.headers["location"] == "/console"
    page = await reviewer.get("/console")
    assert (page.status_code, 'role="alert"' in page.text, "今天您已审完 5 件" in page.text) == (200, False, True)


async def test_rows_can_be_told_apart(reviewer: Browser) -> None:  # RE-4, ID-19
    row = case(display_name="王**", subject_name="护理学")
    row.submission = 2
    reviewer.services.answers["ReviewService.ListCases"] = queue(row)
    page = (await reviewer.get("/console")).text
    assert [word in page for word in ("王**", "· 护理学", "第 2 次")] == [True, True, True]
    assert "<strong>12</strong> 件待审" in page
