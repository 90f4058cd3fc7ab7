"""Who somebody is, as the police register and reviewers find (ID-7, ID-8), and what becomes of an account by that."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from chassis.transitions import advance
from services.identity.domain.candidates import (
    IDENTITY_TRANSITIONS,
    MATCH_TRIES,
    PLACELESS,
    Candidate,
    IdentityEvent,
    IdentityState,
)
from services.identity.errors import AccountVerified, CheckOvertaken, IdentityRejected, PortraitMissing


class RegisterAnswer(Enum):
    """What the police register says (ID-7). That it says nothing is no answer (F-18)."""

    MATCH = "MATCH"
    MISMATCH = "MISMATCH"
    UNKNOWN_PERSON = "UNKNOWN_PERSON"


@dataclass(frozen=True, slots=True)
class IdentityCheck:
    """An account after a check, and what the register said; None where it was not asked."""

    candidate: Candidate
    answer: RegisterAnswer | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One question to the register: what was compared, and how many mismatches had been counted when it was asked."""

    mismatches: int
    portrait_digest: str
    name: str = field(repr=False)


def comparison(candidate: Candidate) -> Comparison:
    """What the register is to compare. Raises PortraitMissing."""
    if candidate.portrait is None:
        raise PortraitMissing()
    return Comparison(candidate.mismatches, candidate.portrait.digest, candidate.name)


def counted_answer(candidate: Candidate, request_id: str) -> RegisterAnswer | None:
    """The answer that was counted for this very request, whose caller may not have heard of it (F-10)."""
    counted_for, _, word = candidate.counted_check.partition(" ")
    return RegisterAnswer(word) if request_id and counted_for == request_id else None


def with_answer(
    candidate: Candidate, asked: Comparison, answer: RegisterAnswer, *, case_id: str, at: datetime, request_id: str = ""
) -> Candidate:
    """The register's answer to `asked` counted: each count of mismatches takes one answer only, so there are never
    more than three tries (ID-7).

    The third mismatch opens the case `case_id`; each is kept with the id of its request. Raises CheckOvertaken when
    another answer was counted, or portrait or name changed, since.
    """
    if candidate.identity_state is not IdentityState.PENDING or comparison(candidate) != asked:
        raise CheckOvertaken()
    if answer is RegisterAnswer.MATCH:
        return _moved(candidate, IdentityEvent.MATCHED, at)
    mismatches = candidate.mismatches + 1
    counted = {"mismatches": mismatches, "counted_check": f"{request_id} {answer.value}"}
    if mismatches < MATCH_TRIES:
        return _moved(candidate, IdentityEvent.MISMATCHED, at, **counted)
    return _moved(candidate, IdentityEvent.SENT_TO_REVIEW, at, review_case_id=case_id, **counted)


def sent_to_review(candidate: Candidate, *, case_id: str, at: datetime) -> Candidate:
    """A document type the register does not know goes to a reviewer at once (ID-8), once. Raises PortraitMissing."""
    if candidate.review_case_id == case_id:
        return candidate
    comparison(candidate)
    return _moved(candidate, IdentityEvent.SENT_TO_REVIEW, at, review_case_id=case_id)


def with_decision(candidate: Candidate, case_id: str, decision: IdentityEvent, *, at: datetime) -> Candidate:
    """What the reviewer decided on the person's case; a decision on another case, or one that comes after the person
    is verified, changes nothing.
    """
    if case_id != candidate.review_case_id or candidate.identity_state in PLACELESS:
        return candidate
    return _moved(candidate, decision, at)


def with_number_lost(candidate: Candidate, *, at: datetime) -> Candidate:
    """The account ends: another one has the document number (ID-15)."""
    return _moved(candidate, IdentityEvent.NUMBER_LOST, at)


def ended_by_operator(candidate: Candidate, *, at: datetime) -> Candidate:
    """The account of somebody who is not who it says ends, and its number is free for its owner (ID-15); the same when
    it has ended. Raises AccountVerified.
    """
    if candidate.identity_state is IdentityState.VERIFIED:
        raise AccountVerified()
    return candidate if candidate.ended else with_number_lost(candidate, at=at)


def require_checkable(candidate: Candidate) -> None:
    """Raises IdentityRejected: after a rejection new proofs go to the case."""
    if candidate.identity_state is IdentityState.REJECTED:
        raise IdentityRejected()


def _moved(candidate: Candidate, event: IdentityEvent, at: datetime, **values: Any) -> Candidate:
    state = advance(IDENTITY_TRANSITIONS, candidate.identity_state, event)
    place = None if state in PLACELESS else candidate.unverified_place
    return candidate.changed(at, identity_state=state, unverified_place=place, **values)
