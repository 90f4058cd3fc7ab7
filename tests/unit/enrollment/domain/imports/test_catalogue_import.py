"""Importing catalogue files (EN-1)."""

from datetime import timedelta

import pytest

from services.enrollment.domain.imports.catalogue_import import Outcome, plan_import
from services.enrollment.domain.imports.file_formats import SPECS, TABLES
from services.enrollment.domain.imports.file_rows import CatalogueFile
from services.enrollment.domain.imports.immovable import Immovable

Tables = dict[str, dict[tuple[object, ...], dict[str, object]]]


@pytest.fixture
def present(files, published) -> Tables:
    """The catalogue after the demonstration files were imported."""
    return applied({}, plan_import(files, {}, Immovable(), published))


def applied(tables: Tables, outcome: Outcome) -> Tables:
    after = {table: dict(rows) for table, rows in tables.items()}
    for change in outcome.changes:
        rows = after.setdefault(change.table, {})
        rows.update({TABLES[change.table].key_of(row): dict(row) for row in change.upserts})
        for key in change.deletes:
            del rows[key]
    return after


def edited(files: list[CatalogueFile], name: str, old: str, new: str) -> CatalogueFile:
    content = next(file.content for file in files if file.name == name).decode()
    assert old in content
    return CatalogueFile(name, content.replace(old, new, 1).encode())


def places(outcome: Outcome) -> list[tuple[str, int, str]]:
    return [(each.file, each.line, each.column) for each in outcome.problems]


def test_the_demonstration_catalogue_is_whole(catalogue) -> None:  # EN-1
    assert len(catalogue.majors) == 14
    assert len(catalogue.courses) == 202
    assert len(catalogue.schools) == 9
    assert len(catalogue.districts) == 16
    assert len(catalogue.sittings) == 176


def test_a_second_import_of_the_same_files_changes_nothing(files, present, published) -> None:  # EN-1
    outcome = plan_import(files, present, Immovable(), published + timedelta(days=1))
    assert outcome.changes == ()
    assert all((file.added, file.changed, file.removed) == (0, 0, 0) for file in outcome.files)


def test_every_bad_row_is_reported_with_file_line_and_column(published) -> None:  # EN-1
    courses = CatalogueFile(
        "courses.csv",
        (
            "course_code,name,credits,exam_method,kind,paired_theory_code,prerequisite_rule,retired,fee_item\n"
            "00037,美学,6,笔试,THEORY,,,false,theory_course\n"
            "37,美学,many,笔试,THEORY,,,false,theory_course\n"
            "00037,重复,6,笔试,THEORY,,,false,theory_course\n"
            "00019,实践,2,实践,PUBLIC_PRACTICE,99999,THEORY_PASSED,perhaps,practice_course\n"
            "00020,实践,2,实践,PUBLIC_PRACTICE,99999,THEORY_PASSED,false,practice_course\n"
            "00021,short\n"
        ).encode(),
    )
    outcome = plan_import([courses], {}, Immovable(), published)
    assert places(outcome) == [
        ("courses.csv", 3, "course_code"),
        ("courses.csv", 3, "credits"),
        ("courses.csv", 4, "course_code"),
        ("courses.csv", 5, "retired"),
        ("courses.csv", 6, "paired_theory_code"),
        ("courses.csv", 7, ""),
    ]
    assert all(each.expected.zh and each.expected.en for each in outcome.problems)


def test_with_one_bad_row_nothing_changes(files, present, published) -> None:  # EN-1
    bad = edited(files, "districts.csv", "310101,黄浦区,false", "310101,黄浦区,no")
    good = edited(files, "schools.csv", "同济大学", "同济")
    outcome = plan_import([bad, good], present, Immovable(), published)
    assert places(outcome) == [("districts.csv", 2, "outlying")]
    assert outcome.changes == ()


def test_lines_are_counted_across_cells_that_span_lines(files, present, published) -> None:  # EN-1
    texts = edited(files, "texts.csv", "OUTLYING_DISTRICT_NOTICE", "WEATHER")
    content = texts.content.decode().splitlines()
    expected = next(number for number, line in enumerate(content, 1) if line.startswith("WEATHER"))
    assert places(plan_import([texts], present, Immovable(), published)) == [("texts.csv", expected, "kind")]


@pytest.mark.parametrize(
    ("file", "place"),
    [
        (CatalogueFile("courses.csv", b"course_code,name\n"), ("courses.csv", 1, "credits")),
        (CatalogueFile("courses.csv", "课程".encode("gb18030")), ("courses.csv", 0, "")),
        (CatalogueFile("weather.csv", b"a\n"), ("weather.csv", 0, "")),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_reported(file, place, published) -> None:  # EN-1
    assert places(plan_import([file], {}, Immovable(), published)) == [place]


def test_a_row_that_names_what_does_not_exist_is_reported(files, present, published) -> None:  # EN-1
    plan = edited(files, "plan_courses.csv", "*,101101,15040", "*,101101,99999")
    assert places(plan_import([plan], present, Immovable(), published)) == [("plan_courses.csv", 2, "course_code")]


def test_removing_what_others_name_is_reported(files, present, published) -> None:  # EN-1
    hosts = edited(files, "hosts.csv", "10269,050101,,false,true\n", "")
    outcome = plan_import([hosts], present, Immovable(), published)
    assert ("plan_courses.csv", 0, "major_code") in places(outcome)


def test_a_star_puts_a_plan_at_every_host(catalogue) -> None:  # EN-1
    assert catalogue.hosts_of("120206") == ("10272", "10280")
    shared = {school: set(catalogue.plans[school, "120206"].courses) for school in ("10272", "10280")}
    assert shared["10272"] == shared["10280"] != set()


def test_a_changed_text_becomes_a_new_version(files, present, published) -> None:  # ID-5, EN-1
    pledge = edited(files, "texts.csv", "我承诺", "本人承诺")
    outcome = plan_import([pledge], present, Immovable(), published)
    (change,) = outcome.changes
    (text,) = change.upserts
    assert (text["kind"], text["version"]) == ("INTEGRITY_PLEDGE", 2)


def test_a_sitting_that_somebody_has_selected_is_not_moved_by_a_file(files, present, published) -> None:  # EN-6
    row = "2026-10,*,00041,2026-10-24,AM,09:00,11:30"
    moved = edited(files, "timetable.csv", row, row.replace("10-24", "10-25"))
    other, same = (Immovable(sittings=frozenset({("2026-10", course)})) for course in ("00079", "00041"))
    assert plan_import([moved], present, other, published).problems == ()
    assert places(plan_import([moved], present, same, published)) == [("timetable.csv", 2, "date")]


def test_the_window_of_an_ended_session_is_not_moved_by_a_file(files, present, published) -> None:  # EN-1, F-15
    moved = edited(files, "session.csv", "2026-09-", "2026-08-")
    ended = Immovable(sessions=frozenset({"2026-10"}))
    assert plan_import([moved], present, Immovable(), published).problems == ()
    assert places(plan_import([moved], present, ended, published)) == [("session.csv", 2, "registration_start")]
    assert plan_import(files, present, ended, published).problems == ()


def test_a_half_day_and_its_times_agree(files, present, published) -> None:  # EN-5
    row = "2026-10,*,00041,2026-10-24,AM,09:00,11:30"
    wrong = edited(files, "timetable.csv", row, row.replace("AM", "PM"))
    assert places(plan_import([wrong], present, Immovable(), published)) == [("timetable.csv", 2, "period")]


def test_every_file_of_the_catalogue_has_a_place_in_the_demonstration(files) -> None:
    assert {file.name for file in files} == set(SPECS)
