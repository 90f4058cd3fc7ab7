"""A phone changed by review: the states of a request, and what may happen in each (ID-11)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from chassis.errors import IllegalMove
from chassis.transitions import advance
from services.identity.domain.candidates import IdentityState, new_candidate, with_phone
from services.identity.domain.documents import Document, DocumentType
from services.identity.domain.reviewed_phone_changes import (
    MOST_SUBMISSIONS,
    PHONE_CHANGE_TRANSITIONS,
    UNMATCHED,
    PhoneChange,
    PhoneChangeEvent,
    PhoneChangeRules,
    PhoneChangeState,
    Proof,
    as_of,
    claimed_account,
    decided,
    new_phone_change,
    settled,
    submitted,
    with_proof,
    without_account,
)
from services.identity.errors import PhoneChangeExpired, PhoneChangeSubmitted, ProofsMissing

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
RULES = PhoneChangeRules()
SLOW = PhoneChangeRules(cooling_off=timedelta(hours=24))
OLD, NEW = "+8613812345678", "+8613900000000"
OWNER = with_phone(
    new_candidate("owner", Document(DocumentType.RESIDENT_CARD, "11010519491231002X"), "王文静", "10269", at=NOW),
    OLD,
    at=NOW,
)
S, E = PhoneChangeState, PhoneChangeEvent

EXPECTED = {
    (S.DRAFT, E.PROOF_ADDED): S.DRAFT,
    (S.DRAFT, E.SUBMITTED): S.UNDER_REVIEW,
    (S.DRAFT, E.LAPSED): S.EXPIRED,
    (S.DRAFT, E.APPROVED): S.APPROVED,
    (S.DRAFT, E.REJECTED): S.REJECTED,
    (S.DRAFT, E.ASKED_AGAIN): S.DRAFT,
    (S.UNDER_REVIEW, E.APPROVED): S.APPROVED,
    (S.UNDER_REVIEW, E.REJECTED): S.REJECTED,
    (S.UNDER_REVIEW, E.ASKED_AGAIN): S.DRAFT,
    (S.REJECTED, E.PROOF_ADDED): S.DRAFT,
    (S.REJECTED, E.APPROVED): S.APPROVED,
    (S.REJECTED, E.REJECTED): S.REJECTED,
    (S.REJECTED, E.ASKED_AGAIN): S.DRAFT,
    (S.EXPIRED, E.APPROVED): S.APPROVED,
    (S.EXPIRED, E.REJECTED): S.REJECTED,
    (S.EXPIRED, E.ASKED_AGAIN): S.DRAFT,
    (S.APPROVED, E.TOOK_EFFECT): S.EFFECTIVE,
    (S.APPROVED, E.OVERRULED): S.REJECTED,
    **{(state, E.ACCOUNT_ENDED): S.REJECTED for state in S if state is not S.EFFECTIVE},
}
"""Every move there is; every other pair is refused."""


@pytest.mark.parametrize(("state", "event"), list(product(S, E)))
def test_every_pair_of_state_and_event(state: S, event: E) -> None:  # ID-11
    if (state, event) in EXPECTED:
        assert advance(PHONE_CHANGE_TRANSITIONS, state, event) is EXPECTED[state, event]
    else:
        with pytest.raises(IllegalMove):
            advance(PHONE_CHANGE_TRANSITIONS, state, event)


def draft(candidate_id: str = "owner", *, proofs: int = 3) -> PhoneChange:
    change = new_phone_change("change", candidate_id, NEW, rules=RULES, at=NOW)
    for proof in list(Proof)[:proofs]:
        change = with_proof(change, proof, proof.value, rules=RULES, at=NOW)
    return change


def under_review(candidate_id: str = "owner") -> PhoneChange:
    return submitted(draft(candidate_id), rules=RULES, at=NOW)


def rejected() -> PhoneChange:
    return decided(under_review(), E.REJECTED, "不清晰", OWNER, rules=RULES, at=NOW)


def approved(rules: PhoneChangeRules = RULES) -> PhoneChange:
    return decided(under_review(), E.APPROVED, "", OWNER, rules=rules, at=NOW)


def test_all_three_proofs_are_needed() -> None:  # ID-11
    for proofs in range(3):
        with pytest.raises(ProofsMissing) as refusal:
            submitted(draft(proofs=proofs), rules=RULES, at=NOW)
        assert [unmet.subject for unmet in refusal.value.unmet] == [proof.value for proof in list(Proof)[proofs:]]
    assert under_review().state is S.UNDER_REVIEW


def test_a_second_image_of_a_kind_replaces_the_first_and_the_same_one_changes_nothing() -> None:  # RE-3
    change = draft()
    assert with_proof(change, Proof.DOCUMENT_BACK, "other", rules=RULES, at=NOW).proofs[Proof.DOCUMENT_BACK] == "other"
    assert with_proof(change, Proof.DOCUMENT_BACK, "DOCUMENT_BACK", rules=RULES, at=NOW) is change


def test_a_draft_expires_unless_it_is_submitted_in_time() -> None:  # ID-11
    late = NOW + RULES.draft
    assert as_of(draft(), late, RULES).state is S.EXPIRED
    assert as_of(draft(), late - timedelta(seconds=1), RULES).state is S.DRAFT
    for act in (
        lambda: submitted(draft(), rules=RULES, at=late),
        lambda: with_proof(draft(), Proof.DOCUMENT_BACK, "other", rules=RULES, at=late),
    ):
        with pytest.raises(PhoneChangeExpired):
            act()


@pytest.mark.parametrize("make", [under_review, approved])
def test_proofs_do_not_change_under_a_reviewer_nor_afterwards(make: Callable[[], PhoneChange]) -> None:  # F-14
    with pytest.raises(PhoneChangeSubmitted):
        with_proof(make(), Proof.DOCUMENT_BACK, "other", rules=RULES, at=NOW)


def test_submitting_again_changes_nothing() -> None:  # ID-11
    for change in (under_review(), approved(), rejected()):
        assert submitted(change, rules=RULES, at=LATER) is change


def test_a_rejected_request_is_a_draft_again_with_a_further_proof_three_times_in_all() -> None:  # RE-5
    change = rejected()
    assert (change.note, change.submissions_left) == ("不清晰", 2)
    for turn in range(MOST_SUBMISSIONS - 1):
        change = with_proof(change, Proof.DOCUMENT_BACK, f"better {turn}", rules=RULES, at=LATER)
        assert (change.state, change.expire_time) == (S.DRAFT, LATER + RULES.draft)
        change = submitted(change, rules=RULES, at=LATER)
        assert change.note == ""
        change = decided(change, E.REJECTED, "仍不清晰", OWNER, rules=RULES, at=LATER)
    assert change.submissions_left == 0
    with pytest.raises(PhoneChangeSubmitted):
        with_proof(change, Proof.DOCUMENT_BACK, "best", rules=RULES, at=LATER)


def test_asked_again_is_a_draft_with_the_reviewers_words_and_time_to_follow_them() -> None:  # RE-4
    change = decided(under_review(), E.ASKED_AGAIN, "请重拍背面", OWNER, rules=RULES, at=LATER)
    assert (change.state, change.note, change.expire_time) == (S.DRAFT, "请重拍背面", LATER + RULES.draft)
    assert len(change.proofs) == 3


def test_an_approval_takes_effect_at_once_or_after_the_cooling_off_time() -> None:  # ID-11
    assert settled(approved(), OWNER, at=NOW).state is S.EFFECTIVE
    slow = approved(SLOW)
    assert (slow.old_phone, slow.effective_time) == (OLD, NOW + SLOW.cooling_off)
    assert settled(slow, OWNER, at=NOW + SLOW.cooling_off - timedelta(seconds=1)) is slow
    assert settled(slow, OWNER, at=NOW + SLOW.cooling_off).state is S.EFFECTIVE


def test_an_owner_who_verifies_a_phone_meanwhile_stops_the_change() -> None:  # ID-11
    awake = with_phone(OWNER, OLD, at=LATER)
    change = settled(approved(SLOW), awake, at=NOW + SLOW.cooling_off)
    assert change.state is S.REJECTED
    assert change.note


def test_what_is_approved_stays_so_whatever_comes_late() -> None:  # RE-6
    for change, event in product((approved(), settled(approved(), OWNER, at=NOW)), (E.REJECTED, E.ASKED_AGAIN)):
        assert decided(change, event, "", OWNER, rules=RULES, at=LATER) is change


def test_a_request_that_fits_nobody_looks_like_any_other_until_a_reviewer_would_have_decided() -> None:  # ID-11
    nobodys = under_review("")
    assert as_of(nobodys, NOW + RULES.unmatched - timedelta(seconds=1), RULES).state is S.UNDER_REVIEW
    answered = as_of(nobodys, NOW + RULES.unmatched, RULES)
    assert (answered.state, answered.note) == (S.REJECTED, UNMATCHED)
    assert as_of(under_review(), NOW + RULES.unmatched, RULES).state is S.UNDER_REVIEW


@pytest.mark.parametrize(
    ("given", "fitting"), [("王文静", True), (" 王 文静 ", True), ("王文敬", False), ("WANG", False)]
)
def test_the_name_is_compared_without_spaces(given: str, fitting: bool) -> None:
    assert claimed_account([OWNER], given) is (OWNER if fitting else None)
    assert claimed_account([], given) is None


def test_dots_and_case_of_a_name_do_not_matter() -> None:
    assert claimed_account([replace(OWNER, name="阿依古丽·买买提")], "阿依古丽•买买提")
    assert claimed_account([replace(OWNER, name="Anna-Maria SMITH")], "anna maria smith")


def test_a_request_is_about_the_verified_account_and_before_there_is_one_about_the_oldest_of_that_name() -> None:
    # ID-15
    stranger, second = replace(OWNER, name="李四", unverified_place=1), replace(OWNER, unverified_place=2)
    third = replace(OWNER, unverified_place=3)
    assert claimed_account([stranger, second, third], "王文静") is second
    verified = replace(OWNER, identity_state=IdentityState.VERIFIED)
    assert claimed_account([second, verified], "王文静") is verified
    assert claimed_account([second, replace(verified, name="李四")], "王文静") is None


@pytest.mark.parametrize("state", [state for state in S if state is not S.EFFECTIVE])
def test_a_request_whose_account_has_ended_hears_what_one_hears_that_fits_nobody(state: S) -> None:  # ID-15
    after = without_account(replace(under_review(), state=state), at=LATER)
    assert (after.state, after.note, after.submissions_left) == (S.REJECTED, UNMATCHED, 0)
    with pytest.raises(PhoneChangeSubmitted):
        with_proof(after, Proof.DOCUMENT_BACK, "another", rules=RULES, at=LATER)


def test_a_decision_that_comes_after_the_account_has_ended_takes_it_to_its_end(  # ID-15, RE-6
) -> None:
    ended = replace(OWNER, identity_state=IdentityState.ENDED)
    after = decided(under_review(), E.APPROVED, "", ended, rules=RULES, at=LATER)
    assert (after.state, after.note, after.decide_time) == (S.REJECTED, UNMATCHED, LATER)


def test_a_request_that_took_effect_stays_when_its_account_ends() -> None:  # ID-15
    done = settled(approved(), OWNER, at=LATER)
    assert without_account(done, at=LATER) is done


def test_phones_and_notes_are_not_in_its_repr() -> None:
    shown = repr(approved())
    assert not any(secret in shown for secret in (OLD, NEW))
