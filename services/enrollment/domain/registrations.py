"""Registrations (报名信息), the facts about a person that enrollment gates on, and ticket numbers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from chassis.transitions import Transitions
from services.enrollment.domain.catalogue import Catalogue, Plan, SpecialProof, Text, TextKind
from services.enrollment.errors import MajorFixed, NotHosted, TextOutdated


class Origin(Enum):
    """How a candidate came into the system: 新生 or 在籍考生."""

    NEW = "NEW"
    ENROLLED = "ENROLLED"


class IdentityState(Enum):
    """Whether the person is who they say, as identity states it."""

    PENDING = "PENDING"
    UNDER_REVIEW = "UNDER_REVIEW"
    VERIFIED = "VERIFIED"
    REJECTED = "REJECTED"
    ENDED = "ENDED"


class CorrectionState(Enum):
    """Where a correction of photo or details stands, as identity states it (EN-4)."""

    NONE = "NONE"
    REQUIRED = "REQUIRED"
    UNDER_REVIEW = "UNDER_REVIEW"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


class ProofState(Enum):
    """Where the major's own proofs stand (EN-4)."""

    NOT_NEEDED = "NOT_NEEDED"
    UNDER_REVIEW = "UNDER_REVIEW"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class ProofEvent(Enum):
    """What a review decides about the proofs."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    ASKED_AGAIN = "ASKED_AGAIN"


PROOF_TRANSITIONS: Transitions[ProofState, ProofEvent] = {
    (ProofState.UNDER_REVIEW, ProofEvent.APPROVED): ProofState.APPROVED,
    (ProofState.UNDER_REVIEW, ProofEvent.REJECTED): ProofState.REJECTED,
    (ProofState.UNDER_REVIEW, ProofEvent.ASKED_AGAIN): ProofState.UNDER_REVIEW,
    # RE-5: refused proofs may be submitted again, up to three times
    (ProofState.REJECTED, ProofEvent.APPROVED): ProofState.APPROVED,
    (ProofState.REJECTED, ProofEvent.REJECTED): ProofState.REJECTED,
    (ProofState.REJECTED, ProofEvent.ASKED_AGAIN): ProofState.UNDER_REVIEW,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Enrollment's copy of the facts identity owns. A person never heard of stands at version 0 with nothing done."""

    candidate_id: str
    version: int = 0
    details_confirmed: bool = False
    phone_verified: bool = False
    identity_state: IdentityState = IdentityState.PENDING
    document_type: str = ""
    correction_state: CorrectionState = CorrectionState.NONE


@dataclass(frozen=True, slots=True)
class Registration:
    """A candidate's place in one major at one host school."""

    registration_id: str
    candidate_id: str
    school_code: str
    major_code: str
    origin: Origin
    proof_state: ProofState
    create_time: datetime
    ticket_number: str = ""
    pledge_version: str = ""
    review_case_id: str = ""
    version: int = 1

    @property
    def etag(self) -> str:
        """Changes whenever the registration changes."""
        return f"r{self.version}"


@dataclass(frozen=True, slots=True)
class TicketNumberFormat:
    """The format of ticket numbers (准考证号, ID-9): a prefix, then a running number of at least `digits` digits.

    Changing it affects new numbers only. Numbers that were drawn and not used leave gaps; none is ever drawn twice.
    """

    prefix: str = "026"
    digits: int = 9

    def __post_init__(self) -> None:
        """Raises ValueError for a format whose numbers nobody could log in with."""
        if not re.fullmatch("[0-9A-Z]{0,8}", self.prefix) or not 4 <= self.digits <= 20:
            raise ValueError("a prefix of at most 8 digits or capital letters, and 4 to 20 digits")

    def written(self, number: int) -> str:
        """The ticket number that a running number makes."""
        return f"{self.prefix}{number:0{self.digits}d}"


@dataclass(frozen=True, slots=True)
class RegistrationFile:
    """A registration with the courses that its candidate has passed."""

    registration: Registration
    passed: frozenset[str] = frozenset()


def plan_to_register_for(catalogue: Catalogue, school_code: str, major_code: str) -> Plan:
    """ID-5: a major can be registered for where it is hosted. Raises NotHosted."""
    plan = catalogue.plans.get((school_code, major_code))
    if plan is None:
        raise NotHosted(school_code=school_code, major_code=major_code)
    return plan


def must_accept_current(catalogue: Catalogue, kind: TextKind, version: str, scope: str = "*") -> Text | None:
    """ID-5, PA-1: what is accepted is the text in force.

    Raises TextOutdated; where there is no text there is nothing to accept.
    """
    text = catalogue.text(kind, scope)
    if text is not None and str(text.version) != version:
        raise TextOutdated(kind=kind.value, current_version=str(text.version), version=version)
    return text


def origin_of_next(existing: Iterable[Registration]) -> Origin:
    """ID-13: who holds a ticket number is enrolled and adds a registration; everybody else is new.

    ID-12: a new candidate's major is fixed, so a second registration before the first has its ticket number is refused
    with MajorFixed.
    """
    registrations = tuple(existing)
    waiting = next((held for held in registrations if not held.ticket_number), None)
    if waiting is not None:
        raise MajorFixed(registration_id=waiting.registration_id, major_code=waiting.major_code)
    return Origin.ENROLLED if registrations else Origin.NEW


def first_proof_state(catalogue: Catalogue, major_code: str) -> ProofState:
    """EN-4: special majors ask for proofs, ordinary ones for none."""
    return ProofState.UNDER_REVIEW if catalogue.majors[major_code].special else ProofState.NOT_NEEDED


def may_have_ticket(standing: Standing, registration: Registration) -> bool:
    """ID-9: the person is verified, and the major's own proofs are approved where it asks for them."""
    return standing.identity_state is IdentityState.VERIFIED and registration.proof_state in {
        ProofState.NOT_NEEDED,
        ProofState.APPROVED,
    }


class CaseKind(Enum):
    """What a case is about."""

    SPECIAL_MAJOR = "SPECIAL_MAJOR"
    PRACTICE_COURSE = "PRACTICE_COURSE"


@dataclass(frozen=True, slots=True)
class CaseToOpen:
    """A review case: its id is derived from its subject, so that it is opened once. `proofs` is what it asks for
    (RE-10); without any, what review asks for of itself.
    """

    case_id: str
    kind: CaseKind
    candidate_id: str
    subject_id: str
    school_code: str
    subject_name: str
    proofs: tuple[SpecialProof, ...] = ()
