"""Changing the phone without access to the old one: three proofs, and the exam authority decides (ID-11)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from chassis.errors import Unmet
from chassis.transitions import Transitions, advance
from services.identity.domain.attempt_limits import require_positive
from services.identity.domain.candidates import Candidate, IdentityState
from services.identity.domain.documents import DocumentType
from services.identity.domain.spellings import comparable_name
from services.identity.errors import PhoneChangeExpired, PhoneChangeSubmitted, ProofsMissing

MOST_SUBMISSIONS: Final = 3
"""RE-5."""

IMAGES: Final = "phone-changes"
"""The folder of proofs among identity's images."""

IMAGE_KEY: Final = re.compile(f"{IMAGES}/[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}/[0-9a-f]{{64}}")
"""Where they lie there, as `image_key` says."""

UNMATCHED: Final = (
    "证件号码或姓名与登记信息不符，请核对后重新申请。The document number or the name is not the one on record."
)
"""What a request is told that fits nobody, when a reviewer would have decided."""

OVERRULED: Final = "账户已登录并验证了手机号，本次更改已取消。A phone was verified after logging in; this was stopped."
"""What a request is told that the account's owner stopped during the cooling-off time."""


class PhoneChangeState(Enum):
    """Where a request stands."""

    DRAFT = "DRAFT"
    UNDER_REVIEW = "UNDER_REVIEW"
    APPROVED = "APPROVED"
    EFFECTIVE = "EFFECTIVE"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class PhoneChangeEvent(Enum):
    """What moves it."""

    SUBMITTED = "SUBMITTED"
    LAPSED = "LAPSED"
    PROOF_ADDED = "PROOF_ADDED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    ASKED_AGAIN = "ASKED_AGAIN"
    TOOK_EFFECT = "TOOK_EFFECT"
    OVERRULED = "OVERRULED"
    ACCOUNT_ENDED = "ACCOUNT_ENDED"


UNDECIDED: Final = (
    PhoneChangeState.DRAFT,
    PhoneChangeState.UNDER_REVIEW,
    PhoneChangeState.REJECTED,
    PhoneChangeState.EXPIRED,
)
"""Where a decision finds a request. It may be other than UNDER_REVIEW: a person who is logged in can hand in further
proofs to the case itself, and no decision is without effect (RE-6).
"""

PHONE_CHANGE_TRANSITIONS: Final[Transitions[PhoneChangeState, PhoneChangeEvent]] = {
    (PhoneChangeState.DRAFT, PhoneChangeEvent.PROOF_ADDED): PhoneChangeState.DRAFT,
    (PhoneChangeState.DRAFT, PhoneChangeEvent.SUBMITTED): PhoneChangeState.UNDER_REVIEW,
    (PhoneChangeState.DRAFT, PhoneChangeEvent.LAPSED): PhoneChangeState.EXPIRED,
    (PhoneChangeState.REJECTED, PhoneChangeEvent.PROOF_ADDED): PhoneChangeState.DRAFT,
    (PhoneChangeState.APPROVED, PhoneChangeEvent.TOOK_EFFECT): PhoneChangeState.EFFECTIVE,
    (PhoneChangeState.APPROVED, PhoneChangeEvent.OVERRULED): PhoneChangeState.REJECTED,
    (PhoneChangeState.APPROVED, PhoneChangeEvent.ACCOUNT_ENDED): PhoneChangeState.REJECTED,
    **{(state, PhoneChangeEvent.APPROVED): PhoneChangeState.APPROVED for state in UNDECIDED},
    **{(state, PhoneChangeEvent.REJECTED): PhoneChangeState.REJECTED for state in UNDECIDED},
    **{(state, PhoneChangeEvent.ASKED_AGAIN): PhoneChangeState.DRAFT for state in UNDECIDED},
    **{(state, PhoneChangeEvent.ACCOUNT_ENDED): PhoneChangeState.REJECTED for state in UNDECIDED},
}

OVER: Final = (PhoneChangeState.EFFECTIVE, PhoneChangeState.REJECTED, PhoneChangeState.EXPIRED)


class Proof(Enum):
    """One of the three proof images."""

    DOCUMENT_FRONT = "DOCUMENT_FRONT"
    DOCUMENT_BACK = "DOCUMENT_BACK"
    HOLDING_DOCUMENT = "HOLDING_DOCUMENT"


PROOF_NAMES: Final[Mapping[Proof, tuple[str, str]]] = {
    Proof.DOCUMENT_FRONT: ("证件正面照片", "the document's front"),
    Proof.DOCUMENT_BACK: ("证件背面照片", "the document's back"),
    Proof.HOLDING_DOCUMENT: ("手持证件照片", "the person holding the document"),
}


@dataclass(frozen=True, slots=True)
class PhoneChange:
    """One request at one version. `candidate_id` is empty when it fits nobody, which its caller must not learn.

    `proofs` holds the SHA-256 of each image, in hex; `old_phone` the phone on record when the request was approved.
    """

    phone_change_id: str
    candidate_id: str
    new_phone: str = field(repr=False)
    state: PhoneChangeState
    create_time: datetime
    update_time: datetime
    expire_time: datetime
    old_phone: str = field(default="", repr=False)
    proofs: Mapping[Proof, str] = field(default_factory=dict)
    submissions: int = 0
    submit_time: datetime | None = None
    decide_time: datetime | None = None
    effective_time: datetime | None = None
    note: str = field(default="", repr=False)
    version: int = 1

    @property
    def submissions_left(self) -> int:
        """How often it may still be submitted (RE-5)."""
        settled = self.state in (PhoneChangeState.APPROVED, PhoneChangeState.EFFECTIVE)
        return 0 if settled else MOST_SUBMISSIONS - self.submissions


@dataclass(frozen=True, slots=True)
class PhoneChangeRules:
    """What is configured: how long a draft may wait for its proofs, how long an approved change waits before it takes
    effect, when a request that fits nobody is rejected; and how often strangers may ask: codes and requests of a source
    in an hour, requests for a new phone in a day.
    """

    draft: timedelta = timedelta(hours=24)
    cooling_off: timedelta = timedelta(0)
    unmatched: timedelta = timedelta(days=2)
    codes_per_source: int = 60
    per_source: int = 60
    per_phone: int = 5

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot be: no time to cool off is the only nothing."""
        require_positive(self, besides=("cooling_off",))
        if self.cooling_off < timedelta(0):
            raise ValueError("cooling_off must not be negative")


@dataclass(frozen=True, slots=True)
class Claim:
    """Who somebody says they are, and the code that was sent to the phone they want."""

    document_type: DocumentType
    document_number: str = field(repr=False)
    name: str = field(repr=False)
    code: str = field(repr=False)
    code_id: str = field(repr=False)


def claimed_account(carriers: Sequence[Candidate], name: str) -> Candidate | None:
    """Which of the accounts that carry a number a request is about: the verified one, else the oldest, if its name is
    the one given (ID-15). Case, spaces and the dots within names are not what matters.
    """
    verified = [one for one in carriers if one.identity_state is IdentityState.VERIFIED]
    return next((one for one in verified or carriers if comparable_name(one.name) == comparable_name(name)), None)


def new_phone_change(
    phone_change_id: str, candidate_id: str, phone: str, *, rules: PhoneChangeRules, at: datetime
) -> PhoneChange:
    """A request whose new phone was proven by a code."""
    return PhoneChange(
        phone_change_id, candidate_id, phone, PhoneChangeState.DRAFT, at, at, expire_time=at + rules.draft
    )


def as_of(change: PhoneChange, now: datetime, rules: PhoneChangeRules) -> PhoneChange:
    """The request as it stands now: a draft that was not submitted in time has expired, and one that fits nobody is
    rejected when a reviewer would have decided.
    """
    if change.state is PhoneChangeState.DRAFT and change.expire_time <= now:
        return replace(change, state=advance(PHONE_CHANGE_TRANSITIONS, change.state, PhoneChangeEvent.LAPSED))
    waiting = change.state is PhoneChangeState.UNDER_REVIEW and not change.candidate_id
    if waiting and change.submit_time is not None and change.submit_time + rules.unmatched <= now:
        state = advance(PHONE_CHANGE_TRANSITIONS, change.state, PhoneChangeEvent.REJECTED)
        return replace(change, state=state, note=UNMATCHED)
    return change


def require_open_for_proofs(change: PhoneChange, *, rules: PhoneChangeRules, at: datetime) -> PhoneChange:
    """The request as it stands, if it takes proofs. Raises PhoneChangeSubmitted, PhoneChangeExpired."""
    known = as_of(change, at, rules)
    if known.state is PhoneChangeState.EXPIRED:
        raise PhoneChangeExpired()
    reopens = known.state is PhoneChangeState.REJECTED and known.submissions_left > 0
    if known.state is not PhoneChangeState.DRAFT and not reopens:
        raise PhoneChangeSubmitted()
    return known


def with_proof(change: PhoneChange, proof: Proof, digest: str, *, rules: PhoneChangeRules, at: datetime) -> PhoneChange:
    """A proof in place of an earlier one of its kind (RE-3); a rejected request is a draft again while submissions are
    left (RE-5). The same image again changes nothing. Raises PhoneChangeSubmitted, PhoneChangeExpired.
    """
    if change.proofs.get(proof) == digest and as_of(change, at, rules).state is not PhoneChangeState.REJECTED:
        return change
    known = require_open_for_proofs(change, rules=rules, at=at)
    expire_time = at + rules.draft if known.state is PhoneChangeState.REJECTED else known.expire_time
    proofs = {**known.proofs, proof: digest}
    return _moved(known, PhoneChangeEvent.PROOF_ADDED, at, proofs=proofs, expire_time=expire_time)


def submitted(change: PhoneChange, *, rules: PhoneChangeRules, at: datetime) -> PhoneChange:
    """Handed to the exam authority; one that is not a draft any more stays as it is.

    Raises ProofsMissing naming each, PhoneChangeExpired.
    """
    known = as_of(change, at, rules)
    if known.state is PhoneChangeState.EXPIRED:
        raise PhoneChangeExpired()
    if known.state is not PhoneChangeState.DRAFT:
        return change
    missing = [proof for proof in Proof if proof not in known.proofs]
    if missing:
        raise ProofsMissing(unmet=[_missing(proof) for proof in missing])
    submissions = known.submissions + 1
    return _moved(known, PhoneChangeEvent.SUBMITTED, at, submissions=submissions, submit_time=at, note="")


def decided(
    change: PhoneChange,
    decision: PhoneChangeEvent,
    note: str,
    candidate: Candidate,
    *,
    rules: PhoneChangeRules,
    at: datetime,
) -> PhoneChange:
    """What the exam authority decided; what was approved before stays so. An approval waits for the cooling-off time
    and remembers which phone has to be told.
    """
    if change.state not in UNDECIDED:
        return change
    if candidate.ended:
        return replace(without_account(change, at=at), decide_time=at)
    if decision is PhoneChangeEvent.APPROVED:
        return _moved(
            change, decision, at, old_phone=candidate.phone, decide_time=at, effective_time=at + rules.cooling_off
        )
    return _moved(change, decision, at, decide_time=at, note=note, expire_time=at + rules.draft)


def settled(change: PhoneChange, candidate: Candidate, *, at: datetime) -> PhoneChange:
    """What becomes of an approved request when its time has come: it takes effect, unless the owner logged in and
    verified a phone since the approval. Before its time, and when it is settled already, it stays as it is.
    """
    due = change.effective_time is not None and change.effective_time <= at
    if change.state is not PhoneChangeState.APPROVED or change.decide_time is None or not due:
        return change
    if candidate.phone_verify_time is not None and candidate.phone_verify_time > change.decide_time:
        return _moved(change, PhoneChangeEvent.OVERRULED, at, note=OVERRULED)
    return _moved(change, PhoneChangeEvent.TOOK_EFFECT, at)


def without_account(change: PhoneChange, *, at: datetime) -> PhoneChange:
    """A request whose account has ended (ID-15): it is told what one is told that fits nobody, and is not taken
    again.
    """
    if change.state is PhoneChangeState.EFFECTIVE:
        return change
    return _moved(change, PhoneChangeEvent.ACCOUNT_ENDED, at, note=UNMATCHED, submissions=MOST_SUBMISSIONS)


def without_images(change: PhoneChange, *, at: datetime) -> PhoneChange:
    """The request without its images, which review keeps with the case."""
    return replace(change, proofs={}, version=change.version + 1, update_time=at)


def _missing(proof: Proof) -> Unmet:
    zh, en = PROOF_NAMES[proof]
    return Unmet("PROOF_MISSING", proof.value, f"缺少{zh}。", f"A photo of {en} is missing.", "UPLOAD_PROOF")


def _moved(change: PhoneChange, event: PhoneChangeEvent, at: datetime, **values: Any) -> PhoneChange:
    state = advance(PHONE_CHANGE_TRANSITIONS, change.state, event)
    return replace(change, state=state, version=change.version + 1, update_time=at, **values)


def image_key(phone_change_id: str, digest: str) -> str:
    """Where a proof lies in the blob store."""
    return f"{IMAGES}/{phone_change_id}/{digest}"
