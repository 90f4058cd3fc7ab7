"""EN-4, RE-5: fault found with photo or details, and its correction."""

from dataclasses import replace
from itertools import pairwise, product

import pytest

from chassis.errors import IllegalMove, Refusal
from chassis.transitions import advance
from services.identity.domain.candidates import (
    Candidate,
    IdentityState,
    Portrait,
    enrolled_candidate,
    standing,
    standing_changed,
    with_details,
    with_name,
    with_portrait,
)
from services.identity.domain.corrections.candidate_corrections import (
    with_correction_decided,
    with_correction_handed_in,
    with_correction_not_taken,
    with_fault_found,
)
from services.identity.domain.corrections.required_corrections import (
    CORRECTION_TRANSITIONS,
    FINDABLE,
    NEXT_STEPS,
    TURN_TO_SCHOOL,
    Correction,
    CorrectionEvent,
    CorrectionState,
    Fault,
    Finding,
    FollowUp,
    follow_ups,
)
from services.identity.errors import (
    CorrectionFinal,
    CorrectionOpen,
    CorrectionUnderReview,
    DetailsIncomplete,
    DetailsUnconfirmed,
    FaultRequired,
    IdentityFixed,
    IdentityNotSettled,
    NothingToCorrect,
    PortraitMissing,
)
from tests.unit.identity.domain.test_candidates import CARD, COMPLETE, LATER, NOW, TODAY

S, E = CorrectionState, CorrectionEvent
EXPECTED = {
    S.REQUIRED: {E.HANDED_IN: S.UNDER_REVIEW},
    S.UNDER_REVIEW: {
        E.NOT_TAKEN: S.REQUIRED,
        E.APPROVED: S.APPROVED,
        E.REJECTED: S.REQUIRED,
        E.ASKED_AGAIN: S.REQUIRED,
        E.REJECTED_FOR_GOOD: S.REFUSED,
    },
    S.APPROVED: {},
    S.REFUSED: {},
}
UNFIT = Finding(Fault.PHOTO_UNFIT)
WRONG = Finding(Fault.DETAILS_WRONG, "户籍所在地与证件不符")
OLD, NEW = Portrait("old", "0" * 64, NOW), Portrait("new", "1" * 64, LATER)


@pytest.fixture
def verified() -> Candidate:
    """A verified person with complete, confirmed details and a portrait."""
    person = enrolled_candidate("candidate", CARD, "李雷", "10269", at=NOW)
    person = with_details(person, COMPLETE, today=TODAY, at=NOW)
    return replace(person, portrait=OLD, details_confirm_time=NOW)


def faulted(candidate: Candidate, finding: Finding = UNFIT, *, by_authority: bool = False) -> Candidate:
    return with_fault_found(candidate, finding, by_authority=by_authority, at=NOW)


def handed_in(candidate: Candidate) -> Candidate:
    return with_correction_handed_in(candidate, at=LATER)


def decided(candidate: Candidate, event: CorrectionEvent, finding: Finding | None = None) -> Candidate:
    assert candidate.correction is not None
    return with_correction_decided(candidate, candidate.correction.submissions, event, finding, at=LATER)


@pytest.mark.parametrize(("state", "event"), list(product(CorrectionState, CorrectionEvent)))
def test_every_pair_of_state_and_event_moves_or_is_refused(state: CorrectionState, event: CorrectionEvent) -> None:
    expected = EXPECTED[state].get(event)
    if expected is None:
        with pytest.raises(IllegalMove):
            advance(CORRECTION_TRANSITIONS, state, event)
    else:
        assert advance(CORRECTION_TRANSITIONS, state, event) is expected


def test_a_fault_reopens_photo_name_and_details_of_a_verified_person(verified: Candidate) -> None:  # EN-4, ID-12
    for change in (
        lambda known: with_portrait(known, NEW, at=LATER),
        lambda known: with_name(known, "韩梅梅", at=LATER),
    ):
        with pytest.raises(IdentityFixed):
            change(verified)
        assert change(faulted(verified)).version == verified.version + 2
    assert faulted(verified).identity_state is IdentityState.VERIFIED


def test_followers_learn_of_every_step(verified: Candidate) -> None:  # EN-2
    steps = [verified, faulted(verified), handed_in(faulted(verified))]
    steps.append(decided(steps[-1], E.APPROVED))
    assert [standing(step).correction_state for step in steps] == [None, S.REQUIRED, S.UNDER_REVIEW, S.APPROVED]
    assert all(standing_changed(before, after) for before, after in pairwise(steps))


@pytest.mark.parametrize("state", [state for state in IdentityState if state is not IdentityState.VERIFIED])
def test_fault_is_found_with_verified_persons_only(verified: Candidate, state: IdentityState) -> None:  # EN-4
    with pytest.raises(IdentityNotSettled):
        faulted(replace(verified, identity_state=state))


@pytest.mark.parametrize(
    "finding", [*(Finding(fault, "-") for fault in set(Fault) - FINDABLE), Finding(Fault.SEE_NOTE, " ")]
)
def test_a_fault_has_a_reason_that_is_about_photo_or_details(verified: Candidate, finding: Finding) -> None:  # EN-4
    with pytest.raises(FaultRequired):
        faulted(verified, finding)


def test_the_same_fault_again_stands_and_another_waits(verified: Candidate) -> None:  # EN-4
    once = faulted(verified)
    assert faulted(once) is once
    with pytest.raises(CorrectionOpen):
        faulted(once, WRONG)
    with pytest.raises(CorrectionOpen):
        faulted(handed_in(once))


def test_what_is_under_review_does_not_change(verified: Candidate) -> None:  # EN-4, F-14
    waiting = handed_in(faulted(verified))
    with pytest.raises(IdentityFixed):
        with_portrait(waiting, NEW, at=LATER)
    with pytest.raises(IdentityFixed):
        with_name(waiting, "韩梅梅", at=LATER)
    with pytest.raises(CorrectionUnderReview):
        with_details(waiting, {"occupation": "教师"}, today=TODAY, at=LATER)
    assert handed_in(waiting) is waiting


@pytest.mark.parametrize(
    ("flaw", "refusal"),
    [
        ({"portrait": None}, PortraitMissing),
        ({"details_confirm_time": None}, DetailsUnconfirmed),
    ],
)
def test_it_is_handed_in_whole(verified: Candidate, flaw: dict[str, None], refusal: type[Refusal]) -> None:  # ID-12
    with pytest.raises(refusal):
        handed_in(faulted(replace(verified, **flaw)))
    with pytest.raises(DetailsIncomplete):
        handed_in(faulted(replace(verified, details=replace(verified.details, occupation=""))))


def test_nothing_is_handed_in_unasked(verified: Candidate) -> None:  # EN-4
    for settled in (verified, decided(handed_in(faulted(verified)), E.APPROVED)):
        with pytest.raises(NothingToCorrect):
            handed_in(settled)


def test_three_submissions_and_then_only_the_authority_begins_anew(verified: Candidate) -> None:  # EN-4, RE-5
    known = faulted(verified)
    for left in (2, 1):
        known = decided(handed_in(known), E.REJECTED, WRONG)
        assert known.correction == Correction(1, WRONG, NOW, S.REQUIRED, 3 - left)
    known = decided(handed_in(known), E.REJECTED_FOR_GOOD, WRONG)
    assert known.correction is not None
    assert (known.correction.state, known.correction.submissions_left) == (S.REFUSED, 0)
    assert known.correction.next_step == TURN_TO_SCHOOL
    with pytest.raises(NothingToCorrect):
        handed_in(known)
    with pytest.raises(CorrectionFinal):
        faulted(known)
    assert faulted(known, by_authority=True).correction == Correction(2, UNFIT, NOW)


def test_another_fault_after_an_approval_is_another_correction(verified: Candidate) -> None:  # EN-4
    approved = decided(handed_in(faulted(verified)), E.APPROVED)
    assert faulted(approved).correction == Correction(2, UNFIT, NOW)


def test_a_decision_counts_for_its_submission_only(verified: Candidate) -> None:  # RE-6
    waiting = handed_in(faulted(verified))
    assert with_correction_decided(waiting, 2, E.APPROVED, None, at=LATER) is waiting
    approved = decided(waiting, E.APPROVED)
    assert with_correction_decided(approved, 1, E.REJECTED, WRONG, at=LATER) is approved


def test_what_review_did_not_take_counts_for_nothing(verified: Candidate) -> None:  # RE-5
    asked = faulted(verified)
    back = with_correction_not_taken(handed_in(asked), 1, at=LATER)
    assert back.correction == asked.correction
    assert with_correction_not_taken(back, 1, at=LATER) is back


def test_who_learns_of_what(verified: Candidate) -> None:
    asked = faulted(verified).correction
    waiting = handed_in(faulted(verified)).correction
    rejected = decided(handed_in(faulted(verified)), E.REJECTED, WRONG).correction
    assert follow_ups(None, asked) == (FollowUp.OPEN_CASE, FollowUp.TELL_CANDIDATE)
    assert follow_ups(asked, waiting) == (FollowUp.HAND_IN,)
    assert follow_ups(waiting, rejected) == (FollowUp.TELL_CANDIDATE,)
    assert follow_ups(waiting, asked) == follow_ups(asked, asked) == follow_ups(None, None) == ()


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_says_what_to_do_next(fault: Fault) -> None:  # EN-2
    step = Correction(1, Finding(fault), NOW).next_step
    assert step == NEXT_STEPS[fault]
    assert step.zh
    assert step.en


def test_the_words_of_a_finding_stay_out_of_what_is_printed() -> None:
    assert "户籍" not in repr(Correction(1, WRONG, NOW))
