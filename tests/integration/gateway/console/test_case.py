"""A case's page shows what review and identity answer, and sends on what was pressed."""

from google.api import httpbody_pb2
from zikao.identity.v1 import case_candidate_service_pb2
from zikao.review.v1 import resources_pb2, review_service_pb2

from chassis.errors import Code, NotFound, Refusal, StaleEtag
from tests.integration.gateway.console.review_cases import CASE, OTHER_CASE, SOMEBODY, Case, CaseClaimed, case
from tests.integration.gateway.logged_in_browser import ME, Browser

PATH = f"/console/cases/{CASE}"


class Away(Refusal):
    reason = "UPSTREAM_UNAVAILABLE"
    code = Code.UNAVAILABLE
    zh = "服务暂不可用。"
    en = "The service is away."


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


async def test_the_address_and_no_input_says_what_is_decided(reviewer: Browser) -> None:  # RE-4
    reviewer.services.answers["ReviewService.DecideCase"] = case(Case.REJECTED)
    await reviewer.send(f"{PATH}/decide", case_id=OTHER_CASE, verdict="nonsense", etag="etag-1")
    asked = reviewer.asked("ReviewService/DecideCase", review_service_pb2.DecideCaseRequest)
    assert (asked.case_id, asked.verdict, asked.etag) == (CASE, 0, "etag-1")


async def test_an_approval_has_no_reason(reviewer: Browser) -> None:
    reviewer.services.answers["ReviewService.DecideCase"] = case(Case.APPROVED)
    await reviewer.send(f"{PATH}/decide", verdict="1", reason="3", etag="etag-1")
    assert reviewer.asked("ReviewService/DecideCase", review_service_pb2.DecideCaseRequest).reason == 0


async def test_a_stale_decision_shows_the_case_as_it_is_and_keeps_what_was_typed(reviewer: Browser) -> None:  # RE-4
    reviewer.services.answers["ReviewService.DecideCase"] = StaleEtag()
    reviewer.services.answers["ReviewService.GetCase"] = case(Case.CLAIMED, claimed_by=ME)
    answer = await reviewer.send(f"{PATH}/decide", verdict="2", reason="2", note="缺反面", etag="etag-1")
    assert answer.status_code == 409
    assert StaleEtag.zh in answer.text
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
