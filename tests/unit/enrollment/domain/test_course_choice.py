"""What may be selected (EN-5, EN-6), and what must be passed first (EN-1)."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from services.enrollment.domain.catalogue import CourseEquivalent, CourseKind, Period, Sitting, half_day
from services.enrollment.domain.course_rules.course_choice import choose
from services.enrollment.domain.course_rules.prerequisites import counted
from services.enrollment.domain.selections import SelectionState
from services.enrollment.errors import (
    CourseAlreadyPassed,
    CourseNotExamined,
    CourseNotInPlan,
    PrerequisiteNotPassed,
)

ANCIENT_LITERATURE_1 = "00538"  # 24 October, morning
FOREIGN_LITERATURE = "00540"  # 24 October, afternoon
DOCUMENT_WRITING = "03954"  # 24 October, morning
AESTHETICS = "00037"  # 25 October, morning
THESIS = "10196"  # after all others
NONE_PASSED: frozenset[str] = frozenset()


def all_others(catalogue) -> frozenset[str]:
    return frozenset(catalogue.plans["10269", "050101"].courses) - {THESIS}


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
    choice = choose(catalogue, session, nursing, "13205", frozenset({"13204"}))
    assert choice.occupies.start.isoformat() == "2026-10-31T10:30:00+08:00"
    assert choice.first_state is SelectionState.AWAITING_SCHOOL


def test_a_practice_course_without_a_time_conflicts_with_nothing(catalogue, choosing) -> None:  # EN-6
    choice = choosing(THESIS, all_others(catalogue))
    assert choice.occupies is None
    assert choice.fee_fen == 40_000


def test_a_school_that_reviews_practice_does_so_before_payment(catalogue, session, registration) -> None:  # EN-10
    computing = replace(registration, school_code="10247", major_code="080901")
    assert (
        choose(catalogue, session, computing, "13014", frozenset({"13013"})).first_state is SelectionState.UNDER_REVIEW
    )


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


def test_a_course_belongs_to_the_plan_while_it_is_in_force(catalogue, session, registration) -> None:  # EN-1
    key = registration.school_code, registration.major_code
    plan = catalogue.plans[key]

    def with_dates(**dates: date):
        dated = replace(plan.courses[AESTHETICS], **dates)
        changed = replace(plan, courses={**plan.courses, AESTHETICS: dated})
        return replace(catalogue, plans={**catalogue.plans, key: changed})

    day = catalogue.sitting(session.session_id, registration.school_code, AESTHETICS).day
    assert choose(with_dates(effective_from=day, effective_until=day), session, registration, AESTHETICS, NONE_PASSED)
    for dates in ({"effective_from": day + timedelta(days=1)}, {"effective_until": day - timedelta(days=1)}):
        with pytest.raises(CourseNotInPlan):
            choose(with_dates(**dates), session, registration, AESTHETICS, NONE_PASSED)


def test_a_passed_course_is_refused(choosing) -> None:  # EN-5
    with pytest.raises(CourseAlreadyPassed):
        choosing(AESTHETICS, frozenset({AESTHETICS}))


def test_a_pass_under_the_old_code_is_a_pass(choosing) -> None:  # EN-15, F-25
    with pytest.raises(CourseAlreadyPassed):
        choosing("15043", frozenset({"03708"}))


def test_a_pass_counts_through_every_change_of_the_plan(catalogue) -> None:  # EN-15
    plan = catalogue.plans["10269", "050101"]
    chain = (
        CourseEquivalent("*", ("11111",), ("22222",)),
        CourseEquivalent("*", ("22222",), (AESTHETICS,)),
        CourseEquivalent("*", (AESTHETICS,), (ANCIENT_LITERATURE_1, FOREIGN_LITERATURE)),
    )
    holds = counted(replace(plan, equivalents=chain), frozenset({"11111"}))
    assert holds.course_codes == {AESTHETICS}
    assert holds.known == {"11111", "22222", AESTHETICS}
    assert holds.exemptions == ((ANCIENT_LITERATURE_1, FOREIGN_LITERATURE),)


def test_a_theory_course_without_a_sitting_is_refused(catalogue, session, registration) -> None:  # EN-5
    bare = replace(catalogue, sittings={})
    with pytest.raises(CourseNotExamined):
        choose(bare, session, registration, AESTHETICS, NONE_PASSED)


def lack(refused) -> tuple[str, str]:
    return refused.value.metadata["missing_course_codes"], refused.value.metadata["missing_count"]


def test_a_practice_part_is_taken_after_its_theory_course(catalogue, session, registration) -> None:  # EN-1
    nursing = replace(registration, school_code="10246", major_code="101101")
    with pytest.raises(PrerequisiteNotPassed) as refused:
        choose(catalogue, session, nursing, "13205", NONE_PASSED)
    assert lack(refused) == ("13204", "1")
    assert f"13204 {catalogue.courses['13204'].name}" in refused.value.message("zh")  # EN-12


def test_a_pass_under_the_old_code_counts_as_the_theory_course(catalogue, session, registration) -> None:  # EN-1
    nursing = replace(registration, school_code="10246", major_code="101101")
    (old,) = [
        equivalent.old_course_codes
        for equivalent in catalogue.plans["10246", "101101"].equivalents
        if equivalent.new_course_codes == ("13206",)
    ]
    assert choose(catalogue, session, nursing, "13207", frozenset(old)).course.course_code == "13207"


def test_the_thesis_is_taken_when_all_others_are_passed(catalogue, choosing) -> None:  # EN-1
    with pytest.raises(PrerequisiteNotPassed) as refused:
        choosing(THESIS, all_others(catalogue) - {AESTHETICS})
    assert lack(refused) == (AESTHETICS, "1")
    assert choosing(THESIS, all_others(catalogue)).course.course_code == THESIS


def test_all_others_asks_of_a_group_what_the_plan_does(catalogue, choosing) -> None:  # EN-1
    without_japanese = all_others(catalogue) - {"14970"}  # G1 asks for one of English and Japanese
    assert choosing(THESIS, without_japanese).course.course_code == THESIS
    with pytest.raises(PrerequisiteNotPassed) as refused:
        choosing(THESIS, without_japanese - {"13000"})
    assert lack(refused) == ("", "1")


def test_a_course_after_eight_others_counts_them(catalogue, session, registration) -> None:  # EN-1
    english = replace(registration, school_code="10271", major_code="050201")
    others = sorted(set(catalogue.plans["10271", "050201"].courses) - {"13161"})
    with pytest.raises(PrerequisiteNotPassed) as refused:
        choose(catalogue, session, english, "13161", frozenset(others[:6]))
    assert lack(refused) == ("", "2")
    assert choose(catalogue, session, english, "13161", frozenset(others[:8])).course.course_code == "13161"
