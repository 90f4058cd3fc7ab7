"""The review cases that enrollment opens (RE-1)."""

from dataclasses import dataclass
from enum import Enum


class CaseKind(Enum):
    """What a case is about."""

    SPECIAL_MAJOR = "SPECIAL_MAJOR"
    PRACTICE_COURSE = "PRACTICE_COURSE"


@dataclass(frozen=True, slots=True)
class CaseToOpen:
    """A review case: its id is derived from its subject, so that it is opened once."""

    case_id: str
    kind: CaseKind
    candidate_id: str
    subject_id: str
    school_code: str
