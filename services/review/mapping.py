"""Protobuf and domain: the only place that knows both vocabularies."""

import csv
import io
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Final

from zikao.review.v1 import events_pb2, resources_pb2
from zikao.review.v1 import review_service_pb2 as pb

from chassis.audit_log.notes import AuditAction
from chassis.clock import SHANGHAI
from chassis.rpc.message_mapping import day_of, message_of
from chassis.security.tokens import Access, Principal
from chassis.spreadsheet_cells import inert_row
from services.review.domain.case_dossiers import CaseFile
from services.review.domain.case_kinds import CaseKind
from services.review.domain.case_transitions import CaseState
from services.review.domain.cases import Case, Decision, Judgement, Subject
from services.review.domain.decision_export import ExportedDecision, ExportPeriod
from services.review.domain.decision_reasons import DecisionReason, Verdict, next_step
from services.review.domain.duplicate_images import Duplicate
from services.review.domain.materials import Material
from services.review.domain.queue_figures import QueueFigures, QueueFilter
from services.review.domain.required_images import Condition, MaterialKind, RequiredImage
from services.review.domain.second_reviews import SecondReviewFile
from services.review.domain.viewers import Viewer

_PERSON = frozenset({CaseKind.IDENTITY_PROOF, CaseKind.DOCUMENT_TYPE, CaseKind.DETAILS, CaseKind.PHONE_CHANGE})

_IMAGE_TEXTS: Final = (
    "required_image_id",
    "name_zh",
    "name_en",
    "explanation_zh",
    "explanation_en",
    "alternative_group",
)

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
        request.subject_name,
        tuple(Condition(one.fact_zh, one.fact_en, one.alternative_group) for one in request.conditions),
        tuple(_required_image(one) for one in request.required_images),
    )


def _required_image(named: resources_pb2.RequiredImage) -> RequiredImage:
    shown = MaterialKind(resources_pb2.Material.Kind.Name(named.kind))
    texts = {name: getattr(named, name) for name in _IMAGE_TEXTS}
    return RequiredImage(kind=shown, optional=named.optional, **texts)


def kind(value: resources_pb2.CaseKind) -> CaseKind | None:
    """The kind, or None when it is not stated."""
    return CaseKind(resources_pb2.CaseKind.Name(value)) if value else None


def state(value: resources_pb2.Case.State) -> CaseState | None:
    """The state, or None when it is not stated."""
    return CaseState(resources_pb2.Case.State.Name(value)) if value else None


def judgement(request: pb.DecideCaseRequest | pb.DecideSecondReviewRequest) -> Judgement:
    """What a reviewer says of a submission."""
    return Judgement(
        Verdict(resources_pb2.Decision.Verdict.Name(request.verdict)),
        DecisionReason(resources_pb2.Reason.Name(request.reason)) if request.reason else None,
        request.note,
        getattr(request, "etag", ""),
    )


def case(file: CaseFile, viewer: Viewer) -> resources_pb2.Case:
    """A case as its viewer may see it: candidates do not learn who reviews them."""
    known = file.case
    message = message_of(
        resources_pb2.Case,
        known,
        kind=known.subject.kind.value,
        candidate_id=known.subject.candidate_id,
        subject_id=known.subject.subject_id,
        organisation=known.subject.organisation,
        subject_name=known.subject.subject_name,
        effect_time=known.effect_time if viewer.reviews else None,
        display_name=masked_name(known.subject.display_name) if viewer.reviews else "",
        claimed_by=known.claimed_by if viewer.reviews else "",
        materials=[material(one, file.duplicates.get(one.material_id, ()), viewer) for one in file.materials],
        decisions=[decision(one, viewer) for one in file.decisions],
        double_review=viewer.reviews and any(one.sampled for one in file.decisions),
    )
    if file.whole:
        message.display_name = known.subject.display_name
        message.masked_document_number = known.subject.masked_document_number
        message.required_images.extend(_required_images(known.subject))
        message.missing_image_ids.extend(one.required_image_id for one in file.missing)
        message.conditions.extend(message_of(resources_pb2.Condition, one) for one in known.subject.conditions)
    return message


def _required_images(about: Subject) -> list[resources_pb2.RequiredImage]:
    return [message_of(resources_pb2.RequiredImage, one) for one in about.required_images]


def masked_name(name: str) -> str:
    """A name as lists show it, to tell rows apart without saying who it is (ID-19)."""
    return name[:1] + "*" * len(name[1:])


def material(known: Material, duplicates: Sequence[Duplicate], viewer: Viewer) -> resources_pb2.Material:
    """A material, with where a reviewer may see the same image again (RE-8)."""
    shown = [
        resources_pb2.Duplicate(case_id=one.case_shown_to(viewer.organisation), exact=one.exact) for one in duplicates
    ]
    return message_of(resources_pb2.Material, known, content_type="image/jpeg", duplicates=shown)


def decision(known: Decision, viewer: Viewer) -> resources_pb2.Decision:
    """A decision with what it asks of the candidate."""
    step = next_step(known.verdict, known.reason, submissions_left=known.submissions_left)
    reviewer_id = known.reviewer_id if viewer.reviews else ""
    return message_of(
        resources_pb2.Decision, known, next_step_zh=step.zh, next_step_en=step.en, reviewer_id=reviewer_id
    )


def second_review(file: SecondReviewFile, viewer: Viewer) -> resources_pb2.SecondReview:
    """A sampled decision, without what the first reviewer decided (RE-9)."""
    review = file.review
    message = resources_pb2.SecondReview(
        case_id=review.case.case_id,
        submission=review.first.submission,
        kind=review.case.subject.kind.value,
        decide_time=review.first.decide_time,
        materials=[material(one, file.duplicates.get(one.material_id, ()), viewer) for one in file.materials],
        decision=decision(review.second, viewer) if review.second else None,
        agreed=review.agreed,
    )
    if file.whole:
        message.display_name = review.case.subject.display_name
        message.masked_document_number = review.case.subject.masked_document_number
        message.required_images.extend(_required_images(review.case.subject))
    return message


def export_period(request: pb.ExportCasesRequest) -> ExportPeriod:
    """The days to export. Raises InvalidRequest."""
    first, last = (
        day_of(field, getattr(request, field)) if getattr(request, field) else None
        for field in ("from_date", "until_date")
    )
    return ExportPeriod(first, last)


def csv_of(decisions: Sequence[ExportedDecision]) -> bytes:
    """Decisions as CSV (RFC 4180), times in Asia/Shanghai."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(field.name for field in fields(ExportedDecision))
    for known in decisions:
        local = replace(known, decide_time=known.decide_time.astimezone(SHANGHAI))
        table.writerow(inert_row(str(getattr(local, field.name)) for field in fields(local)))
    return written.getvalue().encode()


def case_decided(case: Case, decision: Decision) -> events_pb2.CaseDecided:
    """The announcement of a decision."""
    return message_of(
        events_pb2.CaseDecided,
        decision,
        kind=case.subject.kind.value,
        candidate_id=case.subject.candidate_id,
        subject_id=case.subject.subject_id,
        decision=decision.verdict.value,
        submissions_left=case.submissions_left,
    )


def figures(known: QueueFigures) -> resources_pb2.ReviewFigures:
    """The figures of a queue."""
    days = [message_of(resources_pb2.ReviewFigures.Day, day) for day in known.days]
    reviewers = [message_of(resources_pb2.ReviewFigures.Reviewer, one) for one in known.reviewers]
    return message_of(resources_pb2.ReviewFigures, known, days=days, reviewers=reviewers)
