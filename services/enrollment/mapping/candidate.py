"""A candidate's things on the wire: registrations, gates, selections, checkouts."""

from collections.abc import Iterable
from dataclasses import asdict

from zikao.enrollment.v1 import enrollment_service_pb2, resources_pb2

from chassis.rpc.message_mapping import message_of
from services.enrollment.domain.candidate_session_state import CandidateOverview
from services.enrollment.domain.catalogue import Catalogue, TextKind
from services.enrollment.domain.checkouts import CheckedOut, Checkout, CheckoutState
from services.enrollment.domain.course_rules.course_offers import CourseOffer
from services.enrollment.domain.course_rules.selection_rechecks import Recheck
from services.enrollment.domain.gates import Action, Gate, Stage, preparing
from services.enrollment.domain.graduation.plan_progress import plan_progress
from services.enrollment.domain.imports.enrolled_import import EnrolledImport, EnrolledRow
from services.enrollment.domain.practice_sittings import missing_time
from services.enrollment.domain.questionnaires import Answer
from services.enrollment.domain.registrations import RegistrationFile
from services.enrollment.domain.selections import TRANSITIONS, Selection, SelectionEvent, ShownSelection
from services.enrollment.mapping import catalogue as catalogue_mapping


def registration(catalogue: Catalogue, file: RegistrationFile) -> resources_pb2.Registration:
    """A registration with the names of its school and major."""
    one = file.registration
    school, major = catalogue.schools.get(one.school_code), catalogue.majors.get(one.major_code)
    return message_of(
        resources_pb2.Registration,
        one,
        school_name=school.name if school else "",
        major_name=major.name if major else "",
        passed_course_codes=sorted(file.passed),
        **asdict(plan_progress(catalogue, one, file.passed)),
    )


def gate(one: Gate) -> resources_pb2.Gate:
    """A gate, met or not."""
    obstacle = one.obstacle
    return message_of(
        resources_pb2.Gate,
        one,
        reason=obstacle.reason if obstacle else one.reason,
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
    sitting = catalogue.sitting(one.session_id, school_code, one.course_code)
    return message_of(
        resources_pb2.Selection,
        one,
        course_name=_course_name(catalogue, one),
        sitting=catalogue_mapping.sitting(catalogue, sitting) if sitting and sitting.day else None,
        removable=(one.state, SelectionEvent.REMOVED) in TRANSITIONS,
    )


def course_offer_list(
    catalogue: Catalogue, offers: Iterable[CourseOffer]
) -> enrollment_service_pb2.ListCourseOffersResponse:
    """The courses of a plan as a session offers them (EN-16)."""
    return enrollment_service_pb2.ListCourseOffersResponse(offers=[_offer(catalogue, one) for one in offers])


def _offer(catalogue: Catalogue, one: CourseOffer) -> resources_pb2.CourseOffer:
    sitting, refusal = one.sitting, one.refusal
    missing = refusal.metadata.get("missing_course_codes", "") if refusal else ""
    return message_of(
        resources_pb2.CourseOffer,
        one,
        course=catalogue_mapping.course(one.course),
        sitting=catalogue_mapping.sitting(catalogue, sitting) if sitting and sitting.day else None,
        selection_id=one.selection.selection_id if one.selection else "",
        reason=refusal.reason if refusal else "",
        explanation_zh=refusal.message("zh") if refusal else "",
        explanation_en=refusal.message("en") if refusal else "",
        missing_course_codes=missing.split(",") if missing else [],
    )


def _change(one: Recheck) -> resources_pb2.SessionOverview.Change:
    unmet = one.unmet
    return resources_pb2.SessionOverview.Change(
        selection_id=one.selection.selection_id,
        reason=unmet.reason if unmet else "",
        explanation_zh=unmet.zh if unmet else "",
        explanation_en=unmet.en if unmet else "",
        old_fee_fen=one.selection.fee_fen,
        fee_fen=one.fee_fen,
    )


def _course_name(catalogue: Catalogue, one: Selection) -> str:
    course = catalogue.courses.get(one.course_code)
    return course.name if course else ""


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
    return message_of(
        resources_pb2.Checkout,
        one,
        items=[
            message_of(resources_pb2.Checkout.Item, item, course_name=_course_name(catalogue, item)) for item in items
        ],
        order_state=state.value,
        payment_cutoff_time=one.payment_cutoff,
    )


def overview(one: CandidateOverview) -> resources_pb2.SessionOverview:
    """Everything a candidate has in a session (EN-11)."""
    catalogue, facts = one.catalogue, one.held.facts
    schools = {held.registration_id: held.school_code for held in facts.registrations}
    district_code, unsettled_checkout = facts.participation.district_code, None
    if unsettled := one.held.unsettled:
        items = [held for held in one.held.selections if held.selection_id in unsettled.selection_ids]
        unsettled_checkout = _checkout(catalogue, unsettled, items, unsettled.state)
    return resources_pb2.SessionOverview(
        session=catalogue_mapping.exam_session(catalogue, one.session, one.now),
        registrations=[registration(catalogue, RegistrationFile(held, facts.passed)) for held in facts.registrations],
        selections=[
            _with_collision(catalogue, held, one.held.selections, schools[held.registration_id])
            for held in one.held.selections
        ],
        gates=[gate(each) for each in one.gates],
        draft_total_fen=one.total_fen,
        changes=[_change(each) for each in one.rechecks if each.changed],
        unsettled_checkout=unsettled_checkout,
        district_preference=district_preference(catalogue, one.session.session_id, district_code)
        if district_code
        else None,
    )


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
    response = enrollment_service_pb2.ImportRegistrationsResponse
    problems = [
        message_of(response.Problem, each, expected_zh=each.expected.zh, expected_en=each.expected.en)
        for each in one.problems
    ]
    return message_of(response, one, problems=problems)
