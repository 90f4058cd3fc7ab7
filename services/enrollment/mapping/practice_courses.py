"""What schools and operators see of practice courses, and counts, on the wire."""

from collections.abc import Sequence

from zikao.common.v1 import half_day_pb2
from zikao.enrollment.v1 import practice_service_pb2, resources_pb2

from chassis.rpc.message_mapping import day_of, instant_in, message_of
from services.enrollment.domain.catalogue import Catalogue, Period, Sitting, TimeRange, half_day
from services.enrollment.domain.imports.practice_payments import PaymentsImport
from services.enrollment.domain.practice_sittings import Collision, PracticeEntry, PracticeTimeSet, sitting_at
from services.enrollment.domain.rosters import RosterQuery, SelectionCount
from services.enrollment.domain.selections import SelectionState
from services.enrollment.mapping import candidate as candidates
from services.enrollment.mapping import catalogue as catalogues


def collision(catalogue: Catalogue, one: Collision, school_code: str) -> practice_service_pb2.Collision:
    """A selection that collides with a practice time, with its rival."""
    return message_of(
        practice_service_pb2.Collision,
        one,
        candidate_id=one.selection.candidate_id,
        selection=candidates.selection(catalogue, one.selection, school_code),
        rival=candidates.selection(catalogue, one.rival, one.rival_school_code),
    )


def wanted_sitting(request: practice_service_pb2.SetPracticeSittingRequest) -> Sitting:
    """The sitting to set (EN-6). Raises InvalidRequest."""
    start, end = instant_in(request, "start_time"), instant_in(request, "end_time")
    return sitting_at(request.session_id, request.school_code, request.course_code, start, end)


def time_set(one: PracticeTimeSet) -> practice_service_pb2.SetPracticeSittingResponse:
    """A practice time as set."""
    return practice_service_pb2.SetPracticeSittingResponse(
        sitting=catalogues.sitting(one.catalogue, one.sitting),
        collisions=[collision(one.catalogue, each, one.sitting.school_code) for each in one.collisions],
    )


def entry(catalogue: Catalogue, one: PracticeEntry) -> practice_service_pb2.ListPracticeSelectionsResponse.Entry:
    """A practice selection with whose it is."""
    return message_of(
        practice_service_pb2.ListPracticeSelectionsResponse.Entry,
        one,
        candidate_id=one.selection.candidate_id,
        selection=candidates.selection(catalogue, one.selection, one.school_code),
    )


def state(value: resources_pb2.Selection.State) -> SelectionState | None:
    """A state to look for; None when none is stated."""
    return SelectionState(resources_pb2.Selection.State.Name(value)) if value else None


def payments_imported(one: PaymentsImport) -> practice_service_pb2.ImportPracticePaymentsResponse:
    """What an import of practice payments did, or would do."""
    response = practice_service_pb2.ImportPracticePaymentsResponse
    problems = [
        message_of(response.Problem, each, expected_zh=each.expected.zh, expected_en=each.expected.en)
        for each in one.plan.problems
    ]
    confirmed = len(one.plan.to_confirm)
    return response(applied=one.applied, confirmed=confirmed, existing=one.plan.existing, problems=problems)


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
    return half_day(day_of("half_day.date", message.date), Period(half_day_pb2.Period.Name(message.period)))


def counts(session_id: str, found: Sequence[SelectionCount]) -> practice_service_pb2.SessionCounts:
    """A session's selections, counted."""
    message = practice_service_pb2.SessionCounts
    counted = [message_of(message.Count, one, half_day=catalogues.half_day(one.day, one.period)) for one in found]
    return message(session_id=session_id, counts=counted)
