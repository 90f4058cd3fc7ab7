"""What a candidate is told of somebody else's decision about something selected (EN-6, PA-12)."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class Occasion(Enum):
    """When a candidate is told."""

    PRACTICE_TIME_COLLIDES = "PRACTICE_TIME_COLLIDES"
    PRACTICE_TIME_SET = "PRACTICE_TIME_SET"
    SESSION_CANCELLED = "SESSION_CANCELLED"


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one candidate. The times are those of a practice course, and absent otherwise."""

    notice_id: str
    candidate_id: str
    occasion: Occasion
    session_id: str
    course_name: str = ""
    start: datetime | None = None
    end: datetime | None = None
