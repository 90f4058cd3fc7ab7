"""RE-4, RE-5: what a case may do next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from chassis.errors import IllegalMove, NotFound, StaleEtag
from chassis.transitions import advance
from services.review.domain import cases as rules
from services.review.domain.case_kinds import CaseKind
from services.review.domain.case_transitions import CASE_TRANSITIONS, CaseEvent, CaseState
from services.review.domain.cases import AUTHORITY, Case, Decision, Judgement, Subject
from services.review.domain.decision_reasons import NEXT_STEPS, TURN_TO_REVIEWERS, DecisionReason, Verdict, next_step
from services.review.domain.second_reviews import SecondReview, judged_again
from services.review.errors import (
    CaseClaimed,
    CaseDecided,
    CaseNotClaimed,
    CaseNotCollecting,
    CaseNotExhausted,
    CaseNotWaiting,
    CaseWithdrawn,
    DecisionInEffect,
    NoMaterials,
    ReasonRequired,
    SecondReviewGiven,
    SubmissionsUsedUp,
    SubmitWithCorrection,
    WrongOwner,
)

NOW = datetime(2026, 9, 1, 1, tzinfo=UTC)
LEASE = timedelta(minutes=30)
TEN_SECONDS = timedelta(seconds=10)
SUBJECT = Subject(CaseKind.IDENTITY_PROOF, "candidate", "candidate", "10269")

S, E = CaseState, CaseEvent
EXPECTED = {
    S.COLLECTING: {E.SUBMITTED: S.WAITING, E.WITHDRAWN: S.WITHDRAWN, E.UNDONE: S.CLAIMED},
    S.WAITING: {E.CLAIMED: S.CLAIMED, E.WITHDRAWN: S.WITHDRAWN},
    S.CLAIMED: {
        E.CLAIMED: S.CLAIMED,
        E.RELEASED: S.WAITING,
        E.LAPSED: S.WAITING,
        E.APPROVED: S.APPROVED,
        E.REJECTED: S.REJECTED,
        E.ASKED_AGAIN: S.COLLECTING,
        E.WITHDRAWN: S.WITHDRAWN,
    },
    S.APPROVED: {E.UNDONE: S.CLAIMED, E.WITHDRAWN: S.WITHDRAWN},
    S.REJECTED: {
        E.SUBMITTED: S.WAITING,
        E.WITHDRAWN: S.WITHDRAWN,
        E.UNDONE: S.CLAIMED,
        E.REOPENED: S.COLLECTING,
    },
    S.WITHDRAWN: {},
}


@pytest.mark.parametrize(("state", "event"), list(product(CaseState, CaseEvent)))
def test_every_pair_of_state_and_event_moves_or_is_refused(state: CaseState, event: CaseEvent) -> None:  # RE-4
    following = EXPECTED[state].get(event)
    if following is None:
        with pytest.raises(IllegalMove):
            advance(CASE_TRANSITIONS, state, event)
    else:
        assert advance(CASE_TRANSITIONS, state, event) is following


def waiting() -> Case:
    return rules.submitted(rules.opened("case", SUBJECT, at=NOW), materials=1, at=NOW)


def claimed(by: str = "reviewer") -> Case:
    return rules.claimed(waiting(), by, at=NOW, lease=LEASE)


def judgement(
    case: Case, verdict: Verdict = Verdict.APPROVED, reason: DecisionReason | None = None, note: str = ""
) -> Judgement:
    return Judgement(verdict, reason, note, case.etag)


def rejected(case: Case) -> Case:
    held = rules.claimed(case, "reviewer", at=NOW, lease=LEASE)
    unreadable = judgement(held, Verdict.REJECTED, DecisionReason.IMAGE_UNREADABLE)
    after, _ = rules.decided(held, "reviewer", unreadable, at=NOW, effect=NOW)
    return after


def test_a_submission_enters_the_queue_with_the_deadline_of_its_kind() -> None:  # RE-4
    case = waiting()
    assert (case.state, case.submission) == (CaseState.WAITING, 1)
    assert case.deadline == NOW + rules.DECIDE_WITHIN[CaseKind.IDENTITY_PROOF]


def test_submitting_again_while_waiting_changes_nothing() -> None:  # RE-5
    case = waiting()
    assert rules.submitted(case, materials=0, at=NOW) is case


def test_a_submission_without_materials_is_refused() -> None:  # RE-3
    with pytest.raises(NoMaterials):
        rules.submitted(rules.opened("case", SUBJECT, at=NOW), materials=0, at=NOW)


def test_the_fourth_submission_is_refused() -> None:  # RE-5, F-14
    case = rules.opened("case", SUBJECT, at=NOW)
    for _ in range(rules.MOST_SUBMISSIONS):
        case = rejected(rules.submitted(case, materials=1, at=NOW))
    assert case.submissions_left == 0
    with pytest.raises(SubmissionsUsedUp):
        rules.submitted(case, materials=1, at=NOW)
    with pytest.raises(SubmissionsUsedUp):
        rules.require_collecting(case, NOW)


def test_asking_again_after_the_last_submission_is_refused() -> None:  # RE-5
    case = rules.opened("case", SUBJECT, at=NOW)
    for _ in range(rules.MOST_SUBMISSIONS - 1):
        case = rejected(rules.submitted(case, materials=1, at=NOW))
    held = rules.claimed(rules.submitted(case, materials=1, at=NOW), "reviewer", at=NOW, lease=LEASE)
    with pytest.raises(SubmissionsUsedUp):
        rules.decided(
            held, "reviewer", judgement(held, Verdict.ASKED_AGAIN, DecisionReason.MATERIAL_MISSING), at=NOW, effect=NOW
        )


def test_an_approved_case_takes_no_further_submission() -> None:  # RE-5
    held = claimed()
    approved, decision = rules.decided(held, "reviewer", judgement(held), at=NOW, effect=NOW)
    assert (approved.state, decision.submission) == (CaseState.APPROVED, 1)
    with pytest.raises(CaseDecided):
        rules.submitted(approved, materials=1, at=NOW)
    with pytest.raises(CaseNotCollecting):
        rules.require_collecting(approved, NOW)


def test_another_reviewers_case_can_neither_be_claimed_nor_decided() -> None:  # RE-4
    held = claimed("somebody else")
    with pytest.raises(CaseClaimed):
        rules.claimed(held, "reviewer", at=NOW, lease=LEASE)
    with pytest.raises(CaseClaimed):
        rules.decided(held, "reviewer", judgement(held), at=NOW, effect=NOW)


def test_a_claim_lapses_when_its_lease_is_over() -> None:  # RE-4
    held, later = claimed("somebody else"), NOW + LEASE
    assert rules.as_of(held, later).state is CaseState.WAITING
    assert rules.claimed(held, "reviewer", at=later, lease=LEASE).claimed_by == "reviewer"
    with pytest.raises(CaseNotClaimed):
        rules.decided(held, "somebody else", judgement(held), at=later, effect=later)


def test_only_a_waiting_case_can_be_claimed() -> None:  # RE-4
    with pytest.raises(CaseNotWaiting):
        rules.claimed(rules.opened("case", SUBJECT, at=NOW), "reviewer", at=NOW, lease=LEASE)


def test_a_stale_decision_gets_a_conflict() -> None:  # RE-4, F-14
    held = claimed()
    with pytest.raises(StaleEtag):
        rules.decided(held, "reviewer", Judgement(Verdict.APPROVED, None, "", "0"), at=NOW, effect=NOW)


@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.ASKED_AGAIN])
def test_whoever_is_not_approved_learns_why(verdict: Verdict) -> None:  # RE-4
    held = claimed()
    with pytest.raises(ReasonRequired):
        rules.decided(held, "reviewer", judgement(held, verdict), at=NOW, effect=NOW)
    with pytest.raises(ReasonRequired):
        rules.decided(held, "reviewer", judgement(held, verdict, DecisionReason.SEE_NOTE, "  "), at=NOW, effect=NOW)


def test_a_case_is_seen_by_its_candidate_and_its_organisation_only() -> None:  # RE-2
    case = waiting()
    rules.require_visible(case, candidate_id="candidate")
    rules.require_visible(case, organisation="10269")
    with pytest.raises(NotFound):
        rules.require_visible(case, organisation="10246")
    with pytest.raises(NotFound):
        rules.require_visible(case, candidate_id="somebody else")


def test_a_reviewer_looks_at_images_of_a_claimed_or_decided_case_only() -> None:  # RE-3, RE-7
    held = claimed()
    rules.require_lookable(held, "reviewer", now=NOW)
    for case, reviewer in ((waiting(), "reviewer"), (held, "somebody else")):
        with pytest.raises(CaseNotClaimed):
            rules.require_lookable(case, reviewer, now=NOW)


def test_each_kind_has_its_owner() -> None:  # RE-1, RE-2
    for kind in CaseKind:
        owner, other = (AUTHORITY, "10269") if kind is CaseKind.PHONE_CHANGE else ("10269", AUTHORITY)
        rules.opened("case", Subject(kind, "candidate", "subject", owner), at=NOW)
        with pytest.raises(WrongOwner):
            rules.opened("case", Subject(kind, "candidate", "subject", other), at=NOW)


def test_a_sampled_decision_is_judged_once_by_somebody_else() -> None:  # RE-9
    held = claimed()
    case, first = rules.decided(held, "reviewer", judgement(held), at=NOW, effect=NOW, sampled=True)
    review = SecondReview(case, first)
    with pytest.raises(NotFound):
        judged_again(review, "reviewer", Judgement(Verdict.APPROVED, None, ""), at=NOW)
    with pytest.raises(ReasonRequired):
        judged_again(review, "another", Judgement(Verdict.REJECTED, None, ""), at=NOW)
    again = judged_again(review, "another", Judgement(Verdict.APPROVED, None, ""), at=NOW)
    assert again.agreed
    with pytest.raises(SecondReviewGiven):
        judged_again(again, "a third", Judgement(Verdict.APPROVED, None, ""), at=NOW)


def test_an_earlier_rejection_still_says_what_it_asked_for_after_the_last() -> None:  # RE-4, RE-5
    held = claimed()
    unreadable = judgement(held, Verdict.REJECTED, DecisionReason.IMAGE_UNREADABLE)
    _, decision = rules.decided(held, "reviewer", unreadable, at=NOW, effect=NOW)
    assert decision.submissions_left == rules.MOST_SUBMISSIONS - 1


def test_every_reason_says_what_to_do_next_and_the_last_rejection_whom_to_turn_to() -> None:  # RE-4
    for reason in DecisionReason:
        assert next_step(Verdict.REJECTED, reason, submissions_left=1) == NEXT_STEPS[reason]
        assert next_step(Verdict.REJECTED, reason, submissions_left=0) == TURN_TO_REVIEWERS


def test_a_submission_that_is_named_is_made_once_whatever_became_of_it() -> None:  # RE-5, F-13
    once = rules.submitted(rules.opened("case", SUBJECT, at=NOW), materials=1, at=NOW, submission=1)
    decided = replace(once, state=CaseState.REJECTED, deadline=None)
    assert rules.submitted(decided, materials=1, at=NOW, submission=1) is decided
    assert rules.submitted(decided, materials=1, at=NOW, submission=2).submission == 2


def test_a_correction_is_submitted_by_the_service_that_keeps_it_still() -> None:  # EN-4
    details = rules.opened("case", replace(SUBJECT, kind=CaseKind.DETAILS), at=NOW)
    rules.require_submitter(details, service=True)
    with pytest.raises(SubmitWithCorrection):
        rules.require_submitter(details, service=False)
    rules.require_submitter(rules.opened("case", SUBJECT, at=NOW), service=False)


def in_suspense(verdict: Verdict = Verdict.APPROVED, reason: DecisionReason | None = None) -> tuple[Case, Decision]:
    """A case that was decided just now, in effect ten seconds later."""
    held = claimed()
    return rules.decided(held, "reviewer", judgement(held, verdict, reason), at=NOW, effect=NOW + TEN_SECONDS)


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (Verdict.APPROVED, None),
        (Verdict.REJECTED, DecisionReason.IMAGE_UNREADABLE),
        (Verdict.ASKED_AGAIN, DecisionReason.MATERIAL_MISSING),
    ],
)
def test_a_decision_is_undone_by_whoever_made_it_until_it_takes_effect(  # RE-12
    verdict: Verdict, reason: DecisionReason | None
) -> None:
    case, decision = in_suspense(verdict, reason)
    back = rules.undone(case, decision, "reviewer", at=NOW, lease=LEASE)
    assert (back.state, back.claimed_by, back.submission) == (CaseState.CLAIMED, "reviewer", 1)
    assert (back.deadline, back.effect_time) == (claimed().deadline, None)
    assert rules.undone(back, decision, "reviewer", at=NOW, lease=LEASE) is back
    for reviewer, at in (("somebody else", NOW), ("reviewer", NOW + TEN_SECONDS)):
        with pytest.raises(DecisionInEffect):
            rules.undone(case, decision, reviewer, at=at, lease=LEASE)


def test_until_then_the_candidate_knows_nothing_of_it_and_hands_in_nothing() -> None:  # RE-12, F-14
    case, _ = in_suspense(Verdict.ASKED_AGAIN, DecisionReason.MATERIAL_MISSING)
    assert rules.shown_to_candidate(case, NOW).state is CaseState.CLAIMED
    assert rules.shown_to_candidate(case, NOW + TEN_SECONDS).state is CaseState.COLLECTING
    with pytest.raises(CaseNotCollecting):
        rules.require_collecting(case, NOW)
    assert rules.submitted(case, materials=1, at=NOW) is case
    rules.require_collecting(case, NOW + TEN_SECONDS)


def test_what_is_gone_before_a_decision_takes_effect_is_withdrawn_and_not_undone() -> None:  # RE-12, RE-4
    case, decision = in_suspense()
    gone = rules.withdrawn(case, at=NOW)
    assert gone.state is CaseState.WITHDRAWN
    with pytest.raises(CaseWithdrawn):
        rules.undone(gone, decision, "reviewer", at=NOW, lease=LEASE)
    assert rules.withdrawn(case, at=NOW + TEN_SECONDS) is case


def test_a_case_is_reopened_for_one_submission_after_its_last_rejection_only() -> None:  # RE-10
    case = rules.opened("case", SUBJECT, at=NOW)
    for left in (2, 1, 0):
        case = rejected(rules.submitted(case, materials=1, at=NOW))
        if left:
            with pytest.raises(CaseNotExhausted):
                rules.reopened(case, at=NOW)
    again = rules.reopened(case, at=NOW)
    assert (again.state, again.submissions_left) == (CaseState.COLLECTING, 1)
    assert rules.reopened(again, at=NOW) is again
    assert rejected(rules.submitted(again, materials=1, at=NOW)).submissions_left == 0
    for kind in set(CaseKind) - rules.REOPENED:
        with pytest.raises(CaseNotExhausted):
            rules.reopened(replace(case, subject=replace(SUBJECT, kind=kind)), at=NOW)
