"""The catalogue on a real PostgreSQL: imports (EN-1), the cache, texts, windows (F-15)."""

import asyncio
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from openpyxl import Workbook

from chassis.ids import new_id
from services.enrollment.domain import catalogue_lookups
from services.enrollment.domain.catalogue import SessionState, Text, TextKind
from services.enrollment.domain.imports.file_rows import CatalogueFile
from services.enrollment.errors import (
    AnswersIncomplete,
    GatesUnmet,
    QuestionnaireAlreadySubmitted,
    SessionEnded,
    TextOutdated,
    WindowStillOpen,
)
from services.enrollment.usecases import session_preliminaries
from services.enrollment.usecases.administration import catalogue_changes, session_end, session_windows
from tests.integration.enrollment.stand_ins import ANSWERS, SESSION, select

OTHER_SESSION = "2027-03"


def edited(files, name: str, old: str, new: str) -> CatalogueFile:
    content = next(file.content for file in files if file.name == name).decode()
    assert old in content
    return CatalogueFile(name, content.replace(old, new).encode())


@pytest.fixture
async def other_session(deps, files):
    """A session of the test's own, so that what operators do to it concerns nobody else."""
    names = ("session.csv", "timetable.csv", "fees.csv", "questionnaire.csv")
    moved = [edited(files, name, SESSION, OTHER_SESSION) for name in names]
    outcome, _ = await catalogue_changes.import_catalogue(deps, moved, dry_run=False)
    assert not outcome.problems
    return (await deps.catalogue_cache.latest()).sessions[OTHER_SESSION]


async def test_the_demonstration_catalogue_comes_out_as_it_went_in(deps) -> None:  # EN-1
    catalogue = await deps.catalogue_cache.latest()
    assert (len(catalogue.majors), len(catalogue.courses)) == (14, 202)
    plan = catalogue_lookups.plan_of(catalogue, "10269", "050101")
    assert plan.courses["13000"].group == "G1"
    assert [group.group for group in plan.groups] == ["G1", "G2"]
    assert catalogue.fee(SESSION, catalogue.courses["00538"]) == 6500


async def test_a_second_import_of_the_same_files_changes_nothing(deps, files) -> None:  # EN-1
    before = await deps.catalogue_cache.latest()
    outcome, after = await catalogue_changes.import_catalogue(deps, files, dry_run=False)
    assert outcome.changes == ()
    assert after.etag == before.etag


async def test_spreadsheets_and_csv_are_imported_together_and_again_change_nothing(deps, files) -> None:  # EN-1
    book = Workbook()
    schools = edited(files, "schools.csv", "同济大学", "同济")
    for line in schools.content.decode().splitlines():
        book.active.append(line.split(","))
    content = io.BytesIO()
    book.save(content)
    together = [
        CatalogueFile("schools.xlsx", content.getvalue()),
        *(file for file in files if "schools" not in file.name),
    ]
    outcome, first = await catalogue_changes.import_catalogue(deps, together, dry_run=False)
    assert (outcome.problems, first.schools["10247"].name) == ((), "同济")
    again, second = await catalogue_changes.import_catalogue(deps, together, dry_run=False)
    assert (again.changes, second.etag) == ((), first.etag)
    await catalogue_changes.import_catalogue(deps, files, dry_run=False)


async def test_a_dry_run_reports_and_changes_nothing(deps, files) -> None:  # EN-1
    before = await deps.catalogue_cache.latest()
    renamed = edited(files, "schools.csv", "同济大学", "同济")
    outcome, after = await catalogue_changes.import_catalogue(deps, [renamed], dry_run=True)
    assert [(file.file, file.changed) for file in outcome.files] == [("schools.csv", 1)]
    assert after.etag == before.etag


async def test_an_import_with_a_bad_row_changes_nothing(deps, files) -> None:  # EN-1
    before = await deps.catalogue_cache.latest()
    good, bad = edited(files, "schools.csv", "同济大学", "同济"), edited(files, "fees.csv", "6500", "sixty-five")
    outcome, after = await catalogue_changes.import_catalogue(deps, [good, bad], dry_run=False)
    assert [(each.file, each.line, each.column) for each in outcome.problems] == [("fees.csv", 2, "amount_fen")]
    assert after.etag == before.etag


async def test_what_a_file_names_no_more_is_gone(deps, files) -> None:  # EN-1
    fewer = edited(files, "course_equivalents.csv", "*,03708,15043\n", "")
    outcome, catalogue = await catalogue_changes.import_catalogue(deps, [fewer], dry_run=False)
    assert [file.removed for file in outcome.files] == [1]
    codes = {
        equivalent.old_course_codes
        for equivalent in catalogue_lookups.plan_of(catalogue, "10269", "050101").equivalents
    }
    assert ("03708",) not in codes
    await catalogue_changes.import_catalogue(deps, files, dry_run=False)


async def test_imports_at_once_leave_the_catalogue_whole(deps, make_deps, files) -> None:  # EN-1
    renamed = edited(files, "schools.csv", "同济大学", "同济")
    await asyncio.gather(
        *(
            catalogue_changes.import_catalogue(make_deps(), batch, dry_run=False)
            for batch in ([renamed], files, [renamed])
        )
    )
    outcome, catalogue = await catalogue_changes.import_catalogue(deps, files, dry_run=False)
    assert not outcome.problems
    assert catalogue.schools["10247"].name == "同济大学"


async def test_a_time_that_somebody_selected_is_not_moved_by_a_file(candidate, deps, files) -> None:  # EN-6
    await select(candidate, "00539", deps)
    row = "2026-10,*,00539,2026-10-25,AM"
    outcome, _ = await catalogue_changes.import_catalogue(
        deps, [edited(files, "timetable.csv", row, row.replace("10-25", "10-24"))], dry_run=False
    )
    assert [(each.file, each.column) for each in outcome.problems] == [("timetable.csv", "date")]


async def test_another_process_reads_a_change_within_a_second(deps, make_deps, clock) -> None:
    other = make_deps()
    await other.catalogue_cache.current()
    await catalogue_changes.publish_text(deps, notice("新的须知"))
    clock.advance(timedelta(seconds=1))
    assert (await other.catalogue_cache.current()).text(TextKind.SCHOOL_NOTICE, "10280").body_zh == "新的须知"


def notice(body: str) -> Text:
    return Text(TextKind.SCHOOL_NOTICE, "10280", 0, "须知", "", body, "", None)


async def test_a_text_is_published_in_versions_and_the_same_words_are_the_same_version(deps) -> None:  # ID-5
    first = await catalogue_changes.publish_text(deps, notice("一"))
    assert (await catalogue_changes.publish_text(deps, notice("一"))).version == first.version
    second = await catalogue_changes.publish_text(deps, notice("二"))
    assert second.version == first.version + 1
    catalogue = await deps.catalogue_cache.latest()
    assert catalogue_lookups.text_of(catalogue, TextKind.SCHOOL_NOTICE, "10280", str(first.version)).body_zh == "一"


async def test_a_window_is_opened_early_by_an_operator(deps, other_session, clock) -> None:
    session = (await session_windows.open_session(deps, OTHER_SESSION, "")).session
    assert session.state(clock.now()) is SessionState.OPEN


async def test_a_window_is_extended_and_at_last_closed_for_good(deps, other_session, clock) -> None:  # F-15
    session = (await deps.catalogue_cache.latest()).sessions[OTHER_SESSION]
    later = session.registration_end + timedelta(hours=1)
    longer = (await session_windows.extend_session(deps, OTHER_SESSION, later, None, "")).session
    clock.advance(session.registration_end - clock.now())
    with pytest.raises(WindowStillOpen):
        await session_end.close_registration(deps, OTHER_SESSION)
    clock.advance(timedelta(hours=1))
    done = await session_end.close_registration(deps, OTHER_SESSION)
    assert done.shown.session.close_time == clock.now()
    with pytest.raises(SessionEnded):
        await session_windows.extend_session(
            deps, OTHER_SESSION, longer.registration_end + timedelta(hours=9), None, ""
        )


async def test_a_questionnaire_is_submitted_once(deps) -> None:  # EN-3
    candidate_id = new_id()
    with pytest.raises(AnswersIncomplete):
        await session_preliminaries.submit_questionnaire(deps, candidate_id, SESSION, [])
    first = await session_preliminaries.submit_questionnaire(deps, candidate_id, SESSION, ANSWERS)
    again = await session_preliminaries.submit_questionnaire(deps, candidate_id, SESSION, ANSWERS)
    assert first == again
    with pytest.raises(QuestionnaireAlreadySubmitted):
        other = [replace(ANSWERS[0], option_ids=("work",)), ANSWERS[1]]
        await session_preliminaries.submit_questionnaire(deps, candidate_id, SESSION, other)


async def test_only_the_notice_in_force_can_be_acknowledged(deps) -> None:  # EN-2
    with pytest.raises(TextOutdated):
        await session_preliminaries.acknowledge_notice(deps, new_id(), SESSION, "99")


async def test_a_district_is_preferred_while_the_window_is_open(candidate, deps, clock) -> None:  # EN-7, F-15
    session = (await deps.catalogue_cache.latest()).sessions[SESSION]
    clock.advance(session.registration_end - clock.now())
    with pytest.raises(GatesUnmet):
        await session_preliminaries.prefer_district(deps, candidate.candidate_id, SESSION, "310110")
