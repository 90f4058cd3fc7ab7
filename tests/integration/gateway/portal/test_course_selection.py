"""The courses' page: what a session offers, what changed, one press for a draft, and what could be instead (EN-16)."""

from collections.abc import Sequence

import pytest
from zikao.common.v1 import half_day_pb2
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2, enrollment_service_pb2, resources_pb2

from chassis.errors import Unmet
from services.enrollment.errors import CheckoutRefused, TimeConflict
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import Browser

HERE, THERE = "019a0000-0000-7000-8000-000000000001", "019a0000-0000-7000-8000-000000000002"
HELD, ORDER = "019a0000-0000-7000-8000-0000000000c1", "019a0000-0000-7000-8000-0000000000d1"
COURSES = "/sessions/2027-04/courses"
OVERVIEW, OFFERS = "EnrollmentService.GetSessionOverview", "EnrollmentService.ListCourseOffers"
Selection, Offer, Session = resources_pb2.Selection, resources_pb2.CourseOffer, catalogue_pb2.ExamSession
Course = catalogue_pb2.Course
MORNING = catalogue_pb2.Sitting(
    half_day=half_day_pb2.HalfDay(date="2027-04-10", period=half_day_pb2.AM), start_time={"seconds": 1_807_318_800}
)


def offer(code: str, name: str, state: Offer.State, kind: Course.Kind = Course.THEORY, **fields: object) -> Offer:
    course = Course(course_code=code, display_name=name, kind=kind)
    return Offer(course=course, state=state, fee_fen=7000, **fields)  # type: ignore[arg-type]


def selection(state: Selection.State, kind: Course.Kind = Course.THEORY, **fields: object) -> Selection:
    named = {"selection_id": HELD, "course_code": "00037", "course_name": "美学", "sitting": MORNING, **fields}
    return Selection(state=state, course_kind=kind, **named)  # type: ignore[arg-type]


@pytest.fixture
def candidate(candidate: Browser, services: Services) -> Browser:
    """A candidate with two registrations in an open session, where a thesis can be chosen."""
    services.answers["CatalogueService.ListDistricts"] = catalogue_service_pb2.ListDistrictsResponse()
    later = Session(session_id="2027-10", display_name_zh="十月考期")
    services.answers["CatalogueService.ListSessions"] = catalogue_service_pb2.ListSessionsResponse(sessions=[later])
    notice = catalogue_pb2.Text(body_zh="请于周五前到教务处缴费。")
    services.answers["CatalogueService.GetText"] = notice
    shows(services, [], [offer("10196", "毕业论文", Offer.SELECTABLE, Course.SCHOOL_PRACTICE)])
    return candidate


def shows(
    services: Services,
    selections: Sequence[Selection],
    offers: Sequence[Offer],
    **fields: object,
) -> None:
    registrations = [
        resources_pb2.Registration(registration_id=one, school_name=name)
        for one, name in ((HERE, "甲校"), (THERE, "乙校"))
    ]
    services.answers[OVERVIEW] = resources_pb2.SessionOverview(
        session=Session(session_id="2027-04", state=Session.OPEN),
        registrations=registrations,
        selections=selections,
        **fields,  # type: ignore[arg-type]
    )
    services.answers[OFFERS] = enrollment_service_pb2.ListCourseOffersResponse(offers=offers)


async def test_a_course_without_a_date_can_be_chosen_and_says_who_collects_its_fee(candidate: Browser) -> None:  # EN-16
    page = (await candidate.get(COURSES)).text
    assert "时间待公布" in page
    assert "费用由主考学校收取" in page
    assert "请于周五前到教务处缴费。" in page
    assert 'aria-label="选择 毕业论文"' in page


async def test_whatever_can_be_taken_back_has_a_button(candidate: Browser, services: Services) -> None:  # EN-16
    for removable in (True, False):
        held = selection(Selection.AWAITING_SCHOOL, Course.SCHOOL_PRACTICE, removable=removable)
        shown = offer("00037", "美学", Offer.SELECTED, Course.SCHOOL_PRACTICE, selection_id=HELD, sitting=MORNING)
        shows(services, [held], [shown])
        assert ('aria-label="取消 美学"' in (await candidate.get(COURSES)).text) is removable


async def test_a_draft_becomes_an_order_by_one_press_that_shows_what_changed(
    candidate: Browser, services: Services
) -> None:  # EN-16, EN-14, EN-15
    changed = resources_pb2.SessionOverview.Change(selection_id=HELD, old_fee_fen=6500, fee_fen=7000)
    shown = offer("00037", "美学", Offer.SELECTED, selection_id=HELD, sitting=MORNING)
    shows(services, [selection(Selection.PREPARED)], [shown], changes=[changed], draft_total_fen=7000)
    page = (await candidate.get(COURSES)).text
    assert "65.00 → 70.00" in page
    assert f'action="{COURSES}/confirm"' in page
    confirmed = resources_pb2.SessionOverview(unsettled_checkout=resources_pb2.Checkout(order_id=ORDER))
    services.answers["EnrollmentService.ConfirmDraft"] = confirmed
    answer = await candidate.send(f"{COURSES}/confirm", request_id=ORDER, total_fen="7000")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/orders/{ORDER}")
    asked = candidate.asked("EnrollmentService/ConfirmDraft", enrollment_service_pb2.ConfirmDraftRequest)
    assert (asked.session_id, asked.request_id, asked.total_fen) == ("2027-04", ORDER, 7000)


async def test_a_refused_checkout_names_every_course_and_why(candidate: Browser, services: Services) -> None:  # EN-15
    retired = Unmet("COURSE_NOT_EXAMINED", HELD, "本考期不开考美学。", "Not examined.")
    services.answers["EnrollmentService.CheckOut"] = CheckoutRefused(unmet=[retired], count="1")
    answer = await candidate.send("/sessions/2027-04/checkout", request_id=ORDER, total_fen="6500", selection_id=HELD)
    assert answer.status_code == 400
    assert "本考期不开考美学。" in answer.text


async def test_what_could_be_selected_instead_is_one_press_away(
    candidate: Browser, services: Services
) -> None:  # EN-12
    offers = [
        offer("00538", "文学史", Offer.TIME_TAKEN, selection_id=HELD, sitting=MORNING),
        offer("00541", "语言学", Offer.SELECTABLE, sitting=MORNING),
    ]
    shows(services, [selection(Selection.DRAFT, removable=True)], offers)
    services.answers["EnrollmentService.CreateSelection"] = TimeConflict(
        course_code="00538",
        course_name="文学史",
        rival_course_name="美学",
        rival_selection_id=HELD,
        date="2027-04-10",
        period="AM",
        alternative_course_codes="00541",
        alternative_session_ids="2027-10",
        alternative_registration_ids=THERE,
    )
    page = (await candidate.send(f"{COURSES}/select", registration_id=HERE, course_code="00538")).text
    for words in ("换掉冲突的课程：美学", "改选：语言学", "改在此校选报：乙校", "改报考期：十月考期"):
        assert f"{words}</button>" in page
    assert 'action="/sessions/2027-10/courses/select"' in page


@pytest.mark.parametrize(("removable", "button"), [(True, "换成此课"), (False, "查看替代")])
async def test_a_course_that_cannot_be_had_leads_to_what_can(
    candidate: Browser, services: Services, removable: bool, button: str
) -> None:  # EN-12
    offers = [
        offer("00538", "文学史", Offer.TIME_TAKEN, selection_id=HELD, sitting=MORNING),
        offer("00541", "语言学", Offer.NOT_EXAMINED),
    ]
    shows(services, [selection(Selection.RESERVED, removable=removable)], offers)
    page = (await candidate.get(COURSES)).text
    assert f'aria-label="{button} 文学史"' in page
    assert 'aria-label="查看替代 语言学"' in page


async def test_after_payment_a_course_can_be_appended(candidate: Browser, services: Services) -> None:  # EN-9
    shows(services, [selection(Selection.EFFECTIVE)], [])
    page = (await candidate.get(COURSES)).text
    assert "追加课程</a>" in page
    assert "去结算" not in page


async def test_the_menu_leads_to_the_courses_of_the_session_in_question(
    candidate: Browser, services: Services
) -> None:  # EN-16
    sessions = [Session(session_id="2026-10", state=Session.CLOSED), Session(session_id="2027-04", state=Session.OPEN)]
    services.answers["CatalogueService.ListSessions"] = catalogue_service_pb2.ListSessionsResponse(sessions=sessions)
    answer = await candidate.get("/courses")
    assert (answer.status_code, answer.headers["location"]) == (303, COURSES)
