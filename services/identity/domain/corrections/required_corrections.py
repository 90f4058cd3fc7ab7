"""A correction (更正) of photo, name or details that fault was found with after the person was verified (EN-4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Final

from chassis.errors import Unmet
from chassis.transitions import Transitions, advance
from services.identity.errors import CorrectionFinal, CorrectionOpen, FaultRequired, NothingToCorrect, ProofsMissing

MOST_SUBMISSIONS: Final = 3
"""RE-5, EN-4."""


class CorrectionState(Enum):
    """Where a correction stands."""

    REQUIRED = "REQUIRED"
    UNDER_REVIEW = "UNDER_REVIEW"
    APPROVED = "APPROVED"
    REFUSED = "REFUSED"


class CorrectionEvent(Enum):
    """What moves it."""

    HANDED_IN = "HANDED_IN"
    NOT_TAKEN = "NOT_TAKEN"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    ASKED_AGAIN = "ASKED_AGAIN"
    REJECTED_FOR_GOOD = "REJECTED_FOR_GOOD"


CORRECTION_TRANSITIONS: Final[Transitions[CorrectionState, CorrectionEvent]] = {
    (CorrectionState.REQUIRED, CorrectionEvent.HANDED_IN): CorrectionState.UNDER_REVIEW,
    (CorrectionState.UNDER_REVIEW, CorrectionEvent.NOT_TAKEN): CorrectionState.REQUIRED,
    (CorrectionState.UNDER_REVIEW, CorrectionEvent.APPROVED): CorrectionState.APPROVED,
    (CorrectionState.UNDER_REVIEW, CorrectionEvent.REJECTED): CorrectionState.REQUIRED,
    (CorrectionState.UNDER_REVIEW, CorrectionEvent.ASKED_AGAIN): CorrectionState.REQUIRED,
    (CorrectionState.UNDER_REVIEW, CorrectionEvent.REJECTED_FOR_GOOD): CorrectionState.REFUSED,
}


class Fault(Enum):
    """What is wrong, by the names that review's decisions use."""

    IMAGE_UNREADABLE = "IMAGE_UNREADABLE"
    MATERIAL_MISSING = "MATERIAL_MISSING"
    DOCUMENT_MISMATCH = "DOCUMENT_MISMATCH"
    DOCUMENT_EXPIRED = "DOCUMENT_EXPIRED"
    PERSON_MISMATCH = "PERSON_MISMATCH"
    SUSPECTED_FORGERY = "SUSPECTED_FORGERY"
    SEE_NOTE = "SEE_NOTE"
    PHOTO_UNFIT = "PHOTO_UNFIT"
    DETAILS_WRONG = "DETAILS_WRONG"


FINDABLE: Final = frozenset(
    {Fault.PHOTO_UNFIT, Fault.PERSON_MISMATCH, Fault.DOCUMENT_MISMATCH, Fault.DETAILS_WRONG, Fault.SEE_NOTE}
)
"""What can be wrong with a photo, a name or details; the others are found in proofs only."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault as somebody found it; `note` is for the candidate."""

    fault: Fault
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Correction:
    """The `number`-th correction asked of a person, counting from 1. `finding` is what was found wrong last."""

    number: int
    finding: Finding
    find_time: datetime
    state: CorrectionState = CorrectionState.REQUIRED
    submissions: int = 0

    @property
    def open(self) -> bool:
        """Whether photo, name and details can be changed now because of it."""
        return self.state is CorrectionState.REQUIRED

    @property
    def submissions_left(self) -> int:
        """How often it can still be handed in (RE-5)."""
        return 0 if self.state is CorrectionState.APPROVED else MOST_SUBMISSIONS - self.submissions

    @property
    def next_step(self) -> "NextStep | None":
        """What the candidate does next, if anything."""
        if self.state is CorrectionState.REFUSED:
            return TURN_TO_SCHOOL
        return NEXT_STEPS[self.finding.fault] if self.open else None


@dataclass(frozen=True, slots=True)
class NextStep:
    """What a candidate does, in both languages."""

    zh: str
    en: str


TURN_TO_SCHOOL: Final = NextStep(
    "提交次数已用完，请联系主考学校或考试院。",
    "No submission is left; please turn to the host school or the exam authority.",
)
_PROOFS: Final = NextStep(
    "请上传清晰、完整、在有效期内的证件照片后再次提交。",
    "Upload sharp, complete images of a valid document and hand them in again.",
)
NEXT_STEPS: Final[Mapping[Fault, NextStep]] = {
    Fault.IMAGE_UNREADABLE: _PROOFS,
    Fault.MATERIAL_MISSING: _PROOFS,
    Fault.DOCUMENT_EXPIRED: _PROOFS,
    Fault.DOCUMENT_MISMATCH: NextStep(
        "请按证件核对姓名等信息，更正后连同证件照片提交。",
        "Compare name and details with the document, correct them, and hand them in with an image of it.",
    ),
    Fault.PERSON_MISMATCH: NextStep(
        "请更换为本人近期照片，连同证件照片提交。",
        "Replace the photo with a recent one of yourself, and hand it in with an image of the document.",
    ),
    Fault.PHOTO_UNFIT: NextStep(
        "请按照片要求重新拍摄并更换照片，连同证件照片提交。",
        "Take a photo that keeps to the rules, and hand it in with an image of the document.",
    ),
    Fault.DETAILS_WRONG: NextStep(
        "请更正个人信息并确认，连同证件照片提交。",
        "Correct and confirm the details, and hand them in with an image of the document.",
    ),
    Fault.SUSPECTED_FORGERY: NextStep(
        "请携带证件原件到主考学校核验。", "Bring the original document to the host school."
    ),
    Fault.SEE_NOTE: NextStep("请按说明处理后提交。", "Follow the note, then hand the correction in."),
}


def found(present: Correction | None, finding: Finding, *, by_authority: bool, at: datetime) -> Correction:
    """A correction asked for; the same finding again stands as it is.

    Raises FaultRequired; CorrectionOpen while one is; CorrectionFinal after three rejections, unless the exam
    authority begins anew.
    """
    if finding.fault not in FINDABLE or (finding.fault is Fault.SEE_NOTE and not finding.note.strip()):
        raise FaultRequired()
    if present is None:
        return Correction(1, finding, at)
    if present.open and present.submissions == 0 and present.finding == finding:
        return present
    if present.state in (CorrectionState.REQUIRED, CorrectionState.UNDER_REVIEW):
        raise CorrectionOpen()
    if present.state is CorrectionState.REFUSED and not by_authority:
        raise CorrectionFinal()
    return Correction(present.number + 1, finding, at)


def handed_in(present: Correction | None) -> Correction:
    """Under review, as its next submission; one that is stays as it is. Raises NothingToCorrect."""
    if present is not None and present.state is CorrectionState.UNDER_REVIEW:
        return present
    if present is None or not present.open:
        raise NothingToCorrect()
    return replace(_moved(present, CorrectionEvent.HANDED_IN), submissions=present.submissions + 1)


def not_taken(present: Correction) -> Correction:
    """As before a hand-in that review did not take, which counts for nothing."""
    return replace(_moved(present, CorrectionEvent.NOT_TAKEN), submissions=present.submissions - 1)


def decided(present: Correction, event: CorrectionEvent, finding: Finding | None) -> Correction:
    """As the host school decided its submission; `finding` says why it was not approved."""
    return replace(_moved(present, event), finding=finding or present.finding)


def proofs_missing() -> ProofsMissing:
    """RE-3: a reviewer compares photo and details with the front of the document."""
    zh, en = "请上传证件正面照片。", "An image of the document's front is missing."
    return ProofsMissing(unmet=[Unmet("PROOF_MISSING", "DOCUMENT_FRONT", zh, en, "UPLOAD_PROOF")])


class FollowUp(Enum):
    """What has to be done after a change of a correction."""

    OPEN_CASE = "OPEN_CASE"
    HAND_IN = "HAND_IN"
    TELL_CANDIDATE = "TELL_CANDIDATE"


def follow_ups(before: Correction | None, after: Correction | None) -> tuple[FollowUp, ...]:
    """Review opens a case or is handed one; the candidate is told what was found or decided."""
    if after is None or after == before:
        return ()
    if before is None or after.number != before.number:
        return FollowUp.OPEN_CASE, FollowUp.TELL_CANDIDATE
    if after.submissions > before.submissions:
        return (FollowUp.HAND_IN,)
    return (FollowUp.TELL_CANDIDATE,) if after.submissions == before.submissions else ()


def _moved(present: Correction, event: CorrectionEvent) -> Correction:
    return replace(present, state=advance(CORRECTION_TRANSITIONS, present.state, event))
