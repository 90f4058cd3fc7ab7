"""The facts of the demonstration catalogue, read as plain CSV: what it counts and that nothing in it leads nowhere."""

import csv
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "deploy" / "catalog"
ANY = "*"

COUNTS = {"majors": 14, "courses": 202, "schools": 9, "districts": 16}

REFERENCES = [
    ("hosts", "school_code", "schools"),
    ("hosts", "major_code", "majors"),
    ("plan_courses", "school_code", "schools"),
    ("plan_courses", "major_code", "majors"),
    ("plan_courses", "course_code", "courses"),
    ("plan_groups", "major_code", "majors"),
    ("course_equivalents", "major_code", "majors"),
    ("special_proofs", "major_code", "majors"),
    ("timetable", "course_code", "courses"),
    ("timetable", "school_code", "schools"),
    ("timetable", "session_id", "session"),
    ("fees", "session_id", "session"),
    ("questionnaire", "session_id", "session"),
]
KEYS = {"schools": "school_code", "majors": "major_code", "courses": "course_code", "session": "session_id"}


def rows_of(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def values_of(name: str, column: str) -> set[str]:
    return {row[column] for row in rows_of(name)}


@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_it_has_as_many_as_were_published(name: str, count: int) -> None:
    rows = rows_of(name)
    assert len({next(iter(row.values())) for row in rows}) == len(rows) == count


@pytest.mark.parametrize(("name", "column", "into"), REFERENCES)
def test_every_reference_leads_somewhere(name: str, column: str, into: str) -> None:
    assert values_of(name, column) - {ANY} <= values_of(into, KEYS[into])


def test_every_major_has_a_host_and_a_plan() -> None:
    majors = values_of("majors", "major_code")
    assert values_of("hosts", "major_code") == majors == values_of("plan_courses", "major_code")


def test_every_course_belongs_to_a_plan() -> None:
    equivalents = {code for row in rows_of("course_equivalents") for code in row["old_course_codes"].split("|")}
    assert values_of("courses", "course_code") <= values_of("plan_courses", "course_code") | equivalents


def test_every_group_of_a_plan_has_courses() -> None:
    groups = {(row["major_code"], row["group"]) for row in rows_of("plan_groups")}
    assert groups == {(row["major_code"], row["group"]) for row in rows_of("plan_courses") if row["group"]}


def test_every_fee_of_a_course_is_stated_in_fen() -> None:
    fees = {row["fee_item"]: int(row["amount_fen"]) for row in rows_of("fees")}
    assert min(fees.values()) > 0
    assert values_of("courses", "fee_item") <= fees.keys()


def test_only_special_majors_ask_for_proofs() -> None:  # EN-4
    special = {row["major_code"] for row in rows_of("majors") if row["special"] == "true"}
    assert values_of("special_proofs", "major_code") <= special
