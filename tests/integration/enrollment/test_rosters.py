"""Rosters and counts, as operators get them (OP-1)."""

import csv
import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from zikao.common.v1 import half_day_pb2
from zikao.enrollment.v1 import practice_service_pb2 as pb

from chassis.activity.minute_counts import MinuteCounts
from chassis.call_context import Call, in_call
from chassis.errors import NotFound
from chassis.security.tokens import Access, Principal
from services.enrollment.domain.catalogue import Sitting
from services.enrollment.mapping.roster_files import COLUMNS
from services.enrollment.repository.activity import ACTIVITY
from services.enrollment.repository.rosters import COUNTED_EVERY
from services.enrollment.servicer.practice import PracticeServicer
from services.enrollment.usecases import practice_administration, session_preliminaries
from services.enrollment.usecases.administration import rosters
from tests.integration.enrollment.stand_ins import (
    SESSION,
    STAFF_APPRAISAL,
    STAFF_MANAGEMENT,
    STAFF_SELECTION,
    STAFF_UNIVERSITY,
    select,
)
from tests.integration.enrollment.stand_ins import (
    STAFF_LABORATORY as LAB,
)

YANGPU, CHONGMING = "310110", "310151"
OPERATOR = Principal(Access.OPERATOR, "an operator")
MORNING = half_day_pb2.HalfDay(date="2026-10-24", period=half_day_pb2.AM)


@pytest.fixture
async def seated(deps, ready_candidate, db):
    """Three candidates: two with two effective courses each in two districts, one whose only course is not paid."""
    await db.driver.execute("DELETE FROM selections")
    await practice_administration.set_practice_time(deps, Sitting(SESSION, STAFF_UNIVERSITY, LAB), OPERATOR)
    people = [await ready_candidate((STAFF_UNIVERSITY, STAFF_MANAGEMENT)) for _ in range(3)]
    for person, district in zip(people[:2], (YANGPU, CHONGMING), strict=True):
        await session_preliminaries.prefer_district(deps, person.candidate_id, SESSION, district)
        for code in (STAFF_SELECTION, LAB):
            await select(person, code, deps)
    await db.driver.execute("UPDATE selections SET state = 'EFFECTIVE'")
    await select(people[2], STAFF_APPRAISAL, deps)
    return people


async def export(deps, **wanted):
    """The file and the progress that was told on the way."""
    request = pb.ExportRosterRequest(session_id=SESSION, **wanted)
    with in_call(Call("test", principal=OPERATOR)):
        pieces = [piece async for piece in PracticeServicer(deps).ExportRoster(request, None)]
    return b"".join(piece.content for piece in pieces), [(piece.rows_done, piece.rows_total) for piece in pieces]


def rows_of(content: bytes):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_a_roster_lists_what_is_effective_by_course_and_ticket_number(seated, deps) -> None:  # OP-1
    content, told = await export(deps)
    rows = rows_of(content)
    assert content.startswith(b"\xef\xbb\xbf")
    assert told[-1] == (4, 4)
    assert [row["course_code"] for row in rows] == [STAFF_SELECTION] * 2 + [LAB] * 2
    tickets = [person.registrations[0].ticket_number for person in seated[:2]]
    assert [row["ticket_number"] for row in rows] == tickets * 2
    assert {key: rows[0][key] for key in ("date", "start", "end", "school_code", "district_name")} == {
        "date": "2026-10-24",
        "start": "09:00",
        "end": "11:30",
        "school_code": STAFF_UNIVERSITY,
        "district_name": "杨浦区",
    }
    assert rows[-1]["date"] == ""  # a practice course without a time (EN-6)


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ({"course_code": LAB}, 2),
        ({"district_code": CHONGMING}, 2),
        ({"school_code": "10269"}, 0),
        ({"half_day": MORNING}, 2),
        ({"half_day": MORNING, "district_code": YANGPU}, 1),
    ],
)
async def test_a_roster_is_narrowed_by_course_sitting_school_and_district(seated, deps, wanted, number) -> None:
    content, told = await export(deps, **wanted)  # OP-1
    assert (len(rows_of(content)), told[-1]) == (number, (number, number))


async def test_the_same_roster_as_a_spreadsheet(seated, deps) -> None:  # OP-1
    content, told = await export(deps, format=pb.ExportRosterRequest.XLSX)
    sheet = [list(row) for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)]
    assert tuple(sheet[0]) == COLUMNS
    as_csv, _ = await export(deps)
    assert [[cell or "" for cell in row] for row in sheet[1:]] == [list(row.values()) for row in rows_of(as_csv)]
    assert told[-1] == (4, 4)


async def test_selections_are_counted_by_half_day_and_district(seated, deps) -> None:  # OP-1
    with in_call(Call("test", principal=OPERATOR)):
        answer = await PracticeServicer(deps).GetSessionCounts(pb.GetSessionCountsRequest(session_id=SESSION), None)
    counted = {
        (count.half_day.date, half_day_pb2.Period.Name(count.half_day.period), count.district_code): (
            count.live,
            count.effective,
        )
        for count in answer.counts
    }
    assert counted == {
        ("2026-10-24", "AM", YANGPU): (1, 1),
        ("2026-10-24", "AM", CHONGMING): (1, 1),
        ("2026-10-24", "PM", ""): (1, 0),
        ("", "PERIOD_UNSPECIFIED", YANGPU): (1, 1),
        ("", "PERIOD_UNSPECIFIED", CHONGMING): (1, 1),
    }


async def test_however_many_operators_watch_one_look_counts_for_all(seated, deps, clock, db) -> None:  # OP-4
    first = await rosters.count_selections(deps, SESSION)
    await db.driver.execute("UPDATE selections SET state = 'DRAFT'")
    assert await rosters.count_selections(deps, SESSION) == first
    clock.advance(COUNTED_EVERY)
    assert sum(one.effective for one in await rosters.count_selections(deps, SESSION)) == 0


async def test_selections_and_registrations_are_told_by_their_minutes(seated, db, clock) -> None:  # OP-4
    clock.advance(timedelta(minutes=2))
    told = await MinuteCounts(db, clock, *dict.fromkeys(ACTIVITY.values())).by_kind()
    assert sum(told["SELECTIONS"].values()) == 5
    assert sum(told["REGISTRATIONS"].values()) >= 3


async def test_a_session_that_is_not_there_has_no_roster(deps) -> None:
    with in_call(Call("test", principal=OPERATOR)), pytest.raises(NotFound):
        request = pb.ExportRosterRequest(session_id="1999-01")
        [piece async for piece in PracticeServicer(deps).ExportRoster(request, None)]
