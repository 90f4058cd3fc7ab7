"""Every course of a plan as a session offers it: to be chosen, or why not (EN-16)."""

from dataclasses import replace

import pytest

from services.enrollment.domain.catalogue import Catalogue, CourseKind
from services.enrollment.domain.course_rules.course_offers import CourseOffer, OfferState, course_offers
from services.enrollment.domain.course_rules.selection_alternatives import refusal_context
from services.enrollment.domain.gates import GateContext
from services.enrollment.domain.graduation.plan_progress import plan_progress

AESTHETICS = "00037"  # 25 October, morning
ANCIENT_LITERATURE_1, DOCUMENT_WRITING = "00538", "03954"  # both 24 October, morning
POLITICS, OLD_POLITICS = "15043", "03708"
THESIS = "10196"  # after all others, without a date
NURSING = ("10246", "101101")
EARLY_PRACTICE, LATE_PRACTICE = "13207", "13205"


@pytest.fixture
def offers(catalogue, session, registration, ready, now):
    def offer(
        *live, passed: frozenset[str] = frozenset(), place=registration, on: Catalogue = catalogue
    ) -> dict[str, CourseOffer]:
        facts = replace(ready, passed=passed, registrations=(place,))
        around = refusal_context(GateContext("c-1", facts, on, session, now), live)
        return {one.course.course_code: one for one in course_offers(place, around)}

    return offer


def test_every_course_of_the_plan_is_offered_or_says_why_not(offers, selected, catalogue) -> None:  # EN-16
    held = selected(ANCIENT_LITERATURE_1)
    found = offers(held, passed=frozenset({OLD_POLITICS}))
    assert (found[AESTHETICS].state, found[AESTHETICS].fee_fen) == (OfferState.SELECTABLE, 6500)
    assert (found[ANCIENT_LITERATURE_1].state, found[ANCIENT_LITERATURE_1].selection) == (OfferState.SELECTED, held)
    assert (found[DOCUMENT_WRITING].state, found[DOCUMENT_WRITING].selection) == (OfferState.TIME_TAKEN, held)
    assert found[POLITICS].state is OfferState.PASSED  # EN-15: by an equivalent
    assert found[THESIS].state is OfferState.REFUSED
    assert AESTHETICS in found[THESIS].refusal.metadata["missing_course_codes"]
    assert found.keys() == catalogue.plans["10269", "050101"].courses.keys()


def test_a_course_that_the_session_does_not_examine_says_so(offers, catalogue) -> None:  # EN-16
    assert offers(on=replace(catalogue, sittings={}))[AESTHETICS].state is OfferState.NOT_EXAMINED


def test_a_course_without_a_date_can_be_chosen(offers, catalogue) -> None:  # EN-16, EN-6
    others = frozenset(catalogue.plans["10269", "050101"].courses) - {THESIS}
    thesis = offers(passed=others)[THESIS]
    assert (thesis.state, thesis.sitting, thesis.fee_fen) == (OfferState.SELECTABLE, None, 40_000)


def test_two_practice_courses_side_by_side_in_one_half_day_are_both_offered(
    offers, catalogue, session, registration, selected
) -> None:  # EN-16, EN-5
    nursing = replace(registration, school_code=NURSING[0], major_code=NURSING[1])
    early = catalogue.sitting(session.session_id, NURSING[0], EARLY_PRACTICE)  # 08:30 to 10:00, the other from 10:30
    taken = early.occupies(CourseKind.SCHOOL_PRACTICE)
    held = replace(selected(AESTHETICS), course_code=EARLY_PRACTICE, occupies=taken)
    found = offers(held, passed=frozenset({"13204", "13206"}), place=nursing)
    assert found[EARLY_PRACTICE].state is OfferState.SELECTED
    assert found[LATE_PRACTICE].state is OfferState.SELECTABLE
    assert found[LATE_PRACTICE].sitting.period is early.period


def test_progress_counts_equivalents_once(catalogue, registration) -> None:  # EN-15
    both = plan_progress(catalogue, registration, frozenset({OLD_POLITICS, POLITICS, AESTHETICS}))
    assert both.counted_course_codes == (AESTHETICS, POLITICS)
    assert both.earned_credits == sum(catalogue.courses[code].credits for code in (AESTHETICS, POLITICS))
    assert both.min_total_credits == catalogue.majors["050101"].min_total_credits
