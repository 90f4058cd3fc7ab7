"""Importing catalogue files (EN-1)."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date, time, timedelta

import pytest

from services.enrollment.domain.imports import cells
from services.enrollment.domain.imports.catalogue_draft import Change
from services.enrollment.domain.imports.catalogue_import import Outcome, plan_import, require_removals_named
from services.enrollment.domain.imports.file_formats import SPECS, TABLES
from services.enrollment.domain.imports.file_rows import CatalogueFile
from services.enrollment.domain.imports.immovable import Immovable
from services.enrollment.domain.imports.removals import removals_to_confirm
from services.enrollment.errors import RemovalsUnconfirmed

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


def test_a_file_as_a_spreadsheet_saves_it_is_read(files, present, published) -> None:  # F-20
    def saved(name: str, change: Callable[[list[str]], list[str]]) -> CatalogueFile:
        content = next(file.content for file in files if file.name == name).decode()
        header, *rows = csv.reader(io.StringIO(content, newline=""))
        written = io.StringIO()
        wide = [*(f" {column} " for column in header), "", ""]
        blank = [[""] * len(wide)] * 21
        csv.writer(written).writerows([wide, *([*change(row), "", ""] for row in rows), *blank])
        return CatalogueFile(name, written.getvalue().encode("utf-8-sig"))

    def loud(row: list[str]) -> list[str]:
        return [cell.upper() if cell in ("true", "false") else cell for cell in row]

    def slashed(row: list[str]) -> list[str]:
        return [
            re.sub("-0?", "/", cell) if re.fullmatch("[0-9]{4}-.*", cell) else cell.removeprefix("0") for cell in row
        ]

    courses = saved("courses.csv", loud)
    timetable = saved("timetable.csv", lambda row: [*row[:3], *slashed(row[3:])])
    assert b"TRUE" in courses.content
    assert b",2026/10/24,AM,9:00," in timetable.content
    outcome = plan_import([courses, timetable], present, Immovable(), published)
    assert (outcome.problems, outcome.changes) == ((), ())


@pytest.mark.parametrize(
    ("cell", "text", "value"),
    [
        (cells.TRUTH, "TRUE", True),
        (cells.TRUTH, "False", False),
        (cells.DAY, "2026/1/5", date(2026, 1, 5)),
        (cells.DAY, "2026年10月24日", date(2026, 10, 24)),
        (cells.DAY, "2026-10-24 00:00:00", date(2026, 10, 24)),
        (cells.CLOCK_TIME, "9:00", time(9)),
        (cells.CLOCK_TIME, "09:30:00", time(9, 30)),
        (cells.SESSION, "2026-10", "2026-10"),
        (cells.SESSION, "2026-10-01", "2026-10"),
    ],
)
def test_what_is_unambiguous_is_understood(cell, text, value) -> None:  # F-20
    assert cells.value_in(cell, text) == value


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (cells.DAY, "10/24/2026"),
        (cells.DAY, "5/1/26"),
        (cells.DAY, "2026/13/1"),
        (cells.CLOCK_TIME, "25:00"),
        (cells.SESSION, "Oct-26"),
        (cells.SESSION, "2026-10-24"),
        (cells.TRUTH, "1"),
        (cells.text(50), "#N/A"),
        (cells.text(50), "####"),
    ],
)
def test_what_could_mean_two_things_is_refused(cell, text) -> None:  # F-20, F-21
    with pytest.raises((ValueError, KeyError)):
        cells.value_in(cell, text)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("school_code,name,name\n10246,a,b\n", ("schools.csv", 1, "name")),
        ("school_code,,name\n10246,a,b\n", ("schools.csv", 1, "")),
        ("school_code,name\n10246,a,b\n", ("schools.csv", 2, "")),
    ],
)
def test_a_file_whose_shape_is_not_plain_is_refused(content, place, published) -> None:  # F-20
    outcome = plan_import([CatalogueFile("schools.csv", content.encode())], {}, Immovable(), published)
    assert places(outcome) == [place]


def test_another_encoding_is_named_with_advice(published) -> None:  # F-21
    file = CatalogueFile("schools.csv", "school_code,name\n10246,复旦大学\n".encode("gbk"))
    (found,) = plan_import([file], {}, Immovable(), published).problems
    assert "GBK" in found.expected.en
    assert "CSV UTF-8" in found.expected.zh


def test_a_file_with_only_its_header_removes_nothing_unnamed(files, present, published) -> None:  # EN-20, F-19
    plan = next(file for file in files if file.name == "plan_courses.csv")
    empty = CatalogueFile(plan.name, plan.content.splitlines(keepends=True)[0])
    outcome = plan_import([empty], present, Immovable(), published)
    assert outcome.removals_to_confirm == len(present["plan_courses"]) > 300
    for named in (0, 1, outcome.removals_to_confirm - 1):
        with pytest.raises(RemovalsUnconfirmed):
            require_removals_named(outcome, named)
    require_removals_named(outcome, outcome.removals_to_confirm)


@pytest.mark.parametrize(("kept", "asked"), [(10, 0), (9, 11)])
def test_more_than_ten_removals_are_named_where_they_are_more_than_5_per_cent(kept, asked, published) -> None:  # EN-20
    rows = {
        ("2026-10", f"fee{number}"): {"session_id": "2026-10", "fee_item": f"fee{number}", "amount_fen": 1}
        for number in range(20)
    }
    # What another session has is no part of what this file replaces.
    rows |= {("2027-04", key[1]): {**row, "session_id": "2027-04"} for key, row in rows.items()}
    present = {"fees": rows, "exam_sessions": {("2026-10",): {"session_id": "2026-10"}, ("2027-04",): {}}}
    lines = ["session_id,fee_item,amount_fen", *(f"2026-10,fee{number},1" for number in range(kept))]
    outcome = plan_import([CatalogueFile("fees.csv", "\n".join(lines).encode())], present, Immovable(), published)
    assert (outcome.problems, outcome.removals_to_confirm) == ((), asked)


def test_ten_of_a_hundred_go_unnamed_and_eleven_of_three_hundred_too() -> None:  # EN-20
    def change(table: dict, gone: int) -> int:
        return removals_to_confirm([Change("hosts", (), tuple(table)[:gone])], {"hosts": table})

    assert change({(str(key),): {} for key in range(100)}, 10) == 0
    assert change({(str(key),): {} for key in range(300)}, 11) == 0
    assert change({(str(key),): {} for key in range(100)}, 11) == 11


def test_every_file_of_the_catalogue_has_a_place_in_the_demonstration(files) -> None:
    assert {file.name for file in files} == set(SPECS)
