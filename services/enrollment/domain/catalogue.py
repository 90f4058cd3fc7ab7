"""The catalogue (EN-1): what can be registered for and selected, as one immutable value with its indexes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import Enum
from types import MappingProxyType
from typing import TypeVar

from chassis.clock import SHANGHAI

K = TypeVar("K")
V = TypeVar("V")

EVERYWHERE = "*"
"""The school or scope of what holds at every school."""


class Period(Enum):
    """Half of an exam day (半天)."""

    AM = "AM"
    PM = "PM"


class CourseKind(Enum):
    """Who examines a course, and how."""

    THEORY = "THEORY"
    PUBLIC_PRACTICE = "PUBLIC_PRACTICE"
    SCHOOL_PRACTICE = "SCHOOL_PRACTICE"


class TextKind(Enum):
    """The texts candidates read or accept."""

    CANDIDATE_NOTICE = "CANDIDATE_NOTICE"
    SCHOOL_NOTICE = "SCHOOL_NOTICE"
    SESSION_NOTICE = "SESSION_NOTICE"
    INTEGRITY_PLEDGE = "INTEGRITY_PLEDGE"
    REGISTRATION_UNDERTAKING = "REGISTRATION_UNDERTAKING"
    OUTLYING_DISTRICT_NOTICE = "OUTLYING_DISTRICT_NOTICE"


@dataclass(frozen=True, slots=True)
class TimeRange:
    """A stretch of time, from `start` up to but not including `end`."""

    start: datetime
    end: datetime

    def overlaps(self, other: "TimeRange") -> bool:
        """True when some instant belongs to both."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class School:
    """A host school (主考学校)."""

    school_code: str
    name: str


@dataclass(frozen=True, slots=True)
class Major:
    """A programme at one level (专业); `special` ones ask for proofs (EN-4)."""

    major_code: str
    name: str
    level: str
    special: bool
    min_total_credits: int


PROOF_IMAGES = (
    "DOCUMENT_FRONT",
    "DOCUMENT_BACK",
    "HOLDING_DOCUMENT",
    "CERTIFICATE",
    "EMPLOYMENT_PROOF",
    "OTHER",
)
"""What an image of a proof may show (RE-10), in the order in which a case asks for them."""


@dataclass(frozen=True, slots=True)
class SpecialProof:
    """One thing a special major asks for: a CONDITION to meet or a DOCUMENT to show (EN-4). Those of one
    `alternative_group` stand for each other. Of a document: what its image `shows`, and how that should look (RE-10).
    """

    kind: str
    fact: str
    alternative_group: str
    fact_en: str = ""
    shows: str = "OTHER"
    explanation_zh: str = ""
    explanation_en: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """A course (课程)."""

    course_code: str
    name: str
    credits: int
    exam_method: str
    kind: CourseKind
    paired_theory_code: str
    prerequisite_rule: str
    retired: bool
    fee_item: str

    @property
    def is_theory(self) -> bool:
        """True for courses that the exam authority examines and that are paid online (EN-10)."""
        return self.kind is CourseKind.THEORY


@dataclass(frozen=True, slots=True)
class Host:
    """A school hosting a major."""

    school_code: str
    major_code: str
    new_student_cap: int | None
    reviews_practice: bool


@dataclass(frozen=True, slots=True)
class PlanCourse:
    """A course's place in a plan; required when `group` is empty."""

    course_code: str
    group: str
    effective_from: date | None = None
    effective_until: date | None = None

    def in_force(self, day: date) -> bool:
        """True when the course belongs to the plan on that day."""
        return (self.effective_from is None or self.effective_from <= day) and (
            self.effective_until is None or day <= self.effective_until
        )


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """A choose-some group of a plan."""

    group: str
    min_courses: int
    min_credits: int
    rule: str


@dataclass(frozen=True, slots=True)
class CourseEquivalent:
    """Old courses whose passes, all together, count for one of the new ones."""

    major_code: str
    old_course_codes: tuple[str, ...]
    new_course_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which courses belong to a major at a host school (考试计划)."""

    host: Host
    courses: Mapping[str, PlanCourse]
    groups: tuple[PlanGroup, ...]
    equivalents: tuple[CourseEquivalent, ...]


@dataclass(frozen=True, slots=True)
class District:
    """A district (考区)."""

    district_code: str
    name: str
    outlying: bool


@dataclass(frozen=True, slots=True)
class Sitting:
    """When a course is examined (场次); a practice course may have no time yet (EN-6)."""

    session_id: str
    school_code: str
    course_code: str
    day: date | None = None
    period: Period | None = None
    starts: time | None = None
    ends: time | None = None

    @property
    def start_time(self) -> datetime | None:
        """When the examination starts."""
        return None if self.day is None or self.starts is None else datetime.combine(self.day, self.starts, SHANGHAI)

    @property
    def end_time(self) -> datetime | None:
        """When the examination ends."""
        return None if self.day is None or self.ends is None else datetime.combine(self.day, self.ends, SHANGHAI)

    def occupies(self, kind: CourseKind) -> TimeRange | None:
        """EN-5: theory takes its whole half-day, practice its start-to-end time; EN-6: nothing until a time is set."""
        if kind is CourseKind.THEORY:
            return None if self.day is None or self.period is None else half_day(self.day, self.period)
        if self.start_time is None or self.end_time is None:
            return None
        return TimeRange(self.start_time, self.end_time)


def half_day(day: date, period: Period) -> TimeRange:
    """A whole half-day: midnight to noon, or noon to midnight, in Shanghai."""
    midnight = datetime.combine(day, time.min, SHANGHAI)
    noon = midnight + timedelta(hours=12)
    return TimeRange(midnight, noon) if period is Period.AM else TimeRange(noon, midnight + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Option:
    """One of a question's options."""

    option_id: str
    label_zh: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a session's questionnaire (EN-3)."""

    question_id: str
    kind: str
    label_zh: str
    label_en: str
    required: bool
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """One version of a text; versions count from 1 within a kind and scope."""

    kind: TextKind
    scope: str
    version: int
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    create_time: datetime


class SessionState(Enum):
    """Where a session stands."""

    ANNOUNCED = "ANNOUNCED"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class ExamSession:
    """An exam session (考期) with its registration window."""

    session_id: str
    display_name_zh: str
    display_name_en: str
    registration_start: datetime
    registration_end: datetime
    payment_cutoff: datetime
    close_time: datetime | None
    cancel_time: datetime | None
    version: int
    cancel_reason: str = ""
    refund_request_deadline: datetime | None = None
    """Until when candidates may ask for fees back; None where they may not (PA-14)."""

    @property
    def etag(self) -> str:
        """Changes whenever the session changes."""
        return f"s{self.version}"

    def state(self, now: datetime) -> SessionState:
        """F-15: the window follows the server's clock; its end instant no longer belongs to it."""
        if self.cancel_time is not None:
            return SessionState.CANCELLED
        if self.close_time is not None or now >= self.registration_end:
            return SessionState.CLOSED
        return SessionState.OPEN if now >= self.registration_start else SessionState.ANNOUNCED


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The whole catalogue at one revision. Every change of any part has its own revision number."""

    revision: int
    schools: Mapping[str, School] = field(default_factory=dict)
    majors: Mapping[str, Major] = field(default_factory=dict)
    courses: Mapping[str, Course] = field(default_factory=dict)
    plans: Mapping[tuple[str, str], Plan] = field(default_factory=dict)
    proofs: Mapping[str, tuple[SpecialProof, ...]] = field(default_factory=dict)
    districts: Mapping[str, District] = field(default_factory=dict)
    sessions: Mapping[str, ExamSession] = field(default_factory=dict)
    sittings: Mapping[tuple[str, str, str], Sitting] = field(default_factory=dict)
    fees: Mapping[tuple[str, str], int] = field(default_factory=dict)
    questions: Mapping[str, tuple[Question, ...]] = field(default_factory=dict)
    texts: Mapping[tuple[TextKind, str], tuple[Text, ...]] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """Changes whenever any part of the catalogue changes."""
        return f"c{self.revision}"

    def hosts_of(self, major_code: str) -> tuple[str, ...]:
        """The schools that host a major, by code."""
        return tuple(sorted(school for school, major in self.plans if major == major_code))

    def sitting(self, session_id: str, school_code: str, course_code: str) -> Sitting | None:
        """The school's own sitting of a course, or the one that holds everywhere."""
        return self.sittings.get((session_id, school_code, course_code)) or self.sittings.get(
            (session_id, EVERYWHERE, course_code)
        )

    def sittings_of(self, session_id: str) -> Iterable[Sitting]:
        """A session's sittings."""
        return (sitting for sitting in self.sittings.values() if sitting.session_id == session_id)

    def fee(self, session_id: str, course: Course) -> int:
        """What a course costs in a session, in fen; 0 where the session states no such fee."""
        return self.fees.get((session_id, course.fee_item), 0)

    def text(self, kind: TextKind, scope: str = EVERYWHERE) -> Text | None:
        """The newest version of the scope's own text, or of the one for all."""
        versions = self.texts.get((kind, scope)) or self.texts.get((kind, EVERYWHERE))
        return versions[-1] if versions else None


EMPTY = Catalogue(revision=0)


def frozen(entries: Mapping[K, V]) -> Mapping[K, V]:
    """A view of `entries` through which nothing can be changed."""
    return MappingProxyType(dict(entries))
