"""The catalogue on a real PostgreSQL: imports (EN-1), the cache, texts, windows (F-15)."""

import asyncio
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from openpyxl import Workbook

from chassis.ids import new_id
from services.enrollment.domain.catalogue import SessionState, Text, TextKind
from services.enrollment.domain.importing import CatalogueFile
from services.enrollment.errors import (
    AnswersIncomplete,
    GatesUnmet,
    QuestionnaireAlreadySubmitted,
    SessionEnded,
    TextOutdated,
    WindowStillOpen,
)
from services.enrollment.usecases import catalogue as operating
from services.enrollment.usecases import closing, preparing, reading
from tests.integration.enrollment.stage import ANSWERS, SESSION, select

OTHER_SESSION = "2027-03"


def edited(files, name: str, old: str, new: str) -> CatalogueFile:
    content = next(file.content for file in files if file.name == name).decode()
    assert old in content
    return CatalogueFile(name, content.replace(old, new).encode())


@pytest.fixture
async def other_session(ports, files):
    """A session of the test's own, so that what operators do to it concerns nobody else."""
    names = ("session.csv", "timetable.csv", "fees.csv", "questionnaire.csv")
    moved = [edited(files, name, SESSION, OTHER_SESSION) for name in names]
    outcome, _ = await operating.import_catalogue(moved, ports, dry_run=False)
    assert not outcome.problems
    return (await ports.catalogues.latest()).sessions[OTHER_SESSION]


async def test_the_demonstration_catalogue_comes_out_as_it_went_in(ports) -> None:  # EN-1
    catalogue = await ports.catalogues.latest()
    assert (len(catalogue.majors), len(catalogue.courses)) == (14, 202)
    plan = reading.plan(catalogue, "10269", "050101")
    assert plan.courses["13000"].group == "G1"
    assert [group.group for group in plan.groups] == ["G1", "G2"]
    assert catalogue.fee(SESSION, catalogue.courses["00538"]) == 6500


async def test_a_second_import_of_the_same_files_changes_nothing(ports, files) -> None:  # EN-1
    before = await ports.catalogues.latest()
    outcome, after = await operating.import_catalogue(files, ports, dry_run=False)
    assert outcome.changes == ()
    assert after.etag == before.etag


async def test_spreadsheets_and_csv_are_imported_together_and_again_change_nothing(ports, files) -> None:  # EN-1
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
    outcome, first = await operating.import_catalogue(together, ports, dry_run=False)
    assert (outcome.problems, first.schools["10247"].name) == ((), "同济")
    again, second = await operating.import_catalogue(together, ports, dry_run=False)
    assert (again.changes, second.etag) == ((), first.etag)
    await operating.import_catalogue(files, ports, dry_run=False)


async def test_a_dry_run_reports_and_changes_nothing(ports, files) -> None:  # EN-1
    before = await ports.catalogues.latest()
    renamed = edited(files, "schools.csv", "同济大学", "同济")
    outcome, after = await operating.import_catalogue([renamed], ports, dry_run=True)
    assert [(file.file, file.changed) for file in outcome.files] == [("schools.csv", 1)]
    assert after.etag == before.etag


async def test_an_import_with_a_bad_row_changes_nothing(ports, files) -> None:  # EN-1
    before = await ports.catalogues.latest()
    good, bad = edited(files, "schools.csv", "同济大学", "同济"), edited(files, "fees.csv", "6500", "sixty-five")
    outcome, after = await operating.import_catalogue([good, bad], ports, dry_run=False)
    assert [(each.file, each.line, each.column) for each in outcome.problems] == [("fees.csv", 2, "amount_fen")]
    assert after.etag == before.etag


async def test_what_a_file_names_no_more_is_gone(ports, files) -> None:  # EN-1
    fewer = edited(files, "course_equivalents.csv", "*,03708,15043\n", "")
    outcome, catalogue = await operating.import_catalogue([fewer], ports, dry_run=False)
    assert [file.removed for file in outcome.files] == [1]
    codes = {equivalent.old_course_codes for equivalent in reading.plan(catalogue, "10269", "050101").equivalents}
    assert ("03708",) not in codes
    await operating.import_catalogue(files, ports, dry_run=False)


async def test_imports_at_once_leave_the_catalogue_whole(ports, make_ports, files) -> None:  # EN-1
    renamed = edited(files, "schools.csv", "同济大学", "同济")
    await asyncio.gather(
        *(operating.import_catalogue(batch, make_ports(), dry_run=False) for batch in ([renamed], files, [renamed]))
    )
    outcome, catalogue = await operating.import_catalogue(files, ports, dry_run=False)
    assert not outcome.problems
    assert catalogue.schools["10247"].name == "同济大学"


async def test_a_time_that_somebody_selected_is_not_moved_by_a_file(candidate, ports, files) -> None:  # EN-6
    await select(candidate, "00539", ports)
    row = "2026-10,*,00539,2026-10-25,AM"
    outcome, _ = await operating.import_catalogue(
        [edited(files, "timetable.csv", row, row.replace("10-25", "10-24"))], ports, dry_run=False
    )
    assert [(each.file, each.column) for each in outcome.problems] == [("timetable.csv", "date")]


async def test_another_process_reads_a_change_within_a_second(ports, make_ports, clock) -> None:
    other = make_ports()
    await other.catalogues.current()
    await operating.publish_text(notice("新的须知"), ports)
    clock.advance(timedelta(seconds=1))
    assert (await other.catalogues.current()).text(TextKind.SCHOOL_NOTICE, "10280").body_zh == "新的须知"


def notice(body: str) -> Text:
    return Text(TextKind.SCHOOL_NOTICE, "10280", 0, "须知", "", body, "", None)


async def test_a_text_is_published_in_versions_and_the_same_words_are_the_same_version(ports) -> None:  # ID-5
    first = await operating.publish_text(notice("一"), ports)
    assert (await operating.publish_text(notice("一"), ports)).version == first.version
    second = await operating.publish_text(notice("二"), ports)
    assert second.version == first.version + 1
    catalogue = await ports.catalogues.latest()
    assert reading.text(catalogue, TextKind.SCHOOL_NOTICE, "10280", str(first.version)).body_zh == "一"


async def test_a_window_is_opened_early_by_an_operator(ports, other_session, clock) -> None:
    session, _ = await operating.open_session(OTHER_SESSION, "", ports)
    assert session.state(clock.now()) is SessionState.OPEN


async def test_a_window_is_extended_and_at_last_closed_for_good(ports, other_session, clock) -> None:  # F-15
    session = (await ports.catalogues.latest()).sessions[OTHER_SESSION]
    longer, _ = await operating.extend_session(
        OTHER_SESSION, session.registration_end + timedelta(hours=1), None, "", ports
    )
    clock.advance(session.registration_end - clock.now())
    with pytest.raises(WindowStillOpen):
        await closing.close_registration(OTHER_SESSION, ports)
    clock.advance(timedelta(hours=1))
    done, _ = await closing.close_registration(OTHER_SESSION, ports)
    assert done.session.close_time == clock.now()
    with pytest.raises(SessionEnded):
        await operating.extend_session(OTHER_SESSION, longer.registration_end + timedelta(hours=9), None, "", ports)


async def test_a_questionnaire_is_submitted_once(ports) -> None:  # EN-3
    candidate_id = new_id()
    with pytest.raises(AnswersIncomplete):
        await preparing.submit_questionnaire(candidate_id, SESSION, [], ports)
    _, first = await preparing.submit_questionnaire(candidate_id, SESSION, ANSWERS, ports)
    _, again = await preparing.submit_questionnaire(candidate_id, SESSION, ANSWERS, ports)
    assert first == again
    with pytest.raises(QuestionnaireAlreadySubmitted):
        other = [replace(ANSWERS[0], option_ids=("work",)), ANSWERS[1]]
        await preparing.submit_questionnaire(candidate_id, SESSION, other, ports)


async def test_only_the_notice_in_force_can_be_acknowledged(ports) -> None:  # EN-2
    with pytest.raises(TextOutdated):
        await preparing.acknowledge_notice(new_id(), SESSION, "99", ports)


async def test_a_district_is_preferred_while_the_window_is_open(candidate, ports, clock) -> None:  # EN-7, F-15
    session = (await ports.catalogues.latest()).sessions[SESSION]
    clock.advance(session.registration_end - clock.now())
    with pytest.raises(GatesUnmet):
        await preparing.prefer_district(candidate.candidate_id, SESSION, "310110", ports)
