"""A candidate's things on the wire: registrations, gates, selections, checkouts."""

from collections.abc import Iterable

from zikao.enrollment.v1 import enrollment_service_pb2, resources_pb2

from services.enrollment.domain.candidate_sessions import CandidateOverview
from services.enrollment.domain.catalogue import Catalogue, TextKind
from services.enrollment.domain.checkouts import CheckedOut, Checkout, CheckoutState
from services.enrollment.domain.gates import Action, Gate, Stage, preparing
from services.enrollment.domain.imports.enrolled_import import EnrolledImport, EnrolledRow
from services.enrollment.domain.practice_courses import missing_time
from services.enrollment.domain.questionnaires import Answer
from services.enrollment.domain.registrations import RegistrationFile
from services.enrollment.domain.selections import Selection, ShownSelection
from services.enrollment.mapping import catalogue as catalogue_mapping
from services.enrollment.mapping.dates import timestamp


def registration(catalogue: Catalogue, file: RegistrationFile) -> resources_pb2.Registration:
    """A registration with the names of its school and major."""
    one = file.registration
    school, major = catalogue.schools.get(one.school_code), catalogue.majors.get(one.major_code)
    return resources_pb2.Registration(
        registration_id=one.registration_id,
        candidate_id=one.candidate_id,
        school_code=one.school_code,
        school_name=school.name if school else "",
        major_code=one.major_code,
        major_name=major.name if major else "",
        origin=one.origin.value,
        proof_state=one.proof_state.value,
        ticket_number=one.ticket_number,
        pledge_version=one.pledge_version,
        passed_course_codes=sorted(file.passed),
        create_time=timestamp(one.create_time),
        review_case_id=one.review_case_id,
        etag=f"r{one.version}",
    )


def gate(one: Gate) -> resources_pb2.Gate:
    """A gate, met or not."""
    obstacle = one.obstacle
    return resources_pb2.Gate(
        reason=obstacle.reason if obstacle else one.reason,
        stage=one.stage.value,
        met=one.met,
        registration_id=one.registration_id,
        explanation_zh=obstacle.zh if obstacle else "",
        explanation_en=obstacle.en if obstacle else "",
        next_action=(obstacle.action if obstacle else Action.NOTHING).value,
    )


def gate_list(gates: Iterable[Gate]) -> enrollment_service_pb2.ListGatesResponse:
    """Every gate, and what may be done."""
    found = tuple(gates)
    before_selection = [one for one in found if one.stage is Stage.SELECTION]
    return enrollment_service_pb2.ListGatesResponse(
        gates=[gate(one) for one in found],
        may_select=all(one.met for one in before_selection),
        may_pay=all(one.met for one in found),
        may_prepare=all(one.met for one in preparing(before_selection)),
    )


def shown_selection(shown: ShownSelection) -> resources_pb2.Selection:
    """A selection as it stands."""
    return selection(shown.catalogue, shown.selection, shown.school_code)


def selection(catalogue: Catalogue, one: Selection, school_code: str) -> resources_pb2.Selection:
    """A selection with its course and sitting; `school_code` is the school of its registration."""
    course = catalogue.courses.get(one.course_code)
    message = resources_pb2.Selection(
        selection_id=one.selection_id,
        registration_id=one.registration_id,
        session_id=one.session_id,
        course_code=one.course_code,
        course_name=course.name if course else "",
        course_kind=one.course_kind.value,
        fee_fen=one.fee_fen,
        state=one.state.value,
        void_reason=one.void_reason.value if one.void_reason else "VOID_REASON_UNSPECIFIED",
        order_id=one.order_id,
        review_case_id=one.review_case_id,
        create_time=timestamp(one.create_time),
        update_time=timestamp(one.update_time),
    )
    sitting = catalogue.sitting(one.session_id, school_code, one.course_code)
    if sitting is not None and sitting.day is not None:
        message.sitting.CopyFrom(catalogue_mapping.sitting(catalogue, sitting))
    return message


def _with_collision(
    catalogue: Catalogue, one: Selection, beside: Iterable[Selection], school_code: str
) -> resources_pb2.Selection:
    """A selection with what collides with its school's time (EN-6)."""
    message = selection(catalogue, one, school_code)
    wanted = missing_time(catalogue, one, school_code)
    if wanted is not None:
        rivals = [held for held in beside if not held.void_reason and held.occupies and held.occupies.overlaps(wanted)]
        message.collides = True
        message.colliding_selection_id = rivals[0].selection_id if rivals else ""
    return message


def checkout(one: CheckedOut) -> resources_pb2.Checkout:
    """A checkout with its items."""
    return _checkout(one.catalogue, one.checkout, one.items, one.state)


def _checkout(
    catalogue: Catalogue, one: Checkout, items: Iterable[Selection], state: CheckoutState
) -> resources_pb2.Checkout:
    message = resources_pb2.Checkout(
        order_id=one.order_id,
        session_id=one.session_id,
        total_fen=one.total_fen,
        order_state=state.value,
        undertaking_version=one.undertaking_version,
        payment_cutoff_time=timestamp(one.payment_cutoff),
        create_time=timestamp(one.create_time),
    )
    for item in items:
        course = catalogue.courses.get(item.course_code)
        message.items.add(
            selection_id=item.selection_id,
            registration_id=item.registration_id,
            course_code=item.course_code,
            course_name=course.name if course else "",
            fee_fen=item.fee_fen,
        )
    return message


def overview(one: CandidateOverview) -> resources_pb2.SessionOverview:
    """Everything a candidate has in a session (EN-11)."""
    catalogue, facts = one.catalogue, one.held.facts
    schools = {held.registration_id: held.school_code for held in facts.registrations}
    message = resources_pb2.SessionOverview(
        session=catalogue_mapping.exam_session(catalogue, one.session, one.now),
        registrations=[registration(catalogue, RegistrationFile(held, facts.passed)) for held in facts.registrations],
        selections=[
            _with_collision(catalogue, held, one.held.selections, schools[held.registration_id])
            for held in one.held.selections
        ],
        gates=[gate(each) for each in one.gates],
        draft_total_fen=sum(draft.fee_fen for draft in one.held.drafts),
    )
    if unsettled := one.held.unsettled:
        items = [held for held in one.held.selections if held.selection_id in unsettled.selection_ids]
        message.unsettled_checkout.CopyFrom(_checkout(catalogue, unsettled, items, unsettled.state))
    if facts.participation.district_code:
        preference = district_preference(catalogue, one.session.session_id, facts.participation.district_code)
        message.district_preference.CopyFrom(preference)
    return message


def district_preference(catalogue: Catalogue, session_id: str, district_code: str) -> resources_pb2.DistrictPreference:
    """A district preference, with the notice about outlying districts where it is one (EN-7)."""
    district = catalogue.districts.get(district_code)
    notice = catalogue.text(TextKind.OUTLYING_DISTRICT_NOTICE) if district and district.outlying else None
    return resources_pb2.DistrictPreference(
        session_id=session_id,
        district_code=district_code,
        district_name=district.name if district else "",
        outlying=bool(district and district.outlying),
        notice_zh=notice.body_zh if notice else "",
        notice_en=notice.body_en if notice else "",
    )


def answers(messages: Iterable[resources_pb2.Answer]) -> list[Answer]:
    """Answers as they came in."""
    return [Answer(one.question_id, tuple(one.option_ids), one.text) for one in messages]


def enrolled_rows(messages: Iterable[enrollment_service_pb2.RegistrationRow]) -> list[EnrolledRow]:
    """Rows of an import as they came in."""
    return [
        EnrolledRow(
            one.candidate_id, one.school_code, one.major_code, one.ticket_number, tuple(one.passed_course_codes)
        )
        for one in messages
    ]


def import_report(one: EnrolledImport) -> enrollment_service_pb2.ImportRegistrationsResponse:
    """What an import of registrations did, or would do."""
    response = enrollment_service_pb2.ImportRegistrationsResponse(
        applied=one.applied, added=one.added, existing=one.existing
    )
    for problem in one.problems:
        response.problems.add(
            row=problem.row,
            column=problem.column,
            expected_zh=problem.expected.zh,
            expected_en=problem.expected.en,
        )
    return response
