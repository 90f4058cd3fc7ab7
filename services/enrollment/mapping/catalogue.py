"""The catalogue on the wire."""

from collections.abc import Iterable
from datetime import date, datetime

from zikao.common.v1 import half_day_pb2
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2, resources_pb2

from services.enrollment.domain.catalogue import (
    EVERYWHERE,
    Catalogue,
    Course,
    District,
    ExamSession,
    Major,
    Plan,
    Question,
    School,
    Sitting,
    Text,
    TextKind,
)
from services.enrollment.domain.imports.catalogue_import import Outcome
from services.enrollment.domain.questionnaires import Questionnaire
from services.enrollment.domain.session_windows import ClosedRegistration, ShownSession, etag_of
from services.enrollment.mapping.dates import timestamp


def school(one: School) -> catalogue_pb2.School:
    """A host school."""
    return catalogue_pb2.School(school_code=one.school_code, display_name=one.name)


def major(catalogue: Catalogue, one: Major) -> catalogue_pb2.Major:
    """A major with its proofs and hosts."""
    proofs = [
        catalogue_pb2.SpecialProof(kind=proof.kind, fact=proof.fact, alternative_group=proof.alternative_group)
        for proof in catalogue.proofs.get(one.major_code, ())
    ]
    return catalogue_pb2.Major(
        major_code=one.major_code,
        display_name=one.name,
        level=one.level,
        special=one.special,
        min_total_credits=one.min_total_credits,
        special_proofs=proofs,
        host_school_codes=catalogue.hosts_of(one.major_code),
    )


def course(one: Course) -> catalogue_pb2.Course:
    """A course."""
    return catalogue_pb2.Course(
        course_code=one.course_code,
        display_name=one.name,
        credits=one.credits,
        kind=one.kind.value,
        exam_method=one.exam_method,
        paired_theory_code=one.paired_theory_code,
        prerequisite_rule=one.prerequisite_rule,
        retired=one.retired,
        fee_item=one.fee_item,
    )


def plan(catalogue: Catalogue, one: Plan, day: date) -> catalogue_pb2.Plan:
    """A plan as in force on a day."""
    courses = [
        catalogue_pb2.PlanCourse(
            course=course(catalogue.courses[entry.course_code]),
            group=entry.group,
            effective_from=_iso(entry.effective_from),
            effective_until=_iso(entry.effective_until),
        )
        for entry in one.courses.values()
        if entry.in_force(day)
    ]
    groups = [
        catalogue_pb2.PlanGroup(
            group=group.group, min_courses=group.min_courses, min_credits=group.min_credits, rule=group.rule
        )
        for group in one.groups
    ]
    equivalents = [
        catalogue_pb2.CourseEquivalent(
            old_course_codes=equivalent.old_course_codes, new_course_codes=equivalent.new_course_codes
        )
        for equivalent in one.equivalents
    ]
    return catalogue_pb2.Plan(
        school_code=one.host.school_code,
        major_code=one.host.major_code,
        courses=courses,
        groups=groups,
        equivalents=equivalents,
        new_student_cap=one.host.new_student_cap,
        reviews_practice=one.host.reviews_practice,
        etag=catalogue.etag,
    )


def district(one: District) -> catalogue_pb2.District:
    """A district."""
    return catalogue_pb2.District(district_code=one.district_code, display_name=one.name, outlying=one.outlying)


def exam_session(catalogue: Catalogue, one: ExamSession, now: datetime) -> catalogue_pb2.ExamSession:
    """A session as it stands now."""
    days = [sitting.day for sitting in catalogue.sittings_of(one.session_id) if sitting.day]
    fees = [
        catalogue_pb2.Fee(fee_item=item, amount_fen=amount)
        for (session_id, item), amount in sorted(catalogue.fees.items())
        if session_id == one.session_id
    ]
    return catalogue_pb2.ExamSession(
        session_id=one.session_id,
        display_name_zh=one.display_name_zh,
        display_name_en=one.display_name_en,
        state=one.state(now).value,
        registration_start_time=timestamp(one.registration_start),
        registration_end_time=timestamp(one.registration_end),
        payment_cutoff_time=timestamp(one.payment_cutoff),
        first_sitting_date=_iso(min(days, default=None)),
        last_sitting_date=_iso(max(days, default=None)),
        fees=fees,
        etag=etag_of(one),
        cancel_reason=one.cancel_reason,
    )


def sitting(catalogue: Catalogue, one: Sitting) -> catalogue_pb2.Sitting:
    """A sitting with its course and fee."""
    examined = catalogue.courses[one.course_code]
    message = catalogue_pb2.Sitting(
        session_id=one.session_id,
        course_code=one.course_code,
        course_name=examined.name,
        course_kind=examined.kind.value,
        school_code="" if one.school_code == EVERYWHERE else one.school_code,
        fee_fen=catalogue.fee(one.session_id, examined),
    )
    if one.day and one.period:
        message.half_day.CopyFrom(half_day_pb2.HalfDay(date=_iso(one.day), period=one.period.value))
    if one.start_time and one.end_time:
        message.start_time.CopyFrom(timestamp(one.start_time))
        message.end_time.CopyFrom(timestamp(one.end_time))
    return message


def text(one: Text) -> catalogue_pb2.Text:
    """One version of a text."""
    return catalogue_pb2.Text(
        kind=one.kind.value,
        scope=one.scope,
        version=str(one.version),
        title_zh=one.title_zh,
        title_en=one.title_en,
        body_zh=one.body_zh,
        body_en=one.body_en,
        create_time=timestamp(one.create_time),
    )


def questionnaire(one: Questionnaire) -> resources_pb2.Questionnaire:
    """A session's questionnaire and when it was answered."""
    return resources_pb2.Questionnaire(
        session_id=one.session_id,
        questions=[_question(each) for each in one.questions],
        submit_time=timestamp(one.submit_time) if one.submit_time else None,
    )


def _question(one: Question) -> resources_pb2.Questionnaire.Question:
    options = [
        resources_pb2.Questionnaire.Question.Option(
            option_id=option.option_id, label_zh=option.label_zh, label_en=option.label_en
        )
        for option in one.options
    ]
    return resources_pb2.Questionnaire.Question(
        question_id=one.question_id,
        kind=one.kind,
        label_zh=one.label_zh,
        label_en=one.label_en,
        required=one.required,
        options=options,
    )


def shown_session(shown: ShownSession, now: datetime) -> catalogue_pb2.ExamSession:
    """A session as it stands now."""
    return exam_session(shown.catalogue, shown.session, now)


def closed_registration(done: ClosedRegistration, now: datetime) -> catalogue_service_pb2.CloseRegistrationResponse:
    """A closed registration, and what closing did."""
    return catalogue_service_pb2.CloseRegistrationResponse(
        session=shown_session(done.shown, now),
        voided_selections=done.voided,
        reserved_selections=done.reserved,
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
    response = catalogue_service_pb2.ImportCatalogueResponse(applied=applied, etag=etag)
    for file in outcome.files:
        response.files.add(file=file.file, rows=file.rows, added=file.added, changed=file.changed, removed=file.removed)
    for each in outcome.problems:
        response.problems.add(
            file=each.file,
            line=each.line,
            column=each.column,
            found=each.found,
            expected_zh=each.expected.zh,
            expected_en=each.expected.en,
        )
    return response


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def school_list(catalogue: Catalogue) -> catalogue_service_pb2.ListSchoolsResponse:
    """The schools, by code."""
    schools = [school(catalogue.schools[code]) for code in sorted(catalogue.schools)]
    return catalogue_service_pb2.ListSchoolsResponse(schools=schools, etag=catalogue.etag)


def major_list(catalogue: Catalogue, majors: Iterable[Major]) -> catalogue_service_pb2.ListMajorsResponse:
    """Majors, in the order given."""
    return catalogue_service_pb2.ListMajorsResponse(
        majors=[major(catalogue, one) for one in majors], etag=catalogue.etag
    )


def district_list(catalogue: Catalogue) -> catalogue_service_pb2.ListDistrictsResponse:
    """The districts, by code."""
    districts = [district(catalogue.districts[code]) for code in sorted(catalogue.districts)]
    return catalogue_service_pb2.ListDistrictsResponse(districts=districts, etag=catalogue.etag)


def session_list(catalogue: Catalogue, now: datetime) -> catalogue_service_pb2.ListSessionsResponse:
    """The sessions, the latest first."""
    latest_first = sorted(catalogue.sessions.values(), key=lambda each: each.session_id, reverse=True)
    sessions = [exam_session(catalogue, each, now) for each in latest_first]
    return catalogue_service_pb2.ListSessionsResponse(sessions=sessions, etag=catalogue.etag)


def sitting_list(catalogue: Catalogue, sittings: Iterable[Sitting]) -> catalogue_service_pb2.ListSittingsResponse:
    """Sittings, in the order given."""
    return catalogue_service_pb2.ListSittingsResponse(
        sittings=[sitting(catalogue, one) for one in sittings], etag=catalogue.etag
    )
