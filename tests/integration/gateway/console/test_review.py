"""The reviewers' pages show what review answers, and send on what was pressed."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from google.api import httpbody_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.enrollment.v1 import catalogue_service_pb2
from zikao.identity.v1 import case_candidate_service_pb2
from zikao.identity.v1 import resources_pb2 as identity_pb2
from zikao.review.v1 import resources_pb2, review_service_pb2

from chassis.errors import Code, NotFound, Refusal
from tests.integration.gateway.logged_in_browser import ME, Browser

CASE = "019a0000-0000-7000-8000-0000000000c1"
OTHER_CASE = "019a0000-0000-7000-8000-0000000000c2"
SOMEBODY = "019a0000-0000-7000-8000-0000000000dd"
PATH = f"/console/cases/{CASE}"
Case = resources_pb2.Case
LATER = Timestamp(seconds=2_000_000_000)


class CaseClaimed(Refusal):
    reason = "CASE_CLAIMED"
    code = Code.ABORTED
    zh = "另一位审核员正在审核此件。"
    en = "Another reviewer has this case."


class Away(Refusal):
    reason = "UPSTREAM_UNAVAILABLE"
    code = Code.UNAVAILABLE
    zh = "服务暂不可用。"
    en = "The service is away."


class StaleEtag(Refusal):
    reason = "STALE_ETAG"
    code = Code.ABORTED
    zh = "内容已被他人修改。"
    en = "It has changed meanwhile."


def case(state: Case.State = Case.WAITING, case_id: str = CASE, claimed_by: str = "", **others: object) -> Case:
    material = resources_pb2.Material(material_id="m1", kind=resources_pb2.Material.DOCUMENT_FRONT, submission=1)
    made = Case(
        case_id=case_id,
        kind=resources_pb2.IDENTITY_PROOF,
        organisation="10269",
        state=state,
        submission=1,
        submissions_left=2,
        deadline=LATER,
        claimed_by=claimed_by,
        claim_expire_time=LATER if claimed_by else None,
        materials=[material],
        display_name="张三",
        etag="etag-2",
    )
    made.MergeFrom(Case(**others))  # type: ignore[arg-type]
    return made


@pytest.fixture
def reviewer(reviewer: Browser) -> Browser:
    """A reviewer, whom identity shows the candidate of their cases."""
    person = identity_pb2.Candidate(
        display_name="张三", document_type="RESIDENT_CARD", document_number="110101199003074514", phone="+86*******5678"
    )
    person.portrait_update_time.FromSeconds(1_790_000_000)
    reviewer.services.answers["CaseCandidateService.GetCaseCandidate"] = person
    return reviewer


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


async def test_an_empty_queue_is_said_to_be_empty(reviewer: Browser) -> None:
    reviewer.services.answers["ReviewService.ListCases"] = queue()
    assert "暂无待领取的审核件" in (await reviewer.send("/console/next")).text


async def test_proofs_are_shown_to_who_has_claimed_the_case(reviewer: Browser) -> None:  # RE-3, RE-7
    reviewer.services.answers["ReviewService.GetCase"] = case()
    assert "<img" not in (await reviewer.get(PATH)).text
    reviewer.services.answers["ReviewService.GetCase"] = case(Case.CLAIMED, claimed_by=SOMEBODY)
    page = (await reviewer.get(PATH)).text
    assert "<img" not in page
    assert "data-judge" not in page
    reviewer.services.answers["ReviewService.GetCase"] = case(Case.CLAIMED, claimed_by=ME)
    page = (await reviewer.get(PATH)).text
    assert f'<img src="{PATH}/materials/m1"' in page
    assert "张三" in page


async def test_the_portrait_and_the_particulars_stand_beside_the_proofs(reviewer: Browser) -> None:  # RE-7
    reviewer.services.answers["ReviewService.GetCase"] = case(Case.CLAIMED, claimed_by=ME)
    page = (await reviewer.get(PATH)).text
    assert page.index(f'<img src="{PATH}/portrait"') < page.index(f'<img src="{PATH}/materials/m1"')
    assert "110101199003074514" in page
    request = case_candidate_service_pb2.GetCaseCandidateRequest
    assert reviewer.asked("CaseCandidateService/GetCaseCandidate", request).case_id == CASE


async def test_nobody_looks_at_the_person_before_the_case_is_theirs(reviewer: Browser) -> None:  # RE-3, RE-7
    reviewer.services.answers["ReviewService.GetCase"] = case()
    assert "/portrait" not in (await reviewer.get(PATH)).text
    assert not [one for one in reviewer.services.asked if "CaseCandidateService" in one.path]


async def test_a_case_can_be_judged_while_identity_is_away(reviewer: Browser) -> None:
    reviewer.services.answers["ReviewService.GetCase"] = case(Case.CLAIMED, claimed_by=ME)
    reviewer.services.answers["CaseCandidateService.GetCaseCandidate"] = Away()
    page = (await reviewer.get(PATH)).text
    assert "暂时读不到考生登记的信息和照片" in page
    assert "data-judge" in page


async def test_a_portrait_is_kept_by_no_browser(reviewer: Browser) -> None:  # RE-3
    body = httpbody_pb2.HttpBody(content_type="image/jpeg", data=b"\xff\xd8")
    reviewer.services.answers["CaseCandidateService.GetCasePortrait"] = body
    answer = await reviewer.get(f"{PATH}/portrait")
    assert (answer.content, answer.headers["cache-control"]) == (b"\xff\xd8", "no-store")


async def test_an_image_seen_with_somebody_else_is_flagged(reviewer: Browser) -> None:  # RE-8
    same = resources_pb2.Duplicate(case_id=OTHER_CASE, exact=True)
    shown = case(Case.CLAIMED, claimed_by=ME)
    shown.materials[0].duplicates.append(same)
    reviewer.services.answers["ReviewService.GetCase"] = shown
    page = (await reviewer.get(PATH)).text
    assert "与其他考生的图片完全相同" in page
    assert f'href="/console/cases/{OTHER_CASE}"' in page


async def test_earlier_submissions_stay_in_sight(reviewer: Browser) -> None:  # RE-5
    shown = case(Case.CLAIMED, claimed_by=ME)
    shown.materials.add(material_id="m2", kind=resources_pb2.Material.OTHER, submission=2)
    shown.decisions.add(submission=1, verdict=resources_pb2.Decision.REJECTED, reason=1, note="模糊")
    reviewer.services.answers["ReviewService.GetCase"] = shown
    page = (await reviewer.get(PATH)).text
    assert page.index("materials/m2") < page.index("以往提交") < page.index("模糊")
    assert '<img src="/console/cases/' in page
    assert f'<img src="{PATH}/materials/m1"' not in page  # a look is recorded: old images are links


async def test_a_decision_goes_with_the_version_that_was_looked_at(reviewer: Browser) -> None:  # RE-4
    reviewer.services.answers["ReviewService.DecideCase"] = case(Case.REJECTED)
    answer = await reviewer.send(f"{PATH}/decide", verdict="2", reason="1", note=" 请重拍 ", etag="etag-1")
    assert (answer.status_code, answer.headers["location"]) == (303, PATH)
    asked = reviewer.asked("ReviewService/DecideCase", review_service_pb2.DecideCaseRequest)
    assert (asked.verdict, asked.reason, asked.note, asked.etag) == (2, 1, "请重拍", "etag-1")


async def test_an_approval_has_no_reason(reviewer: Browser) -> None:
    reviewer.services.answers["ReviewService.DecideCase"] = case(Case.APPROVED)
    await reviewer.send(f"{PATH}/decide", verdict="1", reason="3", etag="etag-1")
    assert reviewer.asked("ReviewService/DecideCase", review_service_pb2.DecideCaseRequest).reason == 0


async def test_a_stale_decision_shows_the_case_as_it_is_and_keeps_what_was_typed(reviewer: Browser) -> None:  # RE-4
    reviewer.services.answers["ReviewService.DecideCase"] = StaleEtag()
    reviewer.services.answers["ReviewService.GetCase"] = case(Case.CLAIMED, claimed_by=ME)
    answer = await reviewer.send(f"{PATH}/decide", verdict="2", reason="2", note="缺反面", etag="etag-1")
    assert answer.status_code == 409
    assert "内容已被他人修改" in answer.text
    assert "缺反面" in answer.text
    assert 'name="etag" value="etag-2"' in answer.text


async def test_a_case_that_somebody_else_took_says_so(reviewer: Browser) -> None:  # RE-4
    reviewer.services.answers["ReviewService.ClaimCase"] = CaseClaimed()
    reviewer.services.answers["ReviewService.GetCase"] = case(Case.CLAIMED, claimed_by=SOMEBODY)
    answer = await reviewer.send(f"{PATH}/claim")
    assert answer.status_code == 409
    assert "其他审核员正在审核" in answer.text


async def test_a_case_of_another_school_is_not_found(reviewer: Browser) -> None:  # RE-2
    reviewer.services.answers["ReviewService.GetCase"] = NotFound()
    assert (await reviewer.get(PATH)).status_code == 404


async def test_an_image_is_kept_by_no_browser(reviewer: Browser) -> None:  # RE-3
    body = httpbody_pb2.HttpBody(content_type="image/jpeg", data=b"\xff\xd8")
    reviewer.services.answers["ReviewService.GetMaterial"] = body
    answer = await reviewer.get(f"{PATH}/materials/m1")
    assert (answer.content, answer.headers["cache-control"]) == (b"\xff\xd8", "no-store")


async def test_a_second_review_is_judged_and_says_whether_both_agree(reviewer: Browser) -> None:  # RE-9
    path = f"/console/second-reviews/{CASE}/1"
    reviewer.services.answers["ReviewService.DecideSecondReview"] = resources_pb2.SecondReview()
    answer = await reviewer.send(path, verdict="1")
    assert answer.headers["location"] == path
    judged = resources_pb2.SecondReview(case_id=CASE, submission=1, kind=1, agreed=True)
    judged.decision.verdict = resources_pb2.Decision.APPROVED
    reviewer.services.answers["ReviewService.GetSecondReview"] = judged
    assert "与第一位审核员的决定一致。" in (await reviewer.get(path)).text


async def test_the_figures_are_drawn_and_told(reviewer: Browser) -> None:  # RE-9
    figures = resources_pb2.ReviewFigures(organisation="10269", waiting=3, overdue=1, double_reviewed=4, agreed=3)
    reviewer.services.answers["ReviewService.GetReviewFigures"] = figures
    page = (await reviewer.get("/console/figures?days=7")).text
    assert "75%" in page
    assert page.count('class="name"') == 7
    assert reviewer.asked("ReviewService/GetReviewFigures", review_service_pb2.GetReviewFiguresRequest).days == 7


async def test_decisions_are_exported_as_a_file(reviewer: Browser) -> None:  # RE-9
    body = httpbody_pb2.HttpBody(content_type="text/csv", data=b"case_id\n")
    reviewer.services.answers["ReviewService.ExportCases"] = body
    answer = await reviewer.get("/console/export?from_date=2026-10-01&until_date=")
    assert answer.headers["content-disposition"].startswith("attachment")
    asked = reviewer.asked("ReviewService/ExportCases", review_service_pb2.ExportCasesRequest)
    assert (asked.from_date, asked.until_date) == ("2026-10-01", "")


async def test_the_exam_authority_has_no_practice_courses(reviewer: Browser) -> None:  # RE-2
    reviewer.services.answers["CatalogueService.ListSessions"] = catalogue_service_pb2.ListSessionsResponse()
    reviewer.services.answers["ReviewService.GetReviewFigures"] = resources_pb2.ReviewFigures(organisation="AUTHORITY")
    assert "实践课程由各主考学校办理" in (await reviewer.get("/console/practice")).text
