"""What may be selected, and the explanation of a refusal (EN-5, EN-6, EN-12)."""

from dataclasses import replace
from datetime import time

import pytest

from services.enrollment.domain.catalogue import CourseKind, Period, Sitting, half_day
from services.enrollment.domain.choosing import alternatives, choose, why_refused
from services.enrollment.domain.selection import SelectionState
from services.enrollment.errors import (
    CourseAlreadyPassed,
    CourseAlreadySelected,
    CourseNotExamined,
    CourseNotInPlan,
    TimeConflict,
)

ANCIENT_LITERATURE_1 = "00538"  # 24 October, morning
FOREIGN_LITERATURE = "00540"  # 24 October, afternoon
DOCUMENT_WRITING = "03954"  # 24 October, morning
AESTHETICS = "00037"  # 25 October, morning
NONE_PASSED: frozenset[str] = frozenset()


@pytest.fixture
def choosing(catalogue, session, registration):
    def choose_course(code: str, passed: frozenset[str] = NONE_PASSED):
        return choose(catalogue, session, registration, code, passed)

    return choose_course


def test_a_theory_course_takes_its_whole_half_day(choosing) -> None:  # EN-5
    choice = choosing(ANCIENT_LITERATURE_1)
    assert choice.occupies.start.isoformat() == "2026-10-24T00:00:00+08:00"
    assert choice.occupies.end.isoformat() == "2026-10-24T12:00:00+08:00"
    assert (choice.fee_fen, choice.first_state) == (6500, SelectionState.DRAFT)


def test_morning_and_afternoon_meet_without_overlapping(catalogue, session) -> None:  # EN-5
    day = catalogue.sittings[session.session_id, "*", AESTHETICS].day
    assert not half_day(day, Period.AM).overlaps(half_day(day, Period.PM))


def test_a_practice_course_takes_its_own_time(catalogue, session, registration) -> None:  # EN-6
    nursing = replace(registration, school_code="10246", major_code="101101")
    choice = choose(catalogue, session, nursing, "13205", NONE_PASSED)
    assert choice.occupies.start.isoformat() == "2026-10-31T10:30:00+08:00"
    assert choice.first_state is SelectionState.AWAITING_SCHOOL


def test_a_practice_course_without_a_time_conflicts_with_nothing(choosing) -> None:  # EN-6
    choice = choosing("10196")
    assert choice.occupies is None
    assert choice.fee_fen == 40_000


def test_a_school_that_reviews_practice_does_so_before_payment(catalogue, session, registration) -> None:  # EN-10
    computing = replace(registration, school_code="10247", major_code="080901")
    assert choose(catalogue, session, computing, "13014", NONE_PASSED).first_state is SelectionState.UNDER_REVIEW


def test_two_practice_sittings_share_a_half_day(session) -> None:  # EN-5
    def sitting(starts: time, ends: time):
        day = session.registration_end.date()
        return Sitting(session.session_id, "*", "1", day, Period.AM, starts, ends).occupies(CourseKind.SCHOOL_PRACTICE)

    early, late = sitting(time(8, 30), time(10)), sitting(time(10), time(12))
    assert not early.overlaps(late)
    assert sitting(time(9), time(11)).overlaps(early)


def test_a_course_outside_the_plan_is_refused(choosing) -> None:  # EN-5
    with pytest.raises(CourseNotInPlan):
        choosing("03708")


def test_a_passed_course_is_refused(choosing) -> None:  # EN-5
    with pytest.raises(CourseAlreadyPassed):
        choosing(AESTHETICS, frozenset({AESTHETICS}))


def test_a_theory_course_without_a_sitting_is_refused(catalogue, session, registration) -> None:  # EN-5
    bare = replace(catalogue, sittings={})
    with pytest.raises(CourseNotExamined):
        choose(bare, session, registration, AESTHETICS, NONE_PASSED)


def test_a_refused_overlap_names_the_rival_the_half_day_and_alternatives(
    choosing, catalogue, session, selected
) -> None:  # EN-12
    live = [selected(ANCIENT_LITERATURE_1)]
    refusal = why_refused(choosing(DOCUMENT_WRITING), live, catalogue, session, NONE_PASSED)
    assert isinstance(refusal, TimeConflict)
    assert refusal.metadata["rival_course_code"] == ANCIENT_LITERATURE_1
    assert (refusal.metadata["date"], refusal.metadata["period"]) == ("2026-10-24", "AM")
    assert AESTHETICS in refusal.metadata["alternative_course_codes"].split(",")
    assert "中国古代文学史（一）" in refusal.message("zh-CN")


def test_every_alternative_can_be_selected(choosing, catalogue, session, selected) -> None:  # EN-12
    live = [selected(ANCIENT_LITERATURE_1), selected(FOREIGN_LITERATURE)]
    offered = alternatives(choosing(DOCUMENT_WRITING), live, catalogue, session, NONE_PASSED)
    assert offered
    for other in offered:
        assert all(not held.occupies.overlaps(other.occupies) for held in live)


def test_the_same_course_under_another_registration_is_refused(choosing, catalogue, session, selected) -> None:  # PA-7
    live = [selected(AESTHETICS, registration_id="r-2")]
    refusal = why_refused(choosing(AESTHETICS), live, catalogue, session, NONE_PASSED)
    assert isinstance(refusal, CourseAlreadySelected)


def test_what_stands_in_the_way_no_more_is_no_refusal(choosing, catalogue, session) -> None:
    assert why_refused(choosing(AESTHETICS), [], catalogue, session, NONE_PASSED) is None
