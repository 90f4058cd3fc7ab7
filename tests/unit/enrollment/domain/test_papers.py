"""What papers state, the codes they bear, whether they still hold (EN-18)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import NotFound
from services.enrollment.domain.papers import (
    CODE_BYTES,
    Paper,
    PaperHolder,
    PaperKind,
    PaperSubject,
    check_code_of,
    checked,
    grouped,
    paper_facts,
    plain_check_code,
)
from services.enrollment.domain.selections import SelectionState, VoidReason
from services.enrollment.errors import PaperWithoutCourses

FORM, CONFIRMATION = PaperKind
HOLDER = PaperHolder("测**", "001X", b"as it was")
LATER = timedelta(days=3)


@pytest.fixture
def subject(registration, session, selected):
    """One course that counts, one that is chosen, one that was taken back."""
    held = (
        selected("00540", SelectionState.EFFECTIVE),
        selected("00538"),
        selected("00037", SelectionState.VOID, void_reason=VoidReason.REMOVED),
    )
    return PaperSubject(registration, session.session_id, held, "310110")


@pytest.fixture
def issued(catalogue, subject, now):
    """Makes the paper of a kind as it is issued now."""

    def issue(kind: PaperKind) -> Paper:
        facts = paper_facts(catalogue, subject, kind)
        whose = subject.registration.candidate_id, subject.registration.registration_id, subject.session_id
        return Paper("p-1", *whose, kind, check_code_of(bytes(CODE_BYTES)), facts, facts.digest(HOLDER), now)

    return issue


def changed(subject, course_code: str, **changes):
    """The subject with one of its selections changed."""
    held = [replace(one, **changes) if one.course_code == course_code else one for one in subject.selections]
    return replace(subject, selections=tuple(held))


def test_a_form_states_what_is_chosen_and_a_confirmation_what_counts(issued) -> None:  # EN-18, EN-8
    form, confirmation = issued(FORM).facts, issued(CONFIRMATION).facts
    assert [course.course_code for course in form.courses] == ["00538", "00540"], "by time"
    assert [course.course_code for course in confirmation.courses] == ["00540"]
    assert (form.district_name != "", confirmation.district_name) == (True, ""), "the preference is no confirmed fact"
    assert (form.school_name, form.major_name, form.ticket_number) == ("华东师范大学", "汉语言文学", "260000001")


@pytest.mark.parametrize("kind", PaperKind)
def test_no_paper_states_nothing(catalogue, subject, kind: PaperKind) -> None:  # EN-18
    with pytest.raises(PaperWithoutCourses):
        paper_facts(catalogue, replace(subject, selections=subject.selections[2:]), kind)


@pytest.mark.parametrize("kind", PaperKind)
def test_what_is_as_it_was_holds(catalogue, subject, issued, kind: PaperKind) -> None:  # EN-18
    answer = checked(issued(kind), catalogue, subject, HOLDER)
    assert (answer.holds, answer.end_time) == (True, None)


def test_a_refunded_course_ends_both_papers_at_that_moment(catalogue, subject, issued, now) -> None:  # EN-18, PA-14
    void = {"state": SelectionState.VOID, "void_reason": VoidReason.REFUNDED, "update_time": now + LATER}
    after = changed(subject, "00540", **void)
    answers = [checked(issued(kind), catalogue, after, HOLDER) for kind in PaperKind]
    assert [(one.holds, one.end_time) for one in answers] == [(False, now + LATER)] * 2


def test_a_course_that_comes_to_count_ends_the_confirmation_alone(catalogue, subject, issued, now) -> None:  # EN-18
    after = changed(subject, "00538", state=SelectionState.EFFECTIVE, update_time=now + LATER)
    assert checked(issued(FORM), catalogue, after, HOLDER).holds
    ended = checked(issued(CONFIRMATION), catalogue, after, HOLDER)
    assert (ended.holds, ended.end_time) == (False, now + LATER)


@pytest.mark.parametrize(
    "change", [{"ticket_number": "260000002"}, {"major_code": "050201"}], ids=["ticket number", "major"]
)
def test_another_registration_than_was_stated_ends_it(catalogue, subject, issued, change) -> None:  # EN-18, ID-12
    if change.get("major_code") not in {None, *catalogue.majors}:
        change = {"major_code": next(code for code in catalogue.majors if code != subject.registration.major_code)}
    after = replace(subject, registration=replace(subject.registration, **change))
    answer = checked(issued(CONFIRMATION), catalogue, after, HOLDER)
    assert (answer.holds, answer.end_time) == (False, None), "since when is not known"


@pytest.mark.parametrize("part", ["sessions", "schools", "majors"])
def test_what_an_import_removed_states_nothing_any_more(catalogue, subject, issued, part: str) -> None:  # EN-18, EN-20
    assert not checked(issued(CONFIRMATION), replace(catalogue, **{part: {}}), subject, HOLDER).holds
    with pytest.raises(NotFound):
        paper_facts(replace(catalogue, **{part: {}}), subject, CONFIRMATION)


def test_a_corrected_name_and_an_ended_account_end_it(catalogue, subject, issued) -> None:  # EN-18, ID-15
    paper = issued(CONFIRMATION)
    assert not checked(paper, catalogue, subject, replace(HOLDER, digest=b"corrected")).holds
    gone = checked(paper, catalogue, subject, None)
    assert (gone.holds, gone.holder) == (False, None)


@given(st.binary(min_size=CODE_BYTES, max_size=CODE_BYTES))
def test_a_code_is_read_in_any_spelling(random_bytes: bytes) -> None:  # EN-18, ID-21
    code = check_code_of(random_bytes)
    shown = grouped(code)
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in shown.lower())
    misread = shown.replace("0", "O").replace("1", "l")
    assert CODE_BYTES * 8 >= 100
    assert (len(code), len(shown.split("-"))) == (24, 6)
    assert {plain_check_code(typed) for typed in (shown, full_width, misread, f" {shown.replace('-', ' ')}\u200b")} == {
        code
    }


def test_different_bytes_make_different_codes() -> None:  # EN-18
    assert len({check_code_of(bytes([0] * 14 + [last])) for last in range(256)}) == 256
