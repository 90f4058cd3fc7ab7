"""Why a submission is not approved, and the one thing each reason asks of the candidate (RE-4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Verdict(Enum):
    """What is decided."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    ASKED_AGAIN = "ASKED_AGAIN"


class DecisionReason(Enum):
    """Why not."""

    IMAGE_UNREADABLE = "IMAGE_UNREADABLE"
    MATERIAL_MISSING = "MATERIAL_MISSING"
    DOCUMENT_MISMATCH = "DOCUMENT_MISMATCH"
    DOCUMENT_EXPIRED = "DOCUMENT_EXPIRED"
    PERSON_MISMATCH = "PERSON_MISMATCH"
    CONDITION_NOT_MET = "CONDITION_NOT_MET"
    SUSPECTED_FORGERY = "SUSPECTED_FORGERY"
    SEE_NOTE = "SEE_NOTE"
    PHOTO_UNFIT = "PHOTO_UNFIT"
    DETAILS_WRONG = "DETAILS_WRONG"


@dataclass(frozen=True, slots=True)
class NextStep:
    """What the candidate does next."""

    zh: str
    en: str


NOTHING: Final = NextStep("无需操作。", "Nothing to do.")
TURN_TO_REVIEWERS: Final = NextStep(
    "提交次数已用完，请联系主考学校或考试院。",
    "No submission is left; please turn to the host school or the exam authority.",
)

NEXT_STEPS: Final[Mapping[DecisionReason, NextStep]] = {
    DecisionReason.IMAGE_UNREADABLE: NextStep(
        "请重新拍摄清晰、完整的图片后再次提交。", "Photograph the pages again, sharp and complete, and submit again."
    ),
    DecisionReason.MATERIAL_MISSING: NextStep(
        "请补齐所要求的材料后再次提交。", "Add the images that are missing and submit again."
    ),
    DecisionReason.DOCUMENT_MISMATCH: NextStep(
        "请核对报名信息与证件，更正后再次提交。",
        "Compare the details with the document, correct them and submit again.",
    ),
    DecisionReason.DOCUMENT_EXPIRED: NextStep(
        "请使用有效期内的证件再次提交。", "Submit again with a document that is still valid."
    ),
    DecisionReason.PERSON_MISMATCH: NextStep(
        "请由本人手持证件拍摄后再次提交。", "Submit again with images of yourself holding your own document."
    ),
    DecisionReason.CONDITION_NOT_MET: NextStep(
        "请提交符合专业报考条件的证明，或改报其他专业。",
        "Submit proof that the major's conditions are met, or choose another major.",
    ),
    DecisionReason.SUSPECTED_FORGERY: NextStep(
        "请携带证件原件到审核单位（主考学校，修改手机号为考试院）核验。",
        "Bring the original document to the reviewers: the host school, or the exam authority for a phone change.",
    ),
    DecisionReason.PHOTO_UNFIT: NextStep(
        "请按照片要求重新拍摄并更换照片后再次提交。",
        "Take a photo that keeps to the rules, replace it and submit again.",
    ),
    DecisionReason.DETAILS_WRONG: NextStep(
        "请更正并确认个人信息后再次提交。", "Correct and confirm the details, then submit again."
    ),
    DecisionReason.SEE_NOTE: NextStep("请按审核意见处理后再次提交。", "Follow the reviewer's note and submit again."),
}


def next_step(verdict: Verdict, reason: DecisionReason | None, *, submissions_left: int) -> NextStep:
    """What a decision asks of the candidate."""
    if verdict is Verdict.APPROVED or reason is None:
        return NOTHING
    return NEXT_STEPS[reason] if submissions_left > 0 else TURN_TO_REVIEWERS
