"""The words that a reviewer's commands take: those of review's contract."""

from enum import Enum


class CaseKind(Enum):
    """What a case is about (RE-1)."""

    IDENTITY_PROOF = "IDENTITY_PROOF"
    DOCUMENT_TYPE = "DOCUMENT_TYPE"
    SPECIAL_MAJOR = "SPECIAL_MAJOR"
    DETAILS = "DETAILS"
    PHONE_CHANGE = "PHONE_CHANGE"
    PRACTICE_COURSE = "PRACTICE_COURSE"


class CaseState(Enum):
    """Which cases to list."""

    WAITING = "WAITING"
    CLAIMED = "CLAIMED"
    COLLECTING = "COLLECTING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


class DecisionReason(Enum):
    """Why a submission is not approved."""

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


class DecisionVerdict(Enum):
    """What a second reviewer would have decided."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    ASKED_AGAIN = "ASKED_AGAIN"
