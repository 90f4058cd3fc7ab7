"""The catalogue on the wire."""

from collections.abc import Iterable
from datetime import date, datetime

from zikao.common.v1 import half_day_pb2
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2, resources_pb2

from chassis.rpc.message_mapping import message_of
from services.enrollment.domain.catalogue import (
    EVERYWHERE,
    Catalogue,
    Course,
    ExamSession,
    Major,
    Period,
    Plan,
    Question,
    Sitting,
    Text,
    TextKind,
)
from services.enrollment.domain.imports.catalogue_import import Outcome
from services.enrollment.domain.questionnaires import Questionnaire
from services.enrollment.domain.window_operations import ClosedRegistration, ShownSession


def major(catalogue: Catalogue, one: Major) -> catalogue_pb2.Major:
    """A major with its proofs and hosts."""
    proofs = catalogue.proofs.get(one.major_code, ())
    return message_of(
        catalogue_pb2.Major,
        one,
        display_name=one.name,
        special_proofs=[message_of(catalogue_pb2.SpecialProof, proof) for proof in proofs],
        host_school_codes=catalogue.hosts_of(one.major_code),
    )


def course(one: Course) -> catalogue_pb2.Course:
    """A course."""
    return message_of(catalogue_pb2.Course, one, display_name=one.name)


def plan(catalogue: Catalogue, one: Plan, day: date) -> catalogue_pb2.Plan:
    """A plan as in force on a day."""
    return message_of(
        catalogue_pb2.Plan,
        one.host,
        courses=[
            message_of(catalogue_pb2.PlanCourse, entry, course=course(catalogue.courses[entry.course_code]))
            for entry in one.courses.values()
            if entry.in_force(day)
        ],
        groups=[message_of(catalogue_pb2.PlanGroup, group) for group in one.groups],
        equivalents=[message_of(catalogue_pb2.CourseEquivalent, equivalent) for equivalent in one.equivalents],
        etag=catalogue.etag,
    )


def exam_session(catalogue: Catalogue, one: ExamSession, now: datetime) -> catalogue_pb2.ExamSession:
    """A session as it stands now."""
    days = [sitting.day for sitting in catalogue.sittings_of(one.session_id) if sitting.day]
    fees = [
        catalogue_pb2.Fee(fee_item=item, amount_fen=amount)
        for (session_id, item), amount in sorted(catalogue.fees.items())
        if session_id == one.session_id
    ]
    return message_of(
        catalogue_pb2.ExamSession,
        one,
        state=one.state(now).value,
        registration_start_time=one.registration_start,
        registration_end_time=one.registration_end,
        payment_cutoff_time=one.payment_cutoff,
        first_sitting_date=min(days).isoformat() if days else "",
        last_sitting_date=max(days).isoformat() if days else "",
        fees=fees,
    )


def sitting(catalogue: Catalogue, one: Sitting) -> catalogue_pb2.Sitting:
    """A sitting with its course and fee."""
    examined = catalogue.courses[one.course_code]
    return message_of(
        catalogue_pb2.Sitting,
        one,
        course_name=examined.name,
        course_kind=examined.kind.value,
        school_code="" if one.school_code == EVERYWHERE else one.school_code,
        fee_fen=catalogue.fee(one.session_id, examined),
        half_day=half_day(one.day, one.period),
    )


def half_day(day: date | None, period: Period | None) -> half_day_pb2.HalfDay | None:
    """Half of a day; None where no time is set."""
    return half_day_pb2.HalfDay(date=day.isoformat(), period=period.value) if day and period else None


def text(one: Text) -> catalogue_pb2.Text:
    """One version of a text."""
    return message_of(catalogue_pb2.Text, one, version=str(one.version))


def questionnaire(one: Questionnaire) -> resources_pb2.Questionnaire:
    """A session's questionnaire and when it was answered."""
    return message_of(resources_pb2.Questionnaire, one, questions=[_question(each) for each in one.questions])


def _question(one: Question) -> resources_pb2.Questionnaire.Question:
    options = [message_of(resources_pb2.Questionnaire.Question.Option, option) for option in one.options]
    return message_of(resources_pb2.Questionnaire.Question, one, options=options)


def shown_session(shown: ShownSession, now: datetime) -> catalogue_pb2.ExamSession:
    """A session as it stands now."""
    return exam_session(shown.catalogue, shown.session, now)


def closed_registration(done: ClosedRegistration, now: datetime) -> catalogue_service_pb2.CloseRegistrationResponse:
    """A closed registration, and what closing did."""
    return catalogue_service_pb2.CloseRegistrationResponse(
        session=shown_session(done.shown, now), voided_selections=done.voided, reserved_selections=done.reserved
    )


def text_kind(value: catalogue_pb2.Text.Kind) -> TextKind:
    """The kind of a text."""
    return TextKind(catalogue_pb2.Text.Kind.Name(value))


def new_text(message: catalogue_pb2.Text, now: datetime) -> Text:
    """A text to publish; which version it is follows."""
    return Text(
        text_kind(message.kind),
        message.scope or EVERYWHERE,
        0,
        message.title_zh,
        message.title_en,
        message.body_zh,
        message.body_en,
        now,
    )


def import_report(outcome: Outcome, *, applied: bool, etag: str) -> catalogue_service_pb2.ImportCatalogueResponse:
    """What an import did, or would do."""
    response = catalogue_service_pb2.ImportCatalogueResponse
    files = [message_of(response.FileSummary, file) for file in outcome.files]
    problems = [
        message_of(response.Problem, each, expected_zh=each.expected.zh, expected_en=each.expected.en)
        for each in outcome.problems
    ]
    return response(
        applied=applied,
        files=files,
        problems=problems,
        etag=etag,
        removals_to_confirm=outcome.removals_to_confirm,
    )


def school_list(catalogue: Catalogue) -> catalogue_service_pb2.ListSchoolsResponse:
    """The schools, by code."""
    schools = [
        catalogue_pb2.School(school_code=code, display_name=school.name)
        for code, school in sorted(catalogue.schools.items())
    ]
    return catalogue_service_pb2.ListSchoolsResponse(schools=schools, etag=catalogue.etag)


def major_list(catalogue: Catalogue, majors: Iterable[Major]) -> catalogue_service_pb2.ListMajorsResponse:
    """Majors, in the order given."""
    shown = [major(catalogue, one) for one in majors]
    return catalogue_service_pb2.ListMajorsResponse(majors=shown, etag=catalogue.etag)


def district_list(catalogue: Catalogue) -> catalogue_service_pb2.ListDistrictsResponse:
    """The districts, by code."""
    districts = [
        message_of(catalogue_pb2.District, district, display_name=district.name)
        for _, district in sorted(catalogue.districts.items())
    ]
    return catalogue_service_pb2.ListDistrictsResponse(districts=districts, etag=catalogue.etag)


def session_list(catalogue: Catalogue, now: datetime) -> catalogue_service_pb2.ListSessionsResponse:
    """The sessions, the latest first."""
    latest_first = sorted(catalogue.sessions.values(), key=lambda each: each.session_id, reverse=True)
    sessions = [exam_session(catalogue, each, now) for each in latest_first]
    return catalogue_service_pb2.ListSessionsResponse(sessions=sessions, etag=catalogue.etag)


def sitting_list(catalogue: Catalogue, sittings: Iterable[Sitting]) -> catalogue_service_pb2.ListSittingsResponse:
    """Sittings, in the order given."""
    shown = [sitting(catalogue, one) for one in sittings]
    return catalogue_service_pb2.ListSittingsResponse(sittings=shown, etag=catalogue.etag)
