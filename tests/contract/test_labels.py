"""A value that a contract can answer with has its words on the pages (GW-3): none is shown as unknown."""

import pytest
from google.protobuf.descriptor import EnumDescriptor
from zikao.common.v1 import audit_pb2, external_system_pb2
from zikao.enrollment.v1 import announcement_service_pb2, catalogue_pb2, paper_service_pb2, refund_request_service_pb2
from zikao.enrollment.v1 import resources_pb2 as enrollment
from zikao.identity.v1 import message_service_pb2, personal_data_service_pb2
from zikao.identity.v1 import resources_pb2 as identity
from zikao.payment.v1 import resources_pb2 as payment
from zikao.review.v1 import resources_pb2 as review

from chassis.audit_log.notes import LOOKS
from gateway.web.labels.lookup import BY_KIND


def enum(owner: object, name: str = "") -> EnumDescriptor:
    """An enum of a message, or one of its own."""
    descriptor = owner.DESCRIPTOR  # type: ignore[attr-defined]
    return descriptor.enum_types_by_name[name] if name else descriptor


WHOLE = {
    "selection": enum(enrollment.Selection, "State"),
    "offer": enum(enrollment.CourseOffer, "State"),
    "course_kind": enum(catalogue_pb2.Course, "Kind"),
    "paper": enum(paper_service_pb2.Paper, "Kind"),
    "message_channel": enum(message_service_pb2.MessagePreference, "Channel"),
    "message_language": enum(message_service_pb2.MessagePreference, "Language"),
    "delivery": enum(message_service_pb2.MessageDelivery, "State"),
    "delivery_failure": enum(message_service_pb2.MessageDelivery, "Failure"),
    "void_reason": enum(enrollment.Selection, "VoidReason"),
    "order": enum(payment.Order, "State"),
    "timeline": enum(payment.TimelineEntry, "Kind"),
    "source": enum(payment.TimelineEntry, "Source"),
    "identity": enum(identity.IdentityState),
    "document": enum(identity.DocumentType),
    "sex": enum(identity.Details, "Sex"),
    "political_status": enum(identity.Details, "PoliticalStatus"),
    "education": enum(identity.Details, "Education"),
    "phone_change": enum(identity.PhoneChange, "State"),
    "phone_proof": enum(identity.PhoneChange, "Proof"),
    "phone_proof_explained": enum(identity.PhoneChange, "Proof"),
    "case": enum(review.Case, "State"),
    "case_kind": enum(review.CaseKind),
    "why_reviewed": enum(review.CaseKind),
    "verdict": enum(review.Decision, "Verdict"),
    "correction": enum(identity.Correction, "State"),
    "fault": enum(identity.Correction, "Reason"),
    "reason": enum(review.Reason),
    "queue_state": enum(review.Case, "State"),
    "to_decide": enum(review.Decision, "Verdict"),
    "session": enum(catalogue_pb2.ExamSession, "State"),
    "exception": enum(payment.Exception, "Kind"),
    "exception_state": enum(payment.Exception, "State"),
    "external_system": enum(external_system_pb2.ExternalSystem, "Role"),
    "text": enum(catalogue_pb2.Text, "Kind"),
    "announcement": enum(announcement_service_pb2.Announcement, "Kind"),
    "audience": enum(announcement_service_pb2.Announcement, "Audience"),
    "statement": enum(payment.Statement, "State"),
    "difference": enum(payment.Difference, "Kind"),
    "batch": enum(payment.RefundBatch, "State"),
    "refund": enum(payment.Refund, "State"),
    "refund_request": enum(refund_request_service_pb2.RefundRequest, "State"),
    "refund_reason": enum(payment.Refund, "Reason"),
    "erasure_cause": personal_data_service_pb2.AccountErasure.DESCRIPTOR.enum_types_by_name["Cause"],
    "audit": audit_pb2.DESCRIPTOR.enum_types_by_name["AuditAction"],
}
"""Labels that have one for every value of an enum."""

NOT_OF_ONE_ENUM = {
    *("step", "to_step", "stage", "weekday", "period", "external_health", "day", "service", "actor"),
    "paper_holds",
}
PART = {"findable", "external_waiting", "staff", "look"}
"""Labels for those values only that can be met where they stand."""


def test_every_kind_of_label_is_checked_or_said_not_to_be() -> None:
    assert set(WHOLE) | NOT_OF_ONE_ENUM | PART == set(BY_KIND)


@pytest.mark.parametrize("kind", WHOLE)
def test_every_value_has_its_words(kind: str) -> None:
    named = {value.name for value in WHOLE[kind].values if value.number in BY_KIND[kind]}
    assert {value.name for value in WHOLE[kind].values if value.number} - named == set()


def test_every_look_that_a_candidate_reads_of_has_its_words() -> None:  # ID-19
    assert {audit_pb2.AuditAction.Name(value) for value in BY_KIND["look"]} == {action.value for action in LOOKS}
