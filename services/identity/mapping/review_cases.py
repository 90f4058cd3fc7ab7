"""The cases that reviewers decide for identity: how review is asked to open them, and what it decides (RE-1, RE-2)."""

from enum import Enum
from typing import Any, TypeVar

from zikao.review.v1.events_pb2 import CaseDecided
from zikao.review.v1.resources_pb2 import Decision
from zikao.review.v1.review_service_pb2 import OpenCaseRequest

from services.identity.domain.candidates import Candidate
from services.identity.domain.corrections.required_corrections import Correction
from services.identity.domain.reviewed_phone_changes import PhoneChange
from services.identity.domain.staff import AUTHORITY
from services.identity.ports.review_cases import correction_case_id, phone_change_case_id

Event = TypeVar("Event", bound=Enum)


def event_of(kind: type[Event], decided: CaseDecided) -> Event:
    """What a reviewer's verdict does: the event that has its name."""
    return kind[Decision.Verdict.Name(decided.decision)]


def identity_case(candidate: Candidate) -> OpenCaseRequest:
    """The case in which the host school decides who the person is (ID-7, ID-8)."""
    kind = "IDENTITY_PROOF" if candidate.face_matched else "DOCUMENT_TYPE"
    return _case(candidate, case_id=candidate.review_case_id, kind=kind)


def correction_case(candidate: Candidate, correction: Correction) -> OpenCaseRequest:
    """The case in which the host school decides on a correction (EN-4)."""
    return _case(candidate, case_id=correction_case_id(candidate.candidate_id, correction.number), kind="DETAILS")


def phone_change_case(change: PhoneChange, candidate: Candidate) -> OpenCaseRequest:
    """The case in which the exam authority decides on a phone change (ID-11)."""
    return _case(
        candidate,
        case_id=phone_change_case_id(change.phone_change_id),
        kind="PHONE_CHANGE",
        subject_id=change.phone_change_id,
        organisation=AUTHORITY,
    )


def _case(candidate: Candidate, **values: Any) -> OpenCaseRequest:
    """About the candidate and for the host school, unless `values` say otherwise."""
    about = {"subject_id": candidate.candidate_id, "organisation": candidate.school_code, **values}
    return OpenCaseRequest(
        candidate_id=candidate.candidate_id,
        display_name=candidate.name,
        masked_document_number=candidate.document.masked,
        **about,
    )
