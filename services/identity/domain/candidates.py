"""The candidate's account (考生): what may change when, and where the identity check stands (ID-5 to ID-12)."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

from chassis.errors import FieldViolation, StaleEtag
from chassis.transitions import Transitions
from services.identity.domain.corrections.required_corrections import Correction, CorrectionState
from services.identity.domain.documents import FACE_MATCHED, Document, DocumentType
from services.identity.domain.personal_details import NOTHING_STATED, Details, amended, require_complete, stated_by
from services.identity.domain.spellings import is_name, register_name
from services.identity.errors import (
    CorrectionUnderReview,
    IdentityFixed,
    InvalidName,
)

PORTRAIT_KEY: Final = re.compile("{id}/{id}".format(id="[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"))
"""Where portraits lie in the blob store: a folder for each candidate."""

MATCH_TRIES: Final = 3
"""ID-7: so many mismatches, then a reviewer decides."""


class IdentityState(Enum):
    """Where the identity check stands."""

    PENDING = "PENDING"
    UNDER_REVIEW = "UNDER_REVIEW"
    VERIFIED = "VERIFIED"
    REJECTED = "REJECTED"
    ENDED = "ENDED"


class IdentityEvent(Enum):
    """What moves it."""

    MATCHED = "MATCHED"
    MISMATCHED = "MISMATCHED"
    SENT_TO_REVIEW = "SENT_TO_REVIEW"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    ASKED_AGAIN = "ASKED_AGAIN"
    NUMBER_LOST = "NUMBER_LOST"


IDENTITY_TRANSITIONS: Final[Transitions[IdentityState, IdentityEvent]] = {
    (IdentityState.PENDING, IdentityEvent.MATCHED): IdentityState.VERIFIED,
    (IdentityState.PENDING, IdentityEvent.MISMATCHED): IdentityState.PENDING,
    (IdentityState.PENDING, IdentityEvent.SENT_TO_REVIEW): IdentityState.UNDER_REVIEW,
    (IdentityState.UNDER_REVIEW, IdentityEvent.APPROVED): IdentityState.VERIFIED,
    (IdentityState.UNDER_REVIEW, IdentityEvent.REJECTED): IdentityState.REJECTED,
    (IdentityState.UNDER_REVIEW, IdentityEvent.ASKED_AGAIN): IdentityState.UNDER_REVIEW,
    # RE-5: a rejected person may hand in new proofs while submissions are left; the next decision then falls here.
    (IdentityState.REJECTED, IdentityEvent.APPROVED): IdentityState.VERIFIED,
    (IdentityState.REJECTED, IdentityEvent.REJECTED): IdentityState.REJECTED,
    (IdentityState.REJECTED, IdentityEvent.ASKED_AGAIN): IdentityState.UNDER_REVIEW,
    # ID-15: an account binds nothing until it is verified; the number may be proven by another one.
    (IdentityState.PENDING, IdentityEvent.NUMBER_LOST): IdentityState.ENDED,
    (IdentityState.UNDER_REVIEW, IdentityEvent.NUMBER_LOST): IdentityState.ENDED,
    (IdentityState.REJECTED, IdentityEvent.NUMBER_LOST): IdentityState.ENDED,
}

PLACELESS: Final = frozenset({IdentityState.VERIFIED, IdentityState.ENDED})
"""Accounts that take none of the places for unverified ones with the same number (ID-15)."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """The portrait on record: where it is stored, the SHA-256 of its bytes in hex, and since when."""

    key: str
    digest: str
    update_time: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person's account at one version. Instants are aware; text is empty where nothing is on record."""

    candidate_id: str
    document: Document
    name: str = field(repr=False)
    school_code: str
    enrolled: bool
    create_time: datetime
    update_time: datetime
    details: Details = NOTHING_STATED
    details_confirm_time: datetime | None = None
    phone: str = field(default="", repr=False)
    phone_verify_time: datetime | None = None
    email_verify_time: datetime | None = None
    portrait: Portrait | None = None
    identity_state: IdentityState = IdentityState.PENDING
    mismatches: int = 0
    counted_check: str = ""
    """Which request the newest of the mismatches was counted for, and the register's word: its repeat is no other try
    (ID-7).
    """
    review_case_id: str = ""
    needs_password_change: bool = False
    correction: Correction | None = None
    unverified_place: int | None = None
    """Which of the places for unverified accounts with this number it has (ID-15); None once verified or ended."""
    version: int = 1

    @property
    def ended(self) -> bool:
        """Whether the account is no more (ID-15)."""
        return self.identity_state is IdentityState.ENDED

    @property
    def face_matched(self) -> bool:
        """Whether the police register knows holders of this document (ID-7)."""
        return self.document.type in FACE_MATCHED

    @property
    def match_tries_left(self) -> int:
        """How many face matches are left before a reviewer decides."""
        tries_apply = self.face_matched and self.identity_state is IdentityState.PENDING
        return MATCH_TRIES - self.mismatches if tries_apply else 0

    @property
    def etag(self) -> str:
        """Changes whenever the account changes."""
        return str(self.version)

    def changed(self, at: datetime, **values: Any) -> "Candidate":
        """The account's next version."""
        return replace(self, version=self.version + 1, update_time=at, **values)


@dataclass(frozen=True, slots=True)
class Application:
    """What a new candidate hands in on the wizard's first page."""

    document_type: DocumentType
    document_number: str = field(repr=False)
    name: str = field(repr=False)
    password: str = field(repr=False)
    school_code: str
    request_id: str


@dataclass(frozen=True, slots=True)
class CandidateFilter:
    """Which candidates are asked for: a school's or, when it is empty, all; at any stage of a correction or one."""

    school_code: str = ""
    correction_state: CorrectionState | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What other services gate on (EN-2); `version` grows with every change of the account."""

    candidate_id: str
    version: int
    document_type: DocumentType
    details_confirmed: bool
    phone_verified: bool
    identity_state: IdentityState
    needs_password_change: bool
    create_time: datetime
    correction_state: CorrectionState | None = None


def standing(candidate: Candidate) -> Standing:
    """The snapshot that other services follow."""
    return Standing(
        candidate_id=candidate.candidate_id,
        version=candidate.version,
        document_type=candidate.document.type,
        details_confirmed=candidate.details_confirm_time is not None,
        phone_verified=candidate.phone_verify_time is not None,
        identity_state=candidate.identity_state,
        needs_password_change=candidate.needs_password_change,
        create_time=candidate.create_time,
        correction_state=candidate.correction.state if candidate.correction else None,
    )


@dataclass(frozen=True, slots=True)
class PaperHolder:
    """Whom a paper is about, as far as the public may know (EN-18). `digest` changes with whatever papers say of the
    person.
    """

    masked_name: str
    document_number_ending: str
    digest: bytes


def masked_name(name: str) -> str:
    """The first character of a name, and a `*` for every other one; of a single character nothing is shown."""
    return "*" if len(name) == 1 else name[:1] + "*" * (len(name) - 1)


def said_on_papers(candidate: Candidate) -> tuple[str, ...]:
    """What papers say of a person: whoever has one of these changed has papers that hold no longer (EN-18)."""
    details, portrait = candidate.details, candidate.portrait
    return (
        candidate.name,
        candidate.document.type.value,
        candidate.document.number,
        details.sex.value if details.sex else "",
        details.birth_date.isoformat() if details.birth_date else "",
        portrait.digest if portrait else "",
    )


def standing_changed(before: Candidate, after: Candidate) -> bool:
    """Whether followers need to be told."""
    return standing(replace(before, version=after.version)) != standing(after)


def new_candidate(candidate_id: str, document: Document, name: str, school_code: str, *, at: datetime) -> Candidate:
    """A new candidate's account (ID-5), without a place among those with its number yet. Raises InvalidName."""
    return Candidate(
        candidate_id,
        document,
        normal_name(name),
        school_code,
        enrolled=False,
        create_time=at,
        update_time=at,
        details=stated_by(document),
    )


def enrolled_candidate(
    candidate_id: str, document: Document, name: str, school_code: str, *, at: datetime
) -> Candidate:
    """An imported candidate's account: verified already, and to choose a password at the first login (ID-3). Raises
    InvalidName.
    """
    return replace(
        new_candidate(candidate_id, document, name, school_code, at=at),
        enrolled=True,
        identity_state=IdentityState.VERIFIED,
        needs_password_change=True,
    )


def normal_name(name: str) -> str:
    """The name as the register spells it (ID-21). Raises InvalidName when nothing remains, or what no name has."""
    normal = register_name(name)
    if not normal:
        raise InvalidName(fields=[FieldViolation("display_name", "NAME_FORM", "请填写姓名", "a name is needed")])
    if not is_name(normal):
        texts = "姓名中有不能用于姓名的字符", "the name holds characters that no name has"
        raise InvalidName(fields=[FieldViolation("display_name", "NAME_CHARACTERS", *texts)])
    return normal


def with_details(candidate: Candidate, changes: dict[str, Any], *, today: date, at: datetime) -> Candidate:
    """Details amended: the confirmation is taken back, and a changed e-mail is unverified (ID-12). Raises
    InvalidDetails, CorrectionUnderReview.
    """
    details = amended(candidate.details, changes, candidate.document, today=today)
    if details == candidate.details:
        return candidate
    if candidate.correction is not None and candidate.correction.state is CorrectionState.UNDER_REVIEW:
        raise CorrectionUnderReview()
    email_verified = candidate.email_verify_time if details.email == candidate.details.email else None
    return candidate.changed(at, details=details, details_confirm_time=None, email_verify_time=email_verified)


def with_details_confirmed(candidate: Candidate, *, etag: str, at: datetime) -> Candidate:
    """Details confirmed (ID-12). Raises StaleEtag when `etag` is given and outdated, DetailsIncomplete."""
    if candidate.details_confirm_time is not None:
        return candidate
    if etag not in ("", candidate.etag):
        raise StaleEtag()
    require_complete(candidate.details, candidate.document.type)
    return candidate.changed(at, details_confirm_time=at)


def with_name(candidate: Candidate, name: str, *, at: datetime) -> Candidate:
    """The name corrected. Raises InvalidName; IdentityFixed once the identity check rests on it, unless fault was found
    (EN-4).
    """
    normal = normal_name(name)
    if normal == candidate.name:
        return candidate
    _require_changeable(candidate)
    return candidate.changed(at, name=normal)


def with_phone(candidate: Candidate, phone: str, *, at: datetime) -> Candidate:
    """`phone`, proven by a code, on record (ID-10). The same phone again is proven anew: that stops a change of it by
    review that waits to take effect (ID-11).
    """
    return candidate.changed(at, phone=phone, phone_verify_time=at)


def replaces_verified_phone(candidate: Candidate, phone: str) -> bool:
    """Whether `phone` would take the place of a verified one, rather than be the first (ID-10)."""
    return candidate.phone_verify_time is not None and phone != candidate.phone


def with_email_verified(candidate: Candidate, email: str, *, at: datetime) -> Candidate:
    """The e-mail proven by a code, unless it was replaced since the code was sent."""
    if email != candidate.details.email or candidate.email_verify_time is not None:
        return candidate
    return candidate.changed(at, email_verify_time=at)


def with_password_changed(candidate: Candidate, *, at: datetime) -> Candidate:
    """A password of the person's own: the initial one stands no longer (ID-3)."""
    return candidate.changed(at, needs_password_change=False) if candidate.needs_password_change else candidate


def with_portrait(candidate: Candidate, portrait: Portrait, *, at: datetime) -> Candidate:
    """Another portrait (ID-6), or the first of an enrolled candidate. Raises IdentityFixed once the identity check
    rests on the present one, unless fault was found (EN-4).
    """
    if candidate.portrait is not None:
        if candidate.portrait.digest == portrait.digest:
            return candidate
        _require_changeable(candidate)
    return candidate.changed(at, portrait=portrait)


def _require_changeable(candidate: Candidate) -> None:
    corrects = candidate.correction is not None and candidate.correction.open
    if candidate.identity_state is not IdentityState.PENDING and not corrects:
        raise IdentityFixed()
