"""Puts the catalogue together from the rows of its tables."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from services.enrollment.domain.catalogue import (
    EVERYWHERE,
    Catalogue,
    Course,
    CourseEquivalent,
    CourseKind,
    District,
    ExamSession,
    Host,
    Major,
    Option,
    Period,
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

Rows = Iterable[Mapping[str, Any]]


def assemble(revision: int, tables: Mapping[str, Rows]) -> Catalogue:
    """The catalogue at a revision; `tables` holds rows by table name, and a missing table is an empty one."""

    def rows(table: str) -> Rows:
        return tables.get(table, ())

    return Catalogue(
        revision=revision,
        schools=frozen({row["school_code"]: School(row["school_code"], row["name"]) for row in rows("school")}),
        majors=frozen({row["major_code"]: _major(row) for row in rows("major")}),
        courses=frozen({row["course_code"]: _course(row) for row in rows("course")}),
        plans=frozen(_plans(rows("host"), rows("plan_course"), rows("plan_group"), rows("course_equivalent"))),
        proofs=frozen(_proofs(rows("special_proof"))),
        districts=frozen({row["district_code"]: _district(row) for row in rows("district")}),
        sessions=frozen({row["session_id"]: _session(row) for row in rows("exam_session")}),
        sittings=frozen({_sitting_key(row): _sitting(row) for row in (*rows("sitting"), *rows("practice_sitting"))}),
        fees=frozen({(row["session_id"], row["fee_item"]): row["amount_fen"] for row in rows("fee")}),
        questions=frozen(_questions(rows("question"))),
        texts=frozen(_texts(rows("published_text"))),
    )


def _major(row: Mapping[str, Any]) -> Major:
    return Major(row["major_code"], row["name"], row["level"], row["special"], row["min_total_credits"])


def _course(row: Mapping[str, Any]) -> Course:
    return Course(
        row["course_code"],
        row["name"],
        row["credits"],
        row["exam_method"],
        CourseKind(row["kind"]),
        row["paired_theory_code"],
        row["prerequisite_rule"],
        row["retired"],
        row["fee_item"],
    )


def _district(row: Mapping[str, Any]) -> District:
    return District(row["district_code"], row["name"], row["outlying"])


def _session(row: Mapping[str, Any]) -> ExamSession:
    return ExamSession(
        row["session_id"],
        row["display_name_zh"],
        row["display_name_en"],
        row["registration_start"],
        row["registration_end"],
        row["payment_cutoff"],
        row["close_time"],
        row["cancel_time"],
        row["version"],
        row.get("cancel_reason", ""),
    )


def _sitting_key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["session_id"], row["school_code"], row["course_code"]


def _sitting(row: Mapping[str, Any]) -> Sitting:
    period = Period(row["period"]) if row["period"] else None
    return Sitting(*_sitting_key(row), row["date"], period, row["start"], row["end"])


def _plans(hosts: Rows, courses: Rows, groups: Rows, equivalents: Rows) -> dict[tuple[str, str], Plan]:
    courses_of: dict[tuple[str, str], dict[str, PlanCourse]] = defaultdict(dict)
    for row in courses:
        entry = PlanCourse(row["course_code"], row["group"], row["effective_from"], row["effective_until"])
        courses_of[row["school_code"], row["major_code"]][row["course_code"]] = entry
    groups_of: dict[tuple[str, str], list[PlanGroup]] = defaultdict(list)
    for row in groups:
        group = PlanGroup(row["group"], row["min_courses"], row["min_credits"], row["rule"])
        groups_of[row["school_code"], row["major_code"]].append(group)
    counting = [_equivalent(row) for row in equivalents]
    plans = {}
    for row in hosts:
        key = row["school_code"], row["major_code"]
        host = Host(*key, row["new_student_cap"], row["reviews_practice"])
        inside = frozen(dict(sorted(courses_of[key].items())))
        plans[key] = Plan(host, inside, tuple(groups_of[key]), tuple(_counting_in(counting, key[1], inside)))
    return plans


def _equivalent(row: Mapping[str, Any]) -> CourseEquivalent:
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
        grouped[row["major_code"]].append(SpecialProof(row["kind"], row["fact"], row["alternative_group"]))
    return {major_code: tuple(proofs) for major_code, proofs in grouped.items()}


def _questions(rows: Rows) -> dict[str, tuple[Question, ...]]:
    grouped: dict[str, list[Question]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row["session_id"], row["position"])):
        options = tuple(Option(each["option_id"], each["label_zh"], each["label_en"]) for each in row["options"])
        question = Question(row["question_id"], row["kind"], row["label_zh"], row["label_en"], row["required"], options)
        grouped[row["session_id"]].append(question)
    return {session_id: tuple(questions) for session_id, questions in grouped.items()}


def _texts(rows: Rows) -> dict[tuple[TextKind, str], tuple[Text, ...]]:
    grouped: dict[tuple[TextKind, str], list[Text]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: int(row["version"])):
        kind = TextKind(row["kind"])
        text = Text(
            kind,
            row["scope"],
            row["version"],
            row["title_zh"],
            row["title_en"],
            row["body_zh"],
            row["body_en"],
            row["create_time"],
        )
        grouped[kind, row["scope"]].append(text)
    return {key: tuple(texts) for key, texts in grouped.items()}
