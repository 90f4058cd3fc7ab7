"""A case's page shows what review and identity answer, and sends on what was pressed."""

import time

from google.api import httpbody_pb2
from zikao.identity.v1 import case_candidate_service_pb2
from zikao.review.v1 import resources_pb2, review_service_pb2

from chassis.errors import Code, NotFound, Refusal, StaleEtag
from tests.integration.gateway.console.review_cases import CASE, OTHER_CASE, SOMEBODY, Case, CaseClaimed, case
from tests.integration.gateway.logged_in_browser import ME, Browser

PATH = f"/console/cases/{CASE}"


class DecisionInEffect(Refusal):
    reason = "DECISION_IN_EFFECT"
    code = Code.FAILED_PRECONDITION
    zh = "该决定已生效，不能撤销。"
    en = "The decision has taken effect."


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


async def test_images_stand_under_their_names_and_what_was_not_handed_in_is_said(reviewer: Browser) -> None:  # RE-10
    reviewer.services.answers["ReviewService.GetCase"] = case(Case.CLAIMED, claimed_by=ME)
    page = (await reviewer.get(PATH)).text
    assert "<strong>2. 证件正面</strong>" in page
    assert "毕业证书：未交" in page


async def test_a_special_major_shows_its_conditions_beside_the_proofs(reviewer: Browser) -> None:  # RE-10, EN-4
    shown = case(Case.CLAIMED, claimed_by=ME, subject_name="护理学")
    shown.kind = resources_pb2.SPECIAL_MAJOR
    shown.conditions.add(fact_zh="在岗临床护理人员", alternative_group="A")
    reviewer.services.answers["ReviewService.GetCase"] = shown
    page = (await reviewer.get(PATH)).text
    assert "特殊专业报考条件 · 护理学" in page
    assert "在岗临床护理人员" in page


async def test_an_earlier_round_is_shown_as_a_difference(reviewer: Browser) -> None:  # RE-5, RE-10
    shown = case(Case.CLAIMED, claimed_by=ME)
    shown.submission = 2
    shown.materials.add(material_id="m2", kind="DOCUMENT_FRONT", required_image_id="DOCUMENT_FRONT", submission=2)
    shown.materials.add(material_id="m3", kind="CERTIFICATE", required_image_id="CERTIFICATE", submission=1)
    shown.decisions.add(submission=1, verdict=resources_pb2.Decision.REJECTED, reason=1, note="模糊")
    reviewer.services.answers["ReviewService.GetCase"] = shown
    page = (await reviewer.get(PATH)).text
    difference = page[page.index("与上次相比") : page.index("照片与证明材料")]
    assert ["模糊" in difference, "已更换" in difference, "沿用" in difference] == [True, True, True]
    assert f'href="{PATH}/materials/m1"' in difference
    assert f'<img src="{PATH}/materials/m2"' in page
    assert f'<img src="{PATH}/materials/m3"' in page  # what stands is decided on, whenever it came
    assert f'<img src="{PATH}/materials/m1"' not in page  # a look is recorded: replaced images are links


def decided(seconds: int, state: Case.State = Case.REJECTED) -> Case:
    """A case that was decided just now, in effect after so many seconds."""
    made = case(state)
    made.decisions.add(submission=1, verdict=resources_pb2.Decision.REJECTED, reason=1)
    made.effect_time.FromSeconds(int(time.time()) + seconds)
    return made


async def test_after_a_decision_the_next_case_comes_by_itself_with_a_way_to_undo(reviewer: Browser) -> None:
    # RE-4, RE-12
    reviewer.services.answers["ReviewService.DecideCase"] = decided(600)
    waiting = review_service_pb2.ListCasesResponse(cases=[case(case_id=OTHER_CASE)])
    reviewer.services.answers["ReviewService.ListCases"] = waiting
    reviewer.services.answers["ReviewService.ClaimCase"] = case(Case.CLAIMED, OTHER_CASE, ME)
    answer = await reviewer.send(f"{PATH}/decide", verdict="2", reason="1", note=" 请重拍 ", etag="etag-1")
    following = answer.headers["location"]
    assert following.startswith(f"/console/cases/{OTHER_CASE}?decided={CASE}&verdict=2&until=")
    asked = reviewer.asked("ReviewService/DecideCase", review_service_pb2.DecideCaseRequest)
    assert (asked.verdict, asked.reason, asked.note, asked.etag) == (2, 1, "请重拍", "etag-1")
    reviewer.services.answers["ReviewService.GetCase"] = case(Case.CLAIMED, OTHER_CASE, ME)
    page = (await reviewer.get(following)).text
    assert f'action="{PATH}/undo"' in page
    assert f'name="following" value="{OTHER_CASE}"' in page


async def test_nothing_is_offered_to_undo_once_it_is_in_effect(reviewer: Browser) -> None:  # RE-12
    reviewer.services.answers["ReviewService.ListCases"] = review_service_pb2.ListCasesResponse()
    reviewer.services.answers["ReviewService.DecideCase"] = decided(0)
    answer = await reviewer.send(f"{PATH}/decide", verdict="2", reason="1", etag="etag-1")
    assert answer.headers["location"].startswith("/console?")
    assert "/undo" not in (await reviewer.get(answer.headers["location"])).text
    for made_up in ("/console?decided=x&until=soon", "/console?decided=&until=99999999999"):
        assert "/undo" not in (await reviewer.get(made_up)).text


async def test_undo_gives_the_case_back_and_the_one_that_came_after_it(reviewer: Browser) -> None:  # RE-12
    reviewer.services.answers["ReviewService.UndoDecision"] = case(Case.CLAIMED, claimed_by=ME)
    reviewer.services.answers["ReviewService.ReleaseCase"] = case(case_id=OTHER_CASE)
    answer = await reviewer.send(f"{PATH}/undo", following=OTHER_CASE)
    assert answer.headers["location"] == PATH
    asked = reviewer.asked("ReviewService/ReleaseCase", review_service_pb2.ReleaseCaseRequest)
    assert asked.case_id == OTHER_CASE


async def test_an_undo_that_comes_too_late_shows_the_case_and_says_so(reviewer: Browser) -> None:  # RE-12
    reviewer.services.answers["ReviewService.UndoDecision"] = DecisionInEffect()
    reviewer.services.answers["ReviewService.GetCase"] = case(Case.REJECTED)
    answer = await reviewer.send(f"{PATH}/undo")
    assert (answer.status_code, DecisionInEffect.zh in answer.text) == (409, True)


async def test_the_address_and_no_input_says_what_is_decided(reviewer: Browser) -> None:  # RE-4
    reviewer.services.answers["ReviewService.DecideCase"] = decided(0)
    reviewer.services.answers["ReviewService.ListCases"] = review_service_pb2.ListCasesResponse()
    await reviewer.send(f"{PATH}/decide", case_id=OTHER_CASE, verdict="nonsense", etag="etag-1")
    asked = reviewer.asked("ReviewService/DecideCase", review_service_pb2.DecideCaseRequest)
    assert (asked.case_id, asked.verdict, asked.etag) == (CASE, 0, "etag-1")


async def test_an_approval_has_no_reason(reviewer: Browser) -> None:
    reviewer.services.answers["ReviewService.DecideCase"] = decided(0, Case.APPROVED)
    reviewer.services.answers["ReviewService.ListCases"] = review_service_pb2.ListCasesResponse()
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
