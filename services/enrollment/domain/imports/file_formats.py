"""The files of an import: their columns, keys, references, and what a second import replaces.
deploy/catalog/README.md says the same in words.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import Enum
from typing import Final

from services.enrollment.domain.catalogue import EVERYWHERE, PROOF_IMAGES, CourseKind, Period, TextKind
from services.enrollment.domain.imports import cells
from services.enrollment.domain.imports.cells import Cell, optional
from services.enrollment.domain.imports.problems import Expected

Row = Mapping[str, object]
Key = tuple[object, ...]
Tables = Mapping[str, Mapping[Key, Row]]

NOON: Final = time(12)


class Replaces(Enum):
    """What an imported file takes the place of."""

    NOTHING = "NOTHING"
    ALL = "ALL"
    SESSION = "SESSION"


@dataclass(frozen=True, slots=True)
class Reference:
    """Columns that name an entry of another table; an empty or `*` value names none."""

    columns: tuple[str, ...]
    table: str


@dataclass(frozen=True, slots=True)
class Spec:
    """One file of an import, kept in the table of the same meaning.

    `check` names the column at fault and what was expected. `stored` are the columns the table keeps of a row; all of
    them when empty.
    """

    file: str
    table: str
    key: tuple[str, ...]
    columns: Mapping[str, Cell]
    replaces: Replaces = Replaces.NOTHING
    references: tuple[Reference, ...] = ()
    check: Callable[[Row], tuple[str, Expected] | None] = lambda row: None
    stored: tuple[str, ...] = ()

    @property
    def kept(self) -> tuple[str, ...]:
        """The columns of the table that this file states."""
        return self.stored or tuple(self.columns)

    def key_of(self, row: Row) -> Key:
        """The row's key in its table."""
        return tuple(row[column] for column in self.key)


def _paired(row: Row) -> tuple[str, Expected] | None:
    if row["prerequisite_rule"] == "THEORY_PASSED" and not row["paired_theory_code"]:
        return "paired_theory_code", Expected("THEORY_PASSED 须注明理论课代码", "THEORY_PASSED needs the theory course")
    return None


def _instants_in_order(row: Row) -> tuple[str, Expected] | None:
    start, end, cutoff = row["registration_start"], row["registration_end"], row["payment_cutoff"]
    assert isinstance(start, datetime)
    assert isinstance(end, datetime)
    assert isinstance(cutoff, datetime)
    if end <= start:
        return "registration_end", Expected("晚于 registration_start", "later than registration_start")
    if cutoff < end:
        return "payment_cutoff", Expected("不早于 registration_end", "not before registration_end")
    return None


def _times_agree(row: Row) -> tuple[str, Expected] | None:
    times = [row["date"], row["period"], row["start"], row["end"]]
    if any(value is None for value in times):
        expected = Expected("日期、半天、起止时间须同时填写", "date, period, start and end together")
        return None if all(value is None for value in times) else ("date", expected)
    start, end = row["start"], row["end"]
    assert isinstance(start, time)
    assert isinstance(end, time)
    if end <= start:
        return "end", Expected("晚于 start", "later than start")
    if (start < NOON) != (row["period"] == Period.AM.value):
        return "period", Expected("AM 在 12:00 前开始，PM 在 12:00 后", "AM starts before 12:00, PM from 12:00 on")
    return None


def _options_fit(row: Row) -> tuple[str, Expected] | None:
    if (row["kind"] == "FREE_TEXT") == bool(row["options"]):
        return "options", Expected("选择题须有选项，填空题不得有", "options for a choice, none for free text")
    return None


_SESSION = Reference(("session_id",), "exam_sessions")
_HOST = Reference(("school_code", "major_code"), "hosts")
_COURSE = Reference(("course_code",), "courses")

SPECS: Final[Mapping[str, Spec]] = {
    spec.file: spec
    for spec in (
        Spec("schools.csv", "schools", ("school_code",), {"school_code": cells.SCHOOL, "name": cells.text(100)}),
        Spec(
            "majors.csv",
            "majors",
            ("major_code",),
            {
                "major_code": cells.MAJOR,
                "name": cells.text(100),
                "level": cells.among(("ASSOCIATE", "BACHELOR")),
                "special": cells.TRUTH,
                "min_total_credits": cells.number(0, 500),
            },
        ),
        Spec(
            "courses.csv",
            "courses",
            ("course_code",),
            {
                "course_code": cells.COURSE,
                "name": cells.text(100),
                "credits": cells.number(0, 50),
                "exam_method": cells.text(20),
                "kind": cells.among(CourseKind),
                "paired_theory_code": optional(cells.COURSE, ""),
                "prerequisite_rule": cells.PREREQUISITE,
                "retired": cells.TRUTH,
                "fee_item": cells.WORD,
            },
            references=(Reference(("paired_theory_code",), "courses"),),
            check=_paired,
        ),
        Spec(
            "districts.csv",
            "districts",
            ("district_code",),
            {"district_code": cells.DISTRICT, "name": cells.text(50), "outlying": cells.TRUTH},
        ),
        Spec(
            "hosts.csv",
            "hosts",
            ("school_code", "major_code"),
            {
                "school_code": cells.SCHOOL,
                "major_code": cells.MAJOR,
                "new_student_cap": optional(cells.number(0, 1_000_000)),
                "reviews_practice": cells.TRUTH,
                "verified": cells.TRUTH,
            },
            replaces=Replaces.ALL,
            references=(Reference(("school_code",), "schools"), Reference(("major_code",), "majors")),
        ),
        Spec(
            "plan_courses.csv",
            "plan_courses",
            ("school_code", "major_code", "course_code"),
            {
                "school_code": cells.SCHOOL_OR_ALL,
                "major_code": cells.MAJOR,
                "course_code": cells.COURSE,
                "group": optional(cells.WORD, ""),
                "effective_from": optional(cells.DAY),
                "effective_until": optional(cells.DAY),
            },
            replaces=Replaces.ALL,
            references=(Reference(("major_code",), "majors"), _HOST, _COURSE),
        ),
        Spec(
            "plan_groups.csv",
            "plan_groups",
            ("school_code", "major_code", "group"),
            {
                "school_code": cells.SCHOOL_OR_ALL,
                "major_code": cells.MAJOR,
                "group": cells.WORD,
                "min_courses": cells.number(0, 50),
                "min_credits": cells.number(0, 200),
                "rule": cells.text(200),
            },
            replaces=Replaces.ALL,
            references=(Reference(("major_code",), "majors"), _HOST),
        ),
        Spec(
            "course_equivalents.csv",
            "course_equivalents",
            ("major_code", "old_course_codes"),
            {"major_code": cells.MAJOR_OR_ALL, "old_course_codes": cells.COURSES, "new_course_codes": cells.COURSES},
            replaces=Replaces.ALL,
            references=(Reference(("major_code",), "majors"),),
        ),
        Spec(
            "special_proofs.csv",
            "special_proofs",
            ("major_code", "kind", "fact"),
            {
                "major_code": cells.MAJOR,
                "kind": cells.among(("CONDITION", "DOCUMENT")),
                "fact": cells.text(100),
                "alternative_group": optional(cells.WORD, ""),
                "fact_en": optional(cells.text(200), ""),
                "shows": optional(cells.among(PROOF_IMAGES), PROOF_IMAGES[-1]),
                "explanation_zh": optional(cells.text(500), ""),
                "explanation_en": optional(cells.text(1000), ""),
            },
            replaces=Replaces.ALL,
            references=(Reference(("major_code",), "majors"),),
        ),
        Spec(
            "session.csv",
            "exam_sessions",
            ("session_id",),
            {
                "session_id": cells.SESSION,
                "display_name_zh": cells.text(100),
                "display_name_en": cells.text(100),
                "registration_start": cells.INSTANT,
                "registration_end": cells.INSTANT,
                "payment_cutoff": cells.INSTANT,
                "notice_zh": cells.text(20_000),
                "notice_en": optional(cells.text(20_000), ""),
            },
            check=_instants_in_order,
            stored=(
                "session_id",
                "display_name_zh",
                "display_name_en",
                "registration_start",
                "registration_end",
                "payment_cutoff",
            ),
        ),
        Spec(
            "timetable.csv",
            "sittings",
            ("session_id", "school_code", "course_code"),
            {
                "session_id": cells.SESSION,
                "school_code": cells.SCHOOL_OR_ALL,
                "course_code": cells.COURSE,
                "date": optional(cells.DAY),
                "period": optional(cells.among(Period)),
                "start": optional(cells.CLOCK_TIME),
                "end": optional(cells.CLOCK_TIME),
            },
            replaces=Replaces.SESSION,
            references=(_SESSION, Reference(("school_code",), "schools"), _COURSE),
            check=_times_agree,
        ),
        Spec(
            "fees.csv",
            "fees",
            ("session_id", "fee_item"),
            {"session_id": cells.SESSION, "fee_item": cells.WORD, "amount_fen": cells.number(1, 10_000_000)},
            replaces=Replaces.SESSION,
            references=(_SESSION,),
        ),
        Spec(
            "questionnaire.csv",
            "questions",
            ("session_id", "question_id"),
            {
                "session_id": cells.SESSION,
                "question_id": cells.WORD,
                "kind": cells.among(("SINGLE_CHOICE", "MULTIPLE_CHOICE", "FREE_TEXT")),
                "label_zh": cells.text(500),
                "label_en": cells.text(500),
                "required": cells.TRUTH,
                "options": optional(cells.OPTIONS, ()),
            },
            replaces=Replaces.SESSION,
            references=(_SESSION,),
            check=_options_fit,
            stored=("session_id", "question_id", "position", "kind", "label_zh", "label_en", "required", "options"),
        ),
        Spec(
            "texts.csv",
            "published_texts",
            ("kind", "scope", "version"),
            {
                "kind": cells.among(TextKind),
                "scope": cells.SCOPE,
                "title_zh": cells.text(200),
                "title_en": optional(cells.text(200), ""),
                "body_zh": cells.text(20_000),
                "body_en": optional(cells.text(20_000), ""),
            },
            stored=("kind", "scope", "version", "title_zh", "title_en", "body_zh", "body_en", "create_time"),
        ),
    )
}
"""Every file by name, in the order in which they build on each other."""

TABLES: Final[Mapping[str, Spec]] = {spec.table: spec for spec in SPECS.values()}


def names_none(value: object) -> bool:
    """True for a reference that is left open: empty, or `*`."""
    return value in ("", None, EVERYWHERE)
