"""The demonstration session moves along (EN-1)."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.demo.session_dates import SESSION_FILES, move_along
from services.enrollment.domain.imports.catalogue_import import plan_import
from services.enrollment.domain.imports.file_rows import CatalogueFile
from services.enrollment.domain.imports.immovable import Immovable

DAYS = st.dates(date(2026, 10, 1), date(2030, 12, 31))


@pytest.fixture(scope="module")
def session_files(request) -> dict[str, bytes]:
    files: list[CatalogueFile] = request.getfixturevalue("files")
    return {file.name: file.content for file in files if file.name in SESSION_FILES}


def moved(files: list[CatalogueFile], today: date, published: datetime):
    along = move_along({file.name: file.content for file in files if file.name in SESSION_FILES}, today)
    replaced = [CatalogueFile(file.name, along.get(file.name, file.content)) for file in files]
    outcome = plan_import(replaced, {}, Immovable(), published)
    assert not outcome.problems
    rows = {change.table: change.upserts for change in outcome.changes}
    return rows["exam_sessions"][0], rows["sittings"]


@settings(deadline=None)
@given(today=DAYS)
def test_the_window_is_open_and_the_sittings_lie_ahead_on_any_day(files, published, today) -> None:
    session, sittings = moved(files, today, published)
    first = min(row["date"] for row in sittings)
    assert first >= today + timedelta(weeks=5)
    assert session["registration_start"].date() < today < session["registration_end"].date()
    assert session["registration_end"].date() == first - timedelta(days=13)
    assert session["session_id"] == f"{first:%Y-%m}"


@settings(deadline=None)
@given(today=DAYS)
def test_it_moves_by_whole_weeks(files, published, today) -> None:
    _, sittings = moved(files, today, published)
    assert (min(row["date"] for row in sittings) - date(2026, 10, 24)).days % 7 == 0


@settings(deadline=None)
@given(today=DAYS)
def test_it_takes_no_month_that_another_session_has(session_files, today) -> None:
    def named(taken: list[str]) -> str:
        session = move_along(session_files, today, taken)["session.csv"].decode()
        return session.splitlines()[1].partition(",")[0]

    first = named([])
    second = named([first])
    assert second > first
    assert named([first, second]) > second


def test_it_never_moves_backwards(files, published) -> None:
    session, _ = moved(files, date(2026, 3, 1), published)
    assert session["session_id"] == "2026-10"


def test_its_name_and_notice_say_that_it_is_a_demonstration(session_files) -> None:
    text = move_along(session_files, date(2027, 3, 1))["session.csv"].decode()
    assert "演示" in text
    assert "moved along from session 2026-10" in text
