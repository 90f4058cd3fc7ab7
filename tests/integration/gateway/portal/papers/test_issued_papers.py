"""Candidates have papers issued and download them; a real process draws them (EN-18)."""

from datetime import UTC, datetime

import pypdfium2
import pytest
from zikao.enrollment.v1 import (
    catalogue_pb2,
    catalogue_service_pb2,
    paper_service_pb2,
    resources_pb2,
)
from zikao.identity.v1 import resources_pb2 as identity_pb2

from chassis.errors import NotFound
from gateway.errors import PaperNotDrawn
from gateway.portal.papers import document_process
from tests.integration.gateway.logged_in_browser import ME, Browser

PAPER_ID = "019a0000-0000-7000-8000-0000000000f1"
REGISTRATION = "019a0000-0000-7000-8000-0000000000f2"
CODE = "7K2M-9QXA-B3CD-EF45-GH67-JK89"
Paper = paper_service_pb2.Paper
Selection = resources_pb2.Selection


@pytest.fixture
def paper(candidate: Browser) -> Paper:
    """A confirmation of one course, of a candidate without a portrait."""
    answers = candidate.services.answers
    session = catalogue_pb2.ExamSession(session_id="2026-10", state=catalogue_pb2.ExamSession.OPEN)
    answers["CatalogueService.ListSessions"] = catalogue_service_pb2.ListSessionsResponse(sessions=[session])
    overview = resources_pb2.SessionOverview(session=session)
    overview.registrations.add(registration_id=REGISTRATION, major_name="汉语言文学", school_name="华东师范大学")
    overview.selections.add(registration_id=REGISTRATION, state=Selection.DRAFT)
    answers["EnrollmentService.GetSessionOverview"] = overview
    made = Paper(
        paper_id=PAPER_ID,
        kind=Paper.CONFIRMATION,
        session_id="2026-10",
        session_name_zh="2026 年 10 月考期",
        school_name="华东师范大学",
        major_code="050101",
        major_name="汉语言文学",
        ticket_number="026000000123",
        check_code=CODE,
        holds=True,
    )
    made.create_time.FromDatetime(datetime(2026, 10, 1, 7, 30, tzinfo=UTC))
    course = made.courses.add(course_code="00037", course_name="美学", course_kind=catalogue_pb2.Course.THEORY)
    course.fee_fen = 6500
    course.start_time.FromDatetime(datetime(2026, 10, 25, 1, tzinfo=UTC))
    course.end_time.FromDatetime(datetime(2026, 10, 25, 3, 30, tzinfo=UTC))
    answers["PaperService.ListPapers"] = paper_service_pb2.ListPapersResponse(papers=[made])
    answers["PaperService.GetPaper"] = made
    answers["CandidateService.GetCandidate"] = identity_pb2.Candidate(
        candidate_id=ME, display_name="测试甲", document_number="11010519491231002X"
    )
    return made


async def test_a_paper_is_offered_once_it_has_something_to_state(candidate: Browser, paper: Paper) -> None:  # EN-18
    form, confirmation = f'name="kind" value="{Paper.REGISTRATION_FORM}"', f'name="kind" value="{Paper.CONFIRMATION}"'
    overview = candidate.services.answers["EnrollmentService.GetSessionOverview"]
    assert isinstance(overview, resources_pb2.SessionOverview)

    async def offered() -> tuple[bool, bool]:
        page = (await candidate.get("/papers")).text
        return form in page, confirmation in page

    assert await offered() == (True, False)
    overview.selections[0].state = Selection.EFFECTIVE
    assert await offered() == (True, True)
    overview.selections[0].state = Selection.VOID
    assert await offered() == (False, False)


async def test_issuing_leads_to_the_document(candidate: Browser, paper: Paper) -> None:  # EN-18, GW-4
    candidate.services.answers["PaperService.IssuePaper"] = paper
    asked = {"registration_id": REGISTRATION, "session_id": "2026-10", "kind": str(int(Paper.CONFIRMATION))}
    answer = await candidate.send("/papers", **asked)
    assert answer.headers["location"] == f"/papers/{PAPER_ID}/document"
    sent = candidate.asked("PaperService/IssuePaper", paper_service_pb2.IssuePaperRequest)
    assert (sent.registration_id, sent.session_id, sent.kind) == (REGISTRATION, "2026-10", Paper.CONFIRMATION)


async def test_a_download_is_a_pdf_that_says_whose_it_is_and_what_counts(candidate: Browser, paper: Paper) -> None:
    # EN-18
    answer = await candidate.get(f"/papers/{PAPER_ID}/document")
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/pdf", "no-store")
    assert answer.headers["content-disposition"] == 'attachment; filename="confirmation-2026-10.pdf"'
    with pypdfium2.PdfDocument(answer.content) as document:
        text = document[0].get_textpage().get_text_range()
    told = ("测试甲", "11010519491231002X", "026000000123", "00037 美学", "周日 09:00–11:30", "2026-10-01 15:30", CODE)
    assert [part for part in told if part not in text] == []


async def test_what_no_longer_holds_is_not_drawn_and_says_since_when(candidate: Browser, paper: Paper) -> None:
    # EN-18
    paper.holds = False
    paper.end_time.FromDatetime(datetime(2026, 10, 9, 4, tzinfo=UTC))
    candidate.services.answers["PaperService.ListPapers"] = paper_service_pb2.ListPapersResponse(papers=[paper])
    answer = await candidate.get(f"/papers/{PAPER_ID}/document")
    assert answer.headers["location"] == "/papers"
    page = (await candidate.get("/papers")).text
    assert [word in page for word in ("已失效", "2026-10-09 12:00", "/document")] == [True, True, False]


async def test_what_cannot_be_drawn_is_said_and_harms_nobody_else(
    candidate: Browser, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:  # EN-18, GW-7
    monkeypatch.setattr(document_process, "MOST_SECONDS", 0.01)
    answer = await candidate.get(f"/papers/{PAPER_ID}/document")
    assert (answer.status_code, PaperNotDrawn.zh in answer.text) == (503, True)


async def test_a_check_tells_anybody_whether_a_paper_holds_and_no_more(candidate: Browser, paper: Paper) -> None:
    # EN-18
    found = paper_service_pb2.PaperCheck(
        kind=paper.kind,
        session_name_zh=paper.session_name_zh,
        masked_name="测**",
        document_number_ending="002X",
        courses=paper.courses,
        create_time=paper.create_time,
        holds=True,
    )
    candidate.services.answers["PaperService.CheckPaper"] = found
    candidate.http.cookies.clear()
    page = (await candidate.get(f"/papers/check?check_code={CODE}")).text
    assert [word in page for word in ("仍然有效", "测**", "002X", "美学")] == [True] * 4
    found.holds = False
    assert "已失效" in (await candidate.get(f"/papers/check?check_code={CODE}")).text


async def test_a_code_of_nothing_is_something_to_mend(candidate: Browser) -> None:  # EN-18
    candidate.http.cookies.clear()
    candidate.services.answers["PaperService.CheckPaper"] = NotFound()
    assert (await candidate.get("/papers/check")).status_code == 200
    answer = await candidate.get("/papers/check?check_code=0000")
    assert (answer.status_code, "没有文件使用这个验证码" in answer.text) == (400, True)
