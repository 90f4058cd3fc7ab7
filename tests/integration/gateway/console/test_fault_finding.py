"""The list from which a school or an operator finds fault with photos and details (EN-4), before services as told."""

from google.api import httpbody_pb2
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.identity.v1 import candidate_service_pb2, correction_service_pb2, resources_pb2

from chassis.errors import Code, Refusal
from tests.integration.gateway.logged_in_browser import Browser

SOMEBODY = "019a0000-0000-7000-8000-0000000000dd"
PERSON = f"/console/candidates/{SOMEBODY}"
Correction = resources_pb2.Correction


class CorrectionOpen(Refusal):
    reason = "CORRECTION_OPEN"
    code = Code.FAILED_PRECONDITION
    zh = "该考生已有未完成的更正。"
    en = "A correction of this candidate is open already."


def candidate(state: Correction.State = Correction.STATE_UNSPECIFIED) -> resources_pb2.Candidate:
    return resources_pb2.Candidate(
        candidate_id=SOMEBODY,
        display_name="张三",
        document_type=resources_pb2.RESIDENT_CARD,
        document_number="310110********001X",
        identity_state=resources_pb2.VERIFIED,
        portrait_update_time=Timestamp(seconds=1_800_000_000),
        correction=Correction(state=state, reason=Correction.PHOTO_UNFIT, submissions_left=3) if state else None,
    )


async def test_the_list_shows_whom_the_school_may_look_at_and_passes_filters_on(reviewer: Browser) -> None:  # EN-4
    listed = correction_service_pb2.ListCandidatesResponse(
        candidates=[candidate(Correction.REQUIRED)], next_page_token="further"
    )
    reviewer.services.answers["CorrectionService.ListCandidates"] = listed
    page = await reviewer.get("/console/candidates?state=1&page_token=here")
    assert page.status_code == 200
    assert "张三" in page.text
    assert "需更正" in page.text
    assert PERSON in page.text
    asked = reviewer.asked("CorrectionService/ListCandidates", correction_service_pb2.ListCandidatesRequest)
    assert (asked.correction_state, asked.page_token) == (Correction.REQUIRED, "here")


async def test_a_fault_is_found_beside_the_portrait(reviewer: Browser) -> None:  # EN-4, RE-7
    reviewer.services.answers["CandidateService.GetCandidate"] = candidate()
    reviewer.services.answers["CorrectionService.RequireCorrection"] = candidate(Correction.REQUIRED)
    body = httpbody_pb2.HttpBody(content_type="image/jpeg", data=b"\xff\xd8portrait")
    reviewer.services.answers["CorrectionService.InspectPortrait"] = body
    page = await reviewer.get(PERSON)
    assert f"{PERSON}/portrait" in page.text
    assert (await reviewer.get(f"{PERSON}/portrait")).content == body.data
    sent = await reviewer.send(PERSON, reason=str(Correction.PHOTO_UNFIT), note="背景不是纯色")
    assert (sent.status_code, sent.headers["location"]) == (303, PERSON)
    asked = reviewer.asked("CorrectionService/RequireCorrection", correction_service_pb2.RequireCorrectionRequest)
    assert (asked.candidate_id, asked.reason, asked.note) == (SOMEBODY, Correction.PHOTO_UNFIT, "背景不是纯色")


async def test_what_was_typed_stays_when_it_is_refused(reviewer: Browser) -> None:  # RE-4
    reviewer.services.answers["CandidateService.GetCandidate"] = candidate()
    reviewer.services.answers["CorrectionService.RequireCorrection"] = CorrectionOpen()
    page = await reviewer.send(PERSON, reason="9", note="背景不是纯色")
    assert page.status_code == 400
    assert CorrectionOpen.zh in page.text
    assert "背景不是纯色" in page.text


async def test_the_authority_begins_anew_after_three_rejections(operator: Browser) -> None:  # EN-4, RE-5
    operator.services.answers["CandidateService.GetCandidate"] = candidate(Correction.REFUSED)
    page = await operator.get(f"/operation/corrections/{SOMEBODY}")
    assert "要求更正" in page.text
    asked = operator.asked("CandidateService/GetCandidate", candidate_service_pb2.GetCandidateRequest)
    assert asked.candidate_id == SOMEBODY


async def test_an_open_correction_is_not_asked_for_again(reviewer: Browser) -> None:  # EN-4
    for state in (Correction.REQUIRED, Correction.UNDER_REVIEW, Correction.REFUSED):
        reviewer.services.answers["CandidateService.GetCandidate"] = candidate(state)
        assert "给考生的说明" not in (await reviewer.get(PERSON)).text
