"""Puts the catalogue together from the rows of its tables."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from chassis.postgres.rows import from_row
from services.enrollment.domain.catalogue import (
    EVERYWHERE,
    Catalogue,
    Course,
    CourseEquivalent,
    District,
    ExamSession,
    Host,
    Major,
    Option,
    Plan,
    PlanCourse,
    PlanGroup,
    Question,
    School,
    Sitting,
    SpecialProof,
    Text,
    TextKind,
    frozen,
)

Row = Mapping[str, Any]
Rows = Iterable[Row]


def catalogue_from_rows(revision: int, tables: Mapping[str, Rows]) -> Catalogue:
    """The catalogue at a revision; `tables` holds rows by table name, and a missing table is an empty one."""

    def rows(table: str) -> Rows:
        return tables.get(table, ())

    return Catalogue(
        revision=revision,
        schools=frozen({row["school_code"]: from_row(School, row) for row in rows("schools")}),
        majors=frozen({row["major_code"]: from_row(Major, row) for row in rows("majors")}),
        courses=frozen({row["course_code"]: from_row(Course, row) for row in rows("courses")}),
        plans=frozen(_plans(rows("hosts"), rows("plan_courses"), rows("plan_groups"), rows("course_equivalents"))),
        proofs=frozen(_proofs(rows("special_proofs"))),
        districts=frozen({row["district_code"]: from_row(District, row) for row in rows("districts")}),
        sessions=frozen({row["session_id"]: from_row(ExamSession, row) for row in rows("exam_sessions")}),
        sittings=frozen({_sitting_key(row): _sitting(row) for row in (*rows("sittings"), *rows("practice_sittings"))}),
        fees=frozen({(row["session_id"], row["fee_item"]): row["amount_fen"] for row in rows("fees")}),
        questions=frozen(_questions(rows("questions"))),
        texts=frozen(_texts(rows("published_texts"))),
    )


def _sitting_key(row: Row) -> tuple[str, str, str]:
    return row["session_id"], row["school_code"], row["course_code"]


def _sitting(row: Row) -> Sitting:
    return from_row(Sitting, row, day=row["date"], starts=row["start"], ends=row["end"])


def _plans(hosts: Rows, courses: Rows, groups: Rows, equivalents: Rows) -> dict[tuple[str, str], Plan]:
    courses_of: dict[tuple[str, str], dict[str, PlanCourse]] = defaultdict(dict)
    for row in courses:
        courses_of[row["school_code"], row["major_code"]][row["course_code"]] = from_row(PlanCourse, row)
    groups_of: dict[tuple[str, str], list[PlanGroup]] = defaultdict(list)
    for row in groups:
        groups_of[row["school_code"], row["major_code"]].append(from_row(PlanGroup, row))
    counting = [_equivalent(row) for row in equivalents]
    plans = {}
    for row in hosts:
        key = row["school_code"], row["major_code"]
        inside = frozen(dict(sorted(courses_of[key].items())))
        plans[key] = Plan(
            from_row(Host, row), inside, tuple(groups_of[key]), tuple(_counting_in(counting, key[1], inside))
        )
    return plans


def _equivalent(row: Row) -> CourseEquivalent:
    old, new = row["old_course_codes"].split("|"), row["new_course_codes"].split("|")
    return CourseEquivalent(row["major_code"], tuple(old), tuple(new))


def _counting_in(
    equivalents: Iterable[CourseEquivalent], major_code: str, courses: Mapping[str, PlanCourse]
) -> Iterable[CourseEquivalent]:
    for equivalent in equivalents:
        if equivalent.major_code in (major_code, EVERYWHERE) and any(
            code in courses for code in equivalent.new_course_codes
        ):
            yield equivalent


def _proofs(rows: Rows) -> dict[str, tuple[SpecialProof, ...]]:
    grouped: dict[str, list[SpecialProof]] = defaultdict(list)
    for row in rows:
        grouped[row["major_code"]].append(from_row(SpecialProof, row))
    return {major_code: tuple(proofs) for major_code, proofs in grouped.items()}


def _questions(rows: Rows) -> dict[str, tuple[Question, ...]]:
    grouped: dict[str, list[Question]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["session_id"], row["position"])):
        options = tuple(from_row(Option, each) for each in row["options"])
        grouped[row["session_id"]].append(from_row(Question, row, options=options))
    return {session_id: tuple(questions) for session_id, questions in grouped.items()}


def _texts(rows: Rows) -> dict[tuple[TextKind, str], tuple[Text, ...]]:
    grouped: dict[tuple[TextKind, str], list[Text]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: int(row["version"])):
        grouped[TextKind(row["kind"]), row["scope"]].append(from_row(Text, row))
    return {key: tuple(texts) for key, texts in grouped.items()}
