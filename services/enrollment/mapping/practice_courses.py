"""What schools and operators see of practice courses, and counts, on the wire."""

from collections.abc import Sequence

from zikao.common.v1 import half_day_pb2
from zikao.enrollment.v1 import practice_service_pb2, resources_pb2

from services.enrollment.domain.catalogue import Catalogue, Period, Sitting, TimeRange, half_day
from services.enrollment.domain.imports.practice_payments import PaymentsImport
from services.enrollment.domain.practice_courses import (
    Collision,
    PracticeEntry,
    PracticeTimeSet,
    sitting_at,
)
from services.enrollment.domain.rosters import RosterQuery, SelectionCount
from services.enrollment.domain.selections import SelectionState
from services.enrollment.mapping import candidate as candidates
from services.enrollment.mapping import catalogue as catalogues
from services.enrollment.mapping.dates import day, instant


def collision(catalogue: Catalogue, one: Collision, school_code: str) -> practice_service_pb2.Collision:
    """A selection that collides with a practice time, with its rival."""
    return practice_service_pb2.Collision(
        candidate_id=one.selection.candidate_id,
        ticket_number=one.ticket_number,
        selection=candidates.selection(catalogue, one.selection, school_code),
        rival=candidates.selection(catalogue, one.rival, one.rival_school_code),
    )


def wanted_sitting(request: practice_service_pb2.SetPracticeSittingRequest) -> Sitting:
    """The sitting to set (EN-6). Raises InvalidRequest."""
    start = instant(request.start_time) if request.HasField("start_time") else None
    end = instant(request.end_time) if request.HasField("end_time") else None
    return sitting_at(request.session_id, request.school_code, request.course_code, start, end)


def time_set(one: PracticeTimeSet) -> practice_service_pb2.SetPracticeSittingResponse:
    """A practice time as set."""
    return practice_service_pb2.SetPracticeSittingResponse(
        sitting=catalogues.sitting(one.catalogue, one.sitting),
        collisions=[collision(one.catalogue, each, one.sitting.school_code) for each in one.collisions],
    )


def entry(catalogue: Catalogue, one: PracticeEntry) -> practice_service_pb2.ListPracticeSelectionsResponse.Entry:
    """A practice selection with whose it is."""
    return practice_service_pb2.ListPracticeSelectionsResponse.Entry(
        candidate_id=one.selection.candidate_id,
        ticket_number=one.ticket_number,
        selection=candidates.selection(catalogue, one.selection, one.school_code),
    )


def state(value: resources_pb2.Selection.State) -> SelectionState | None:
    """A state to look for; None when none is stated."""
    return SelectionState(resources_pb2.Selection.State.Name(value)) if value else None


def payments_imported(one: PaymentsImport) -> practice_service_pb2.ImportPracticePaymentsResponse:
    """What an import of practice payments did, or would do."""
    response = practice_service_pb2.ImportPracticePaymentsResponse(
        applied=one.applied, confirmed=len(one.plan.to_confirm), existing=one.plan.existing
    )
    for problem in one.plan.problems:
        response.problems.add(
            line=problem.line,
            column=problem.column,
            expected_zh=problem.expected.zh,
            expected_en=problem.expected.en,
        )
    return response


def roster_query(request: practice_service_pb2.ExportRosterRequest) -> RosterQuery:
    """What a roster shall list."""
    return RosterQuery(
        request.session_id,
        request.course_code,
        request.school_code,
        request.district_code,
        _half_day(request.half_day) if request.HasField("half_day") else None,
    )


def _half_day(message: half_day_pb2.HalfDay) -> TimeRange:
    return half_day(day("half_day.date", message.date), Period(half_day_pb2.Period.Name(message.period)))


def counts(session_id: str, found: Sequence[SelectionCount]) -> practice_service_pb2.SessionCounts:
    """A session's selections, counted."""
    message = practice_service_pb2.SessionCounts(session_id=session_id)
    for one in found:
        count = message.counts.add(district_code=one.district_code, live=one.live, effective=one.effective)
        if one.day and one.period:
            count.half_day.CopyFrom(half_day_pb2.HalfDay(date=one.day.isoformat(), period=one.period.value))
    return message
