"""Why a selection is refused, and what could be selected instead (EN-12)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from services.enrollment.domain.catalogue import Catalogue
from services.enrollment.domain.course_rules.course_choice import choose
from services.enrollment.domain.course_rules.selection_alternatives import (
    RefusalContext,
    alternatives,
    explained,
    why_refused,
)
from services.enrollment.domain.selections import Selection
from services.enrollment.errors import (
    CourseAlreadySelected,
    CourseNotExamined,
    PrerequisiteNotPassed,
    TimeConflict,
)

ANCIENT_LITERATURE_1 = "00538"  # 24 October, morning
FOREIGN_LITERATURE = "00540"  # 24 October, afternoon
DOCUMENT_WRITING = "03954"  # 24 October, morning
AESTHETICS = "00037"  # 25 October, morning
STAFF = "120206"
LABORATORY = "14106"  # 31 October, 13:00, at every school
NONE_PASSED: frozenset[str] = frozenset()
LATER = "2027-04"


@pytest.fixture
def around(catalogue, session, registration, now) -> Callable[..., RefusalContext]:
    """Makes the situation of a candidate with these live selections."""

    def make(live: Sequence[Selection] = (), in_catalogue: Catalogue = catalogue, **changes: object) -> RefusalContext:
        situation = RefusalContext(in_catalogue, session, (registration,), NONE_PASSED, live, now)
        return replace(situation, **changes)

    return make


@pytest.fixture
def choosing(catalogue, session, registration):
    def choose_course(code: str):
        return choose(catalogue, session, registration, code, NONE_PASSED)

    return choose_course


def with_later_session(catalogue: Catalogue) -> Catalogue:
    """The catalogue with the same session half a year later, announced."""
    days = timedelta(days=26 * 7)
    first = catalogue.sessions["2026-10"]
    later = replace(
        first,
        session_id=LATER,
        registration_start=first.registration_start + days,
        registration_end=first.registration_end + days,
    )
    moved = {
        (LATER, school, code): replace(sitting, session_id=LATER, day=sitting.day and sitting.day + days)
        for (_, school, code), sitting in catalogue.sittings.items()
    }
    fees = {(LATER, item): amount for (_, item), amount in catalogue.fees.items()}
    return replace(
        catalogue,
        sessions={**catalogue.sessions, LATER: later},
        sittings={**catalogue.sittings, **moved},
        fees={**catalogue.fees, **fees},
    )


def test_a_refused_overlap_names_the_rival_its_sitting_and_alternatives(choosing, around, selected) -> None:  # EN-12
    refusal = why_refused(choosing(DOCUMENT_WRITING), around([selected(ANCIENT_LITERATURE_1)]))
    assert isinstance(refusal, TimeConflict)
    assert refusal.metadata["rival_course_code"] == ANCIENT_LITERATURE_1
    assert refusal.metadata["rival_session_id"] == "2026-10"
    assert (refusal.metadata["date"], refusal.metadata["period"]) == ("2026-10-24", "AM")
    assert refusal.metadata["rival_start_time"] == "2026-10-24T00:00:00+08:00"
    assert AESTHETICS in refusal.metadata["alternative_course_codes"].split(",")
    assert "中国古代文学史（一）" in refusal.message("zh-CN")


def test_another_session_that_examines_the_course_is_an_alternative(
    catalogue, choosing, around, selected
) -> None:  # EN-12
    both = with_later_session(catalogue)
    wanted, live = choosing(DOCUMENT_WRITING), [selected(ANCIENT_LITERATURE_1)]
    assert alternatives(wanted.course, wanted.registration, around(live, both)).session_ids == (LATER,)
    taken = replace(
        selected(ANCIENT_LITERATURE_1),
        occupies=choose(both, both.sessions[LATER], wanted.registration, ANCIENT_LITERATURE_1, NONE_PASSED).occupies,
        session_id=LATER,
    )
    assert alternatives(wanted.course, wanted.registration, around([*live, taken], both)).session_ids == ()


def test_a_session_whose_window_is_over_is_none(catalogue, choosing, around, selected) -> None:  # EN-12, F-15
    both = with_later_session(catalogue)
    over = both.sessions[LATER].registration_end
    wanted = choosing(DOCUMENT_WRITING)
    found = alternatives(wanted.course, wanted.registration, around([selected(ANCIENT_LITERATURE_1)], both, now=over))
    assert found.session_ids == ()


def test_another_sitting_at_the_school_of_another_registration_is_an_alternative(
    catalogue, session, registration, around
) -> None:  # EN-12, EN-6
    here = replace(registration, school_code="10272", major_code=STAFF)
    there = replace(registration, registration_id="r-2", school_code="10280", major_code=STAFF)
    sitting = catalogue.sitting(session.session_id, "10280", LABORATORY)
    own = replace(sitting, school_code="10280", day=sitting.day + timedelta(days=1))
    moved = replace(catalogue, sittings={**catalogue.sittings, (session.session_id, "10280", LABORATORY): own})
    wanted = choose(moved, session, here, LABORATORY, NONE_PASSED)
    rival = _holding(wanted, session)
    found = alternatives(wanted.course, here, around([rival], moved, registrations=(here, there)))
    assert found.registration_ids == ("r-2",)


def _holding(choice, session) -> Selection:
    """A live selection of another course at the very time of `choice`."""
    return Selection(
        selection_id="s-1",
        candidate_id="c-1",
        registration_id="r-9",
        session_id=session.session_id,
        course_code="13968",
        course_kind=choice.course.kind,
        fee_fen=1,
        state=choice.first_state,
        occupies=choice.occupies,
        create_time=session.registration_start,
        update_time=session.registration_start,
    )


def test_every_alternative_is_free_and_its_own_prerequisites_are_met(choosing, around, selected, catalogue) -> None:
    # EN-12, EN-1
    live = [selected(ANCIENT_LITERATURE_1), selected(FOREIGN_LITERATURE)]
    wanted = choosing(DOCUMENT_WRITING)
    offered = alternatives(wanted.course, wanted.registration, around(live)).course_codes
    assert offered
    for code in offered:
        assert all(not held.occupies.overlaps(choosing(code).occupies) for held in live)


def test_a_course_that_is_not_examined_here_names_the_sessions_that_do(
    catalogue, registration, around
) -> None:  # EN-12
    both = with_later_session(catalogue)
    bare = replace(both, sittings={key: held for key, held in both.sittings.items() if key[0] == LATER})
    refusal = CourseNotExamined(course_code=AESTHETICS, course_name="美学", session_id="2026-10")
    told = explained(refusal, catalogue.courses[AESTHETICS], registration, around((), bare))
    assert isinstance(told, CourseNotExamined)
    assert told.metadata["alternative_session_ids"] == LATER
    assert told.message("en") == refusal.message("en")


def test_a_missing_prerequisite_offers_practice_courses_that_can_be_taken(
    catalogue, registration, around
) -> None:  # EN-12, EN-1
    staff = replace(registration, school_code="10272", major_code=STAFF)
    refusal = PrerequisiteNotPassed(
        course_code="13968", course_name="实践", missing_course_codes="13967", missing_count="1"
    )
    told = explained(refusal, catalogue.courses["13968"], staff, around())
    assert told.metadata["alternative_course_codes"] == LABORATORY


def test_the_same_course_under_another_registration_is_refused(choosing, around, selected) -> None:  # PA-7
    refusal = why_refused(choosing(AESTHETICS), around([selected(AESTHETICS, registration_id="r-2")]))
    assert isinstance(refusal, CourseAlreadySelected)
    assert refusal.metadata["registration_id"] == "r-2"


def test_what_stands_in_the_way_no_more_is_no_refusal(choosing, around) -> None:
    assert why_refused(choosing(AESTHETICS), around()) is None
