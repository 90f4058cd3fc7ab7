"""Protobuf and domain: the only place that knows both vocabularies."""

import csv
import io
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp
from zikao.review.v1 import events_pb2, resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from chassis.clock import SHANGHAI
from chassis.errors import FieldViolation, InvalidRequest
from chassis.security.tokens import Access, Principal
from services.review.domain.audit_log import AuditAction, AuditEntry
from services.review.domain.case_files import CaseFile
from services.review.domain.cases import Case, CaseKind, CaseState, Decision, Judgement, Subject
from services.review.domain.decision_export import ExportedDecision, ExportPeriod
from services.review.domain.decision_reasons import DecisionReason, Verdict, next_step
from services.review.domain.duplicates import Duplicate
from services.review.domain.materials import Material, MaterialKind
from services.review.domain.queue import QueueFigures, QueueFilter
from services.review.domain.second_reviews import SecondReviewFile
from services.review.domain.viewers import Viewer

_PERSON = frozenset({CaseKind.IDENTITY_PROOF, CaseKind.DOCUMENT_TYPE, CaseKind.DETAILS, CaseKind.PHONE_CHANGE})

SEEN: Final = {
    pb.AdmitLookRequest.PORTRAIT: AuditAction.PORTRAIT_VIEWED,
    pb.AdmitLookRequest.PARTICULARS: AuditAction.PARTICULARS_VIEWED,
}
"""How a look at the person behind a case is noted (RE-7)."""


def viewer(principal: Principal) -> Viewer:
    """The viewer that a proven caller is."""
    if principal.kind is Access.REVIEWER:
        return Viewer(principal.subject_id, organisation=principal.organisation)
    if principal.kind is Access.CANDIDATE:
        return Viewer(principal.subject_id, candidate_id=principal.subject_id)
    return Viewer(principal.subject_id, service=principal.kind is Access.SERVICE)


def queue_filter(request: pb.ListCasesRequest, viewer: Viewer) -> QueueFilter:
    """Which cases to list: those of the reviewer's organisation."""
    mine = viewer.actor_id if request.mine else ""
    return QueueFilter(viewer.organisation, state(request.state), kind(request.kind), mine)


def destination_of(kind: CaseKind) -> str:
    """Who carries out the decision of a case (RE-6)."""
    return "identity" if kind in _PERSON else "enrollment"


def subject(request: pb.OpenCaseRequest) -> Subject:
    """What a case to open is about."""
    return Subject(
        kind(request.kind) or CaseKind.DETAILS,
        request.candidate_id,
        request.subject_id,
        request.organisation,
        request.display_name,
        request.masked_document_number,
    )


def kind(value: resources_pb2.CaseKind) -> CaseKind | None:
    """The kind, or None when it is not stated."""
    return CaseKind(resources_pb2.CaseKind.Name(value)) if value else None


def state(value: resources_pb2.Case.State) -> CaseState | None:
    """The state, or None when it is not stated."""
    return CaseState(resources_pb2.Case.State.Name(value)) if value else None


def material_kind(value: resources_pb2.Material.Kind) -> MaterialKind:
    """What an image shows."""
    return MaterialKind(resources_pb2.Material.Kind.Name(value))


def judgement(request: pb.DecideCaseRequest) -> Judgement:
    """What a reviewer says of a submission."""
    return Judgement(
        Verdict(resources_pb2.Decision.Verdict.Name(request.verdict)),
        DecisionReason(resources_pb2.Reason.Name(request.reason)) if request.reason else None,
        request.note,
        request.etag,
    )


def case(file: CaseFile, viewer: Viewer) -> resources_pb2.Case:
    """A case as its viewer may see it: candidates do not learn who reviews them."""
    known = file.case
    message = resources_pb2.Case(
        case_id=known.case_id,
        kind=known.subject.kind.value,
        candidate_id=known.subject.candidate_id,
        subject_id=known.subject.subject_id,
        organisation=known.subject.organisation,
        state=known.state.value,
        submission=known.submission,
        submissions_left=known.submissions_left,
        deadline=instant(known.deadline),
        claimed_by=known.claimed_by if viewer.reviews else "",
        claim_expire_time=instant(known.claim_expire_time),
        materials=[material(one, file.duplicates.get(one.material_id, ()), viewer) for one in file.materials],
        decisions=[decision(one, viewer) for one in file.decisions],
        create_time=instant(known.create_time),
        update_time=instant(known.update_time),
        double_review=viewer.reviews and any(one.sampled for one in file.decisions),
        etag=known.etag,
    )
    if file.whole:
        message.display_name = known.subject.display_name
        message.masked_document_number = known.subject.masked_document_number
    return message


def material(known: Material, duplicates: Sequence[Duplicate], viewer: Viewer) -> resources_pb2.Material:
    """A material, with where a reviewer may see the same image again (RE-8)."""
    return resources_pb2.Material(
        material_id=known.material_id,
        kind=known.kind.value,
        submission=known.submission,
        content_type="image/jpeg",
        width=known.width,
        height=known.height,
        size_bytes=known.size_bytes,
        create_time=instant(known.create_time),
        duplicates=[
            resources_pb2.Duplicate(case_id=one.case_shown_to(viewer.organisation), exact=one.exact)
            for one in duplicates
        ],
    )


def decision(known: Decision, viewer: Viewer) -> resources_pb2.Decision:
    """A decision with what it asks of the candidate."""
    step = next_step(known.verdict, known.reason, submissions_left=known.submissions_left)
    return resources_pb2.Decision(
        submission=known.submission,
        verdict=known.verdict.value,
        reason=known.reason.value if known.reason else None,
        note=known.note,
        next_step_zh=step.zh,
        next_step_en=step.en,
        reviewer_id=known.reviewer_id if viewer.reviews else "",
        decide_time=instant(known.decide_time),
    )


def second_judgement(request: pb.DecideSecondReviewRequest) -> Judgement:
    """What a second reviewer says of a submission."""
    return Judgement(
        Verdict(resources_pb2.Decision.Verdict.Name(request.verdict)),
        DecisionReason(resources_pb2.Reason.Name(request.reason)) if request.reason else None,
        request.note,
    )


def second_review(file: SecondReviewFile, viewer: Viewer) -> resources_pb2.SecondReview:
    """A sampled decision, without what the first reviewer decided (RE-9)."""
    review = file.review
    message = resources_pb2.SecondReview(
        case_id=review.case.case_id,
        submission=review.first.submission,
        kind=review.case.subject.kind.value,
        decide_time=instant(review.first.decide_time),
        materials=[material(one, file.duplicates.get(one.material_id, ()), viewer) for one in file.materials],
        decision=decision(review.second, viewer) if review.second else None,
        agreed=review.agreed,
    )
    if file.whole:
        message.display_name = review.case.subject.display_name
        message.masked_document_number = review.case.subject.masked_document_number
    return message


def export_period(request: pb.ExportCasesRequest) -> ExportPeriod:
    """The days to export. Raises InvalidRequest."""
    return ExportPeriod(_day("from_date", request.from_date), _day("until_date", request.until_date))


def csv_of(decisions: Sequence[ExportedDecision]) -> bytes:
    """Decisions as CSV (RFC 4180), times in Asia/Shanghai. Only ids and codes: no cell can be taken for a formula."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(field.name for field in fields(ExportedDecision))
    for known in decisions:
        local = replace(known, decide_time=known.decide_time.astimezone(SHANGHAI))
        table.writerow(str(getattr(local, field.name)) for field in fields(local))
    return written.getvalue().encode()


def _day(field: str, value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        zh, en = "没有这一天。", "There is no such day."
        raise InvalidRequest(fields=[FieldViolation(field, "NO_SUCH_DAY", zh, en)]) from error


def case_decided(case: Case, decision: Decision) -> events_pb2.CaseDecided:
    """The announcement of a decision."""
    return events_pb2.CaseDecided(
        case_id=case.case_id,
        kind=case.subject.kind.value,
        submission=decision.submission,
        candidate_id=case.subject.candidate_id,
        subject_id=case.subject.subject_id,
        decision=decision.verdict.value,
        reason=decision.reason.value if decision.reason else None,
        note=decision.note,
        submissions_left=case.submissions_left,
    )


def figures(known: QueueFigures, organisation: str) -> resources_pb2.ReviewFigures:
    """The figures of a queue."""
    days = [
        resources_pb2.ReviewFigures.Day(
            date=day.date, approved=day.approved, rejected=day.rejected, asked_again=day.asked_again
        )
        for day in known.days
    ]
    return resources_pb2.ReviewFigures(
        organisation=organisation,
        waiting=known.waiting,
        claimed=known.claimed,
        overdue=known.overdue,
        oldest_submit_time=instant(known.oldest_submit_time),
        days=days,
        double_reviewed=known.double_reviewed,
        agreed=known.agreed,
    )


def entries(known: Sequence[AuditEntry]) -> list[resources_pb2.AuditEntry]:
    """Audit entries."""
    return [
        resources_pb2.AuditEntry(
            number=entry.number,
            create_time=instant(entry.create_time),
            actor_id=entry.note.actor_id,
            action=entry.note.action.value,
            case_id=entry.note.case_id,
            material_id=entry.note.material_id,
            facts=dict(entry.note.facts or {}),
            hash=entry.hash.hex(),
        )
        for entry in known
    ]


def instant(moment: datetime | None) -> Timestamp | None:
    """An instant, or None."""
    if moment is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
