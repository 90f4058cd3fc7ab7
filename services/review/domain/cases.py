"""A case (审核件): its states, its three submissions, its claim and its decision (RE-1, RE-2, RE-4, RE-5)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from chassis.errors import NotFound, StaleEtag
from chassis.transitions import advance
from services.review.domain.case_kinds import ASKED_FOR, DECIDE_WITHIN, REOPENED, CaseKind
from services.review.domain.case_transitions import CASE_TRANSITIONS, COLLECTS, DECIDED, OVER, CaseEvent, CaseState
from services.review.domain.decision_reasons import DecisionReason, Verdict
from services.review.domain.required_images import (
    OTHER,
    Condition,
    RequiredImage,
    require_none_missing,
)
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
    SubmissionsUsedUp,
    SubmitWithCorrection,
    WrongOwner,
)

MOST_SUBMISSIONS: Final = 3
"""RE-5."""

AUTHORITY: Final = "AUTHORITY"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a case is about, and what its reviewer is shown of the person."""

    kind: CaseKind
    candidate_id: str
    subject_id: str
    organisation: str
    display_name: str = field(default="", repr=False)
    masked_document_number: str = field(default="", repr=False)
    subject_name: str = ""
    conditions: tuple[Condition, ...] = ()
    named_images: tuple[RequiredImage, ...] = ()

    @property
    def required_images(self) -> tuple[RequiredImage, ...]:
        """What it asks for (RE-10): what whoever opened it named, or what its kind asks for; and room for more."""
        return (*(self.named_images or ASKED_FOR[self.kind]), OTHER)


@dataclass(frozen=True, slots=True)
class Case:
    """One case at one version.

    `effect_time` is when its last decision takes effect (RE-12). `most_submissions` grows when it is reopened (RE-10).
    """

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
    effect_time: datetime | None = None
    most_submissions: int = MOST_SUBMISSIONS
    version: int = 1

    @property
    def submissions_left(self) -> int:
        """How often it may still be submitted (RE-5)."""
        return 0 if self.state in OVER else self.most_submissions - self.submission

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
    effect_time: datetime
    sampled: bool = False

    @property
    def submissions_left(self) -> int:
        """How often the case could still be submitted when this was decided (RE-5). One that an operator has reopened
        had none left.
        """
        return 0 if self.verdict is Verdict.APPROVED else max(0, MOST_SUBMISSIONS - self.submission)


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
    """What it was about is gone; an approved case whose decision is in effect stays as it is, and so does a withdrawn
    one.
    """
    if case.state is CaseState.WITHDRAWN or (case.state in OVER and not awaits_effect(case, at)):
        return case
    return _moved(case, CaseEvent.WITHDRAWN, at, claimed_by="", claim_expire_time=None, deadline=None)


def erased(case: Case, *, at: datetime) -> Case:
    """Nothing is left of the person: name, number and what the case is about by name. One that waits for somebody is
    withdrawn; a decided one stands as its decision says, also while that could be undone (RE-12). Kind, owner, times
    and state stay, and with them the figures (ID-20).
    """
    subject = replace(
        case.subject, display_name="", masked_document_number="", subject_name="", conditions=(), named_images=()
    )
    if subject == case.subject:
        return case
    after = case if case.state in OVER else withdrawn(case, at=at)
    return replace(after, subject=subject, update_time=at, version=case.version + 1)


def touched(case: Case, *, at: datetime) -> Case:
    """The next version of a case whose materials have changed."""
    return replace(case, update_time=at, version=case.version + 1)


def require_present(case: Case) -> None:
    """Raises CaseWithdrawn when what the case is about is gone."""
    if case.state is CaseState.WITHDRAWN:
        raise CaseWithdrawn()


def as_of(case: Case, now: datetime) -> Case:
    """The case as it stands now: a claim whose lease is over has lapsed (RE-4)."""
    if case.state is CaseState.CLAIMED and case.claim_expire_time is not None and case.claim_expire_time <= now:
        return _unclaimed(case, CaseEvent.LAPSED)
    return case


def awaits_effect(case: Case, now: datetime) -> bool:
    """RE-12: whether its decision has been made and is not in effect yet."""
    return case.effect_time is not None and now < case.effect_time


def shown_to_candidate(case: Case, now: datetime) -> Case:
    """The case as its candidate knows it: a decision that can still be undone is none (RE-12)."""
    return replace(case, state=CaseState.CLAIMED, effect_time=None) if awaits_effect(case, now) else case


def require_collecting(case: Case, now: datetime) -> None:
    """Whether materials may be handed in. Raises CaseWithdrawn, SubmissionsUsedUp, CaseNotCollecting."""
    require_present(case)
    if awaits_effect(case, now):
        raise CaseNotCollecting()
    if case.state in COLLECTS and case.submissions_left == 0:
        raise SubmissionsUsedUp(most=str(case.most_submissions))
    if case.state not in COLLECTS:
        raise CaseNotCollecting()


def require_submitter(case: Case, *, service: bool) -> None:
    """EN-4: a correction is handed in by identity, which keeps photo and details as they are meanwhile. Raises
    SubmitWithCorrection for anybody else.
    """
    if case.subject.kind is CaseKind.DETAILS and not service:
        raise SubmitWithCorrection()


def submitted(
    case: Case, *, materials: int, at: datetime, submission: int = 0, missing: Sequence[RequiredImage] = ()
) -> Case:
    """Into the queue (RE-5); a case already in it stays as it is, and so does one that had its `submission` already.

    `materials` counts those handed in for this submission, `missing` are the images that were never handed in (RE-10).
    Raises CaseWithdrawn, CaseDecided, SubmissionsUsedUp, MaterialsMissing, NoMaterials.
    """
    if case.state in (CaseState.WAITING, CaseState.CLAIMED) or 0 < submission <= case.submission:
        return case
    if awaits_effect(case, at):
        return case
    if case.state is CaseState.APPROVED:
        raise CaseDecided()
    require_collecting(case, at)
    require_none_missing(missing)
    if materials == 0:
        raise NoMaterials()
    return _moved(
        case,
        CaseEvent.SUBMITTED,
        at,
        submission=case.submission + 1,
        submit_time=at,
        deadline=at + DECIDE_WITHIN[case.subject.kind],
        effect_time=None,
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
    case: Case, reviewer_id: str, judgement: Judgement, *, at: datetime, effect: datetime, sampled: bool = False
) -> tuple[Case, Decision]:
    """The case after its decision, and the decision (RE-4), which can be undone until it takes `effect` (RE-12), and
    which somebody judges again when it is `sampled` (RE-9).

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
        raise SubmissionsUsedUp(most=str(case.most_submissions))
    decision = Decision(
        case_id=case.case_id,
        submission=case.submission,
        verdict=judgement.verdict,
        reason=judgement.reason,
        note=judgement.note,
        reviewer_id=reviewer_id,
        decide_time=at,
        effect_time=effect,
        sampled=sampled,
    )
    event = CaseEvent[judgement.verdict.value]
    return replace(_moved(known, event, at, claimed_by="", claim_expire_time=None), effect_time=effect), decision


def undone(case: Case, last: Decision | None, reviewer_id: str, *, at: datetime, lease: timedelta) -> Case:
    """The reviewer's again, as if it had not been decided (RE-12); a case that the reviewer has stays as it is.

    `last` is its last decision. Raises CaseWithdrawn, DecisionInEffect.
    """
    require_present(case)
    if case.state is CaseState.CLAIMED and case.claimed_by == reviewer_id:
        return case
    if last is None or last.reviewer_id != reviewer_id or not awaits_effect(case, at):
        raise DecisionInEffect()
    back = _moved(case, CaseEvent.UNDONE, at, effect_time=None)
    return replace(back, claimed_by=reviewer_id, claim_expire_time=at + lease)


def reopened(case: Case, *, at: datetime) -> Case:
    """Open for one more submission (RE-10); a case that collects stays as it is. Raises CaseNotExhausted."""
    if case.state is CaseState.COLLECTING:
        return case
    exhausted = case.state is CaseState.REJECTED and case.submissions_left == 0 and not awaits_effect(case, at)
    if not exhausted or case.subject.kind not in REOPENED:
        raise CaseNotExhausted()
    return _moved(case, CaseEvent.REOPENED, at, most_submissions=case.most_submissions + 1, effect_time=None)


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
    if (
        known.state in DECIDED
        or awaits_effect(case, now)
        or (known.state is CaseState.CLAIMED and known.claimed_by == reviewer_id)
    ):
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
