"""A case (审核件): its states, its three submissions, its claim and its decision (RE-1, RE-2, RE-4, RE-5)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from chassis.errors import NotFound, StaleEtag
from chassis.transitions import Transitions, advance
from services.review.domain.decision_reasons import DecisionReason, Verdict
from services.review.errors import (
    CaseClaimed,
    CaseDecided,
    CaseNotClaimed,
    CaseNotCollecting,
    CaseNotWaiting,
    CaseWithdrawn,
    NoMaterials,
    ReasonRequired,
    SubmissionsUsedUp,
    SubmitWithCorrection,
    WrongOwner,
)

MOST_SUBMISSIONS: Final = 3
"""RE-5."""

AUTHORITY: Final = "AUTHORITY"


class CaseKind(Enum):
    """What a case is about (RE-1)."""

    IDENTITY_PROOF = "IDENTITY_PROOF"
    DOCUMENT_TYPE = "DOCUMENT_TYPE"
    SPECIAL_MAJOR = "SPECIAL_MAJOR"
    DETAILS = "DETAILS"
    PHONE_CHANGE = "PHONE_CHANGE"
    PRACTICE_COURSE = "PRACTICE_COURSE"


DECIDE_WITHIN: Final[Mapping[CaseKind, timedelta]] = {
    CaseKind.IDENTITY_PROOF: timedelta(days=2),
    CaseKind.DOCUMENT_TYPE: timedelta(days=2),
    CaseKind.SPECIAL_MAJOR: timedelta(days=3),
    CaseKind.DETAILS: timedelta(days=2),
    CaseKind.PHONE_CHANGE: timedelta(days=3),
    CaseKind.PRACTICE_COURSE: timedelta(days=3),
}
"""From a submission to its deadline, by which queues are ordered (RE-4)."""


class CaseState(Enum):
    """Where a case stands."""

    COLLECTING = "COLLECTING"
    WAITING = "WAITING"
    CLAIMED = "CLAIMED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


class CaseEvent(Enum):
    """What moves it."""

    SUBMITTED = "SUBMITTED"
    CLAIMED = "CLAIMED"
    RELEASED = "RELEASED"
    LAPSED = "LAPSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    ASKED_AGAIN = "ASKED_AGAIN"
    WITHDRAWN = "WITHDRAWN"


CASE_TRANSITIONS: Final[Transitions[CaseState, CaseEvent]] = {
    (CaseState.COLLECTING, CaseEvent.SUBMITTED): CaseState.WAITING,
    (CaseState.REJECTED, CaseEvent.SUBMITTED): CaseState.WAITING,
    (CaseState.WAITING, CaseEvent.CLAIMED): CaseState.CLAIMED,
    (CaseState.CLAIMED, CaseEvent.CLAIMED): CaseState.CLAIMED,
    (CaseState.CLAIMED, CaseEvent.RELEASED): CaseState.WAITING,
    (CaseState.CLAIMED, CaseEvent.LAPSED): CaseState.WAITING,
    (CaseState.CLAIMED, CaseEvent.APPROVED): CaseState.APPROVED,
    (CaseState.CLAIMED, CaseEvent.REJECTED): CaseState.REJECTED,
    (CaseState.CLAIMED, CaseEvent.ASKED_AGAIN): CaseState.COLLECTING,
    (CaseState.COLLECTING, CaseEvent.WITHDRAWN): CaseState.WITHDRAWN,
    (CaseState.WAITING, CaseEvent.WITHDRAWN): CaseState.WITHDRAWN,
    (CaseState.CLAIMED, CaseEvent.WITHDRAWN): CaseState.WITHDRAWN,
    (CaseState.REJECTED, CaseEvent.WITHDRAWN): CaseState.WITHDRAWN,
}

COLLECTS: Final = frozenset({CaseState.COLLECTING, CaseState.REJECTED})
DECIDED: Final = frozenset({CaseState.APPROVED, CaseState.REJECTED})
OVER: Final = frozenset({CaseState.APPROVED, CaseState.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Subject:
    """What a case is about, and what its reviewer is shown of the person."""

    kind: CaseKind
    candidate_id: str
    subject_id: str
    organisation: str
    display_name: str = field(default="", repr=False)
    masked_document_number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Case:
    """One case at one version."""

    case_id: str
    subject: Subject
    create_time: datetime
    update_time: datetime
    state: CaseState = CaseState.COLLECTING
    submission: int = 0
    submit_time: datetime | None = None
    deadline: datetime | None = None
    claimed_by: str = ""
    claim_expire_time: datetime | None = None
    version: int = 1

    @property
    def submissions_left(self) -> int:
        """How often it may still be submitted (RE-5)."""
        return 0 if self.state in OVER else MOST_SUBMISSIONS - self.submission

    @property
    def etag(self) -> str:
        """Changes whenever the case changes."""
        return str(self.version)


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision on one submission."""

    case_id: str
    submission: int
    verdict: Verdict
    reason: DecisionReason | None
    note: str = field(repr=False)
    reviewer_id: str
    decide_time: datetime
    sampled: bool = False

    @property
    def submissions_left(self) -> int:
        """How often the case could still be submitted when this was decided (RE-5)."""
        return 0 if self.verdict is Verdict.APPROVED else MOST_SUBMISSIONS - self.submission


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a reviewer says of a submission, before it is checked."""

    verdict: Verdict
    reason: DecisionReason | None
    note: str = field(repr=False)
    etag: str = ""


def opened(case_id: str, subject: Subject, *, at: datetime) -> Case:
    """A new case that collects materials. Raises WrongOwner."""
    if (subject.kind is CaseKind.PHONE_CHANGE) != (subject.organisation == AUTHORITY):
        raise WrongOwner()
    return Case(case_id, subject, create_time=at, update_time=at)


def withdrawn(case: Case, *, at: datetime) -> Case:
    """What it was about is gone; an approved case stays as it is, and so does a withdrawn one."""
    if case.state in OVER:
        return case
    return _moved(case, CaseEvent.WITHDRAWN, at, claimed_by="", claim_expire_time=None, deadline=None)


def require_present(case: Case) -> None:
    """Raises CaseWithdrawn when what the case is about is gone."""
    if case.state is CaseState.WITHDRAWN:
        raise CaseWithdrawn()


def as_of(case: Case, now: datetime) -> Case:
    """The case as it stands now: a claim whose lease is over has lapsed (RE-4)."""
    if case.state is CaseState.CLAIMED and case.claim_expire_time is not None and case.claim_expire_time <= now:
        return _unclaimed(case, CaseEvent.LAPSED)
    return case


def require_collecting(case: Case) -> None:
    """Whether materials may be handed in. Raises CaseWithdrawn, SubmissionsUsedUp, CaseNotCollecting."""
    require_present(case)
    if case.state in COLLECTS and case.submissions_left == 0:
        raise SubmissionsUsedUp(most=str(MOST_SUBMISSIONS))
    if case.state not in COLLECTS:
        raise CaseNotCollecting()


def require_submitter(case: Case, *, service: bool) -> None:
    """EN-4: a correction is handed in by identity, which keeps photo and details as they are meanwhile. Raises
    SubmitWithCorrection for anybody else.
    """
    if case.subject.kind is CaseKind.DETAILS and not service:
        raise SubmitWithCorrection()


def submitted(case: Case, *, materials: int, at: datetime, submission: int = 0) -> Case:
    """Into the queue (RE-5); a case already in it stays as it is, and so does one that had its `submission` already.

    `materials` counts those handed in for this submission. Raises CaseWithdrawn, CaseDecided, SubmissionsUsedUp,
    NoMaterials.
    """
    if case.state in (CaseState.WAITING, CaseState.CLAIMED) or 0 < submission <= case.submission:
        return case
    if case.state is CaseState.APPROVED:
        raise CaseDecided()
    require_collecting(case)
    if materials == 0:
        raise NoMaterials()
    return _moved(
        case,
        CaseEvent.SUBMITTED,
        at,
        submission=case.submission + 1,
        submit_time=at,
        deadline=at + DECIDE_WITHIN[case.subject.kind],
    )


def claimed(case: Case, reviewer_id: str, *, at: datetime, lease: timedelta) -> Case:
    """The reviewer's until the lease is over. Raises CaseWithdrawn, CaseClaimed, CaseNotWaiting."""
    require_present(case)
    known = as_of(case, at)
    if known.state is CaseState.CLAIMED and known.claimed_by != reviewer_id:
        raise CaseClaimed()
    if known.state not in (CaseState.WAITING, CaseState.CLAIMED):
        raise CaseNotWaiting()
    return replace(_moved(known, CaseEvent.CLAIMED, at), claimed_by=reviewer_id, claim_expire_time=at + lease)


def released(case: Case, reviewer_id: str, *, at: datetime) -> Case:
    """Back in the queue; a case the reviewer does not have stays as it is."""
    if case.state is not CaseState.CLAIMED or case.claimed_by != reviewer_id:
        return case
    return replace(_unclaimed(case, CaseEvent.RELEASED), version=case.version + 1, update_time=at)


def decided(
    case: Case, reviewer_id: str, judgement: Judgement, *, at: datetime, sampled: bool = False
) -> tuple[Case, Decision]:
    """The case after its decision, and the decision (RE-4), which somebody judges again when it is `sampled` (RE-9).

    Raises CaseWithdrawn, CaseClaimed, CaseNotClaimed, StaleEtag, ReasonRequired, and SubmissionsUsedUp for asking again
    after the last submission.
    """
    require_present(case)
    known = as_of(case, at)
    if known.state is CaseState.CLAIMED and known.claimed_by != reviewer_id:
        raise CaseClaimed()
    if known.state is not CaseState.CLAIMED:
        raise CaseNotClaimed()
    if judgement.etag != case.etag:
        raise StaleEtag()
    require_reason(judgement)
    if judgement.verdict is Verdict.ASKED_AGAIN and known.submissions_left == 0:
        raise SubmissionsUsedUp(most=str(MOST_SUBMISSIONS))
    decision = Decision(
        case.case_id, case.submission, judgement.verdict, judgement.reason, judgement.note, reviewer_id, at, sampled
    )
    after = _moved(known, CaseEvent[judgement.verdict.value], at, claimed_by="", claim_expire_time=None, deadline=None)
    return after, decision


def repeats(case: Case, last: Decision, reviewer_id: str, judgement: Judgement) -> bool:
    """Whether a reviewer sends again what has just been decided: the answer to the first time was lost."""
    said = (judgement.verdict, judgement.reason, judgement.note, reviewer_id)
    stands = (last.verdict, last.reason, last.note, last.reviewer_id)
    return said == stands and judgement.etag == str(case.version - 1)


def require_visible(case: Case, *, candidate_id: str = "", organisation: str = "") -> None:
    """Cases are shown to their candidate and to their organisation (RE-2). Raises NotFound to everybody else."""
    if case.subject.candidate_id != candidate_id and case.subject.organisation != organisation:
        raise NotFound()


def require_lookable(case: Case, reviewer_id: str, *, now: datetime) -> None:
    """A reviewer looks at images of a claimed or a decided case only. Raises CaseNotClaimed."""
    known = as_of(case, now)
    if known.state in DECIDED or (known.state is CaseState.CLAIMED and known.claimed_by == reviewer_id):
        return
    raise CaseNotClaimed()


def require_reason(judgement: Judgement) -> None:
    """Whoever is not approved learns why. Raises ReasonRequired."""
    silent = judgement.verdict is not Verdict.APPROVED and judgement.reason is None
    if silent or (judgement.reason is DecisionReason.SEE_NOTE and not judgement.note.strip()):
        raise ReasonRequired()


def _unclaimed(case: Case, event: CaseEvent) -> Case:
    return replace(case, state=advance(CASE_TRANSITIONS, case.state, event), claimed_by="", claim_expire_time=None)


def _moved(case: Case, event: CaseEvent, at: datetime, **changes: object) -> Case:
    state = advance(CASE_TRANSITIONS, case.state, event)
    return replace(case, state=state, update_time=at, version=case.version + 1, **changes)  # type: ignore[arg-type]
