"""Papers (报名信息表, 报考确认单): what they state, the codes they bear, whether they still hold (EN-18)."""

import base64
import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from chassis.errors import NotFound, must_exist
from services.enrollment.domain.catalogue import Catalogue, CourseKind
from services.enrollment.domain.catalogue_lookups import session_of
from services.enrollment.domain.registrations import Registration
from services.enrollment.domain.selections import Selection, SelectionState
from services.enrollment.errors import PaperWithoutCourses


class PaperKind(Enum):
    """What a paper states: who is registered and what they have chosen, or what counts."""

    REGISTRATION_FORM = "REGISTRATION_FORM"
    CONFIRMATION = "CONFIRMATION"


@dataclass(frozen=True, slots=True)
class PaperCourse:
    """A course as a paper names it; a practice course may have no time yet (EN-6)."""

    course_code: str
    course_name: str
    course_kind: CourseKind
    credits: int
    fee_fen: int
    start_time: datetime | None = None
    end_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """What a paper states beside the person, who is identity's. Text is empty where there is nothing to state."""

    session_name_zh: str
    session_name_en: str
    school_name: str
    major_code: str
    major_name: str
    ticket_number: str
    district_name: str
    courses: tuple[PaperCourse, ...]

    def digest(self, holder: "PaperHolder") -> bytes:
        """The same for the same facts about the same person."""
        stated = json.dumps({**asdict(self), "holder": holder.digest.hex()}, sort_keys=True, default=_plain)
        return hashlib.sha256(stated.encode()).digest()


@dataclass(frozen=True, slots=True)
class PaperHolder:
    """Whom a paper is about, as far as the public may know, as identity says it; `digest` changes with whatever papers
    say of the person.
    """

    masked_name: str = field(repr=False)
    document_number_ending: str = field(repr=False)
    digest: bytes


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it was issued. `digest` is that of its facts and its holder."""

    paper_id: str
    candidate_id: str
    registration_id: str
    session_id: str
    kind: PaperKind
    check_code: str = field(repr=False)
    facts: PaperFacts
    digest: bytes
    create_time: datetime


@dataclass(frozen=True, slots=True)
class CheckedPaper:
    """A paper, whether it holds, and since when it does not, where that is known. The holder is None where the account
    is no more.
    """

    paper: Paper
    holder: PaperHolder | None
    holds: bool
    end_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaperSubject:
    """What a paper may be about: a registration in a session, its selections of any state, the preferred district."""

    registration: Registration
    session_id: str
    selections: tuple[Selection, ...]
    district_code: str = ""

    def stated(self, kind: PaperKind) -> tuple[Selection, ...]:
        """The selections that a paper of that kind names."""
        return tuple(held for held in self.selections if _is_stated(held, kind))


def paper_facts(catalogue: Catalogue, subject: PaperSubject, kind: PaperKind) -> PaperFacts:
    """What a paper states now. Raises PaperWithoutCourses, and NotFound for what the catalogue has no more."""
    session, registration = session_of(catalogue, subject.session_id), subject.registration
    stated = subject.stated(kind)
    if not stated:
        raise PaperWithoutCourses()
    district = catalogue.districts.get(subject.district_code) if kind is PaperKind.REGISTRATION_FORM else None
    return PaperFacts(
        session_name_zh=session.display_name_zh,
        session_name_en=session.display_name_en,
        school_name=must_exist(catalogue.schools.get(registration.school_code)).name,
        major_code=registration.major_code,
        major_name=must_exist(catalogue.majors.get(registration.major_code)).name,
        ticket_number=registration.ticket_number,
        district_name=district.name if district else "",
        courses=tuple(sorted((_course(catalogue, registration, held) for held in stated), key=_by_time)),
    )


def checked(
    paper: Paper, catalogue: Catalogue, subject: PaperSubject | None, holder: PaperHolder | None
) -> CheckedPaper:
    """Whether a paper holds: everything on it, and the person, is as it was."""
    if subject is None or holder is None:
        return CheckedPaper(paper, holder, holds=False)
    try:
        holds = paper_facts(catalogue, subject, paper.kind).digest(holder) == paper.digest
    except (PaperWithoutCourses, NotFound):
        holds = False
    return CheckedPaper(paper, holder, holds, None if holds else _end_time(paper, subject))


CODE_BYTES: Final = 15
"""120 random bits: nobody finds a paper by trying codes."""

_RFC_4648: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_WRITTEN: Final = str.maketrans(_RFC_4648, _CROCKFORD)
_MISREAD: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_GROUP: Final = 4


def check_code_of(random_bytes: bytes) -> str:
    """The code that `CODE_BYTES` random bytes make: Crockford's Base32, which has no letter that looks like another."""
    return base64.b32encode(random_bytes).decode().translate(_WRITTEN)


def grouped(check_code: str) -> str:
    """A code as papers show it, in groups of four."""
    return "-".join(check_code[place : place + _GROUP] for place in range(0, len(check_code), _GROUP))


def plain_check_code(typed: str) -> str:
    """A code that was typed in any spelling, as codes are kept (ID-21); what no code is written with is left out."""
    letters = unicodedata.normalize("NFKC", typed).upper().translate(_MISREAD)
    return "".join(letter for letter in letters if letter in _CROCKFORD)


def _is_stated(held: Selection, kind: PaperKind) -> bool:
    if kind is PaperKind.CONFIRMATION:
        return held.state is SelectionState.EFFECTIVE
    return held.state is not SelectionState.VOID


def _course(catalogue: Catalogue, registration: Registration, held: Selection) -> PaperCourse:
    course = catalogue.courses.get(held.course_code)
    sitting = catalogue.sitting(held.session_id, registration.school_code, held.course_code)
    return PaperCourse(
        course_code=held.course_code,
        course_name=course.name if course else held.course_code,
        course_kind=held.course_kind,
        credits=course.credits if course else 0,
        fee_fen=held.fee_fen,
        start_time=sitting.start_time if sitting else None,
        end_time=sitting.end_time if sitting else None,
    )


def _by_time(course: PaperCourse) -> tuple[bool, str, str]:
    """Courses without a time come last."""
    start = course.start_time
    return start is None, start.isoformat() if start else "", course.course_code


def _end_time(paper: Paper, subject: PaperSubject) -> datetime | None:
    """When the first of the courses on the paper ceased to be stated, or another came to be."""
    stated = {held.course_code: held for held in subject.stated(paper.kind)}
    printed = {course.course_code for course in paper.facts.courses}
    gone = _newest_by_course(held for held in subject.selections if held.course_code in printed - stated.keys())
    changes = [held.update_time for held in gone.values()]
    changes += [held.update_time for code, held in stated.items() if code not in printed]
    return min((at for at in changes if at >= paper.create_time), default=None)


def _newest_by_course(selections: Iterable[Selection]) -> Mapping[str, Selection]:
    return {held.course_code: held for held in sorted(selections, key=lambda held: held.update_time)}


def _plain(value: object) -> str:
    """Of instants and enums, in JSON."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
