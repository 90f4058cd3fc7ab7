"""What cases are about, what each kind asks for, and by when it is decided (RE-1, RE-4, RE-10)."""

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum
from typing import Final

from services.review.domain.required_images import (
    COURSE_CONDITION,
    DOCUMENT_FRONT,
    DOCUMENT_IMAGES,
    PORTRAIT,
    RequiredImage,
)


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

ASKED_FOR: Final[Mapping[CaseKind, tuple[RequiredImage, ...]]] = {
    CaseKind.IDENTITY_PROOF: DOCUMENT_IMAGES,
    CaseKind.DOCUMENT_TYPE: DOCUMENT_IMAGES,
    CaseKind.SPECIAL_MAJOR: DOCUMENT_IMAGES,
    CaseKind.DETAILS: (PORTRAIT, DOCUMENT_FRONT),
    CaseKind.PHONE_CHANGE: DOCUMENT_IMAGES,
    CaseKind.PRACTICE_COURSE: (COURSE_CONDITION,),
}
"""What a case of a kind asks for (RE-10) unless whoever opens it says otherwise, as for special majors."""

REOPENED: Final = frozenset({CaseKind.IDENTITY_PROOF, CaseKind.DOCUMENT_TYPE, CaseKind.SPECIAL_MAJOR})
"""Whatever else was rejected for good begins anew: a correction, a phone change, a selection."""
