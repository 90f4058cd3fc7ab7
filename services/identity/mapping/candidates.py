"""Accounts, details and standings."""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any, Final

from google.protobuf.field_mask_pb2 import FieldMask
from zikao.identity.v1 import candidate_service_pb2, events_pb2, resources_pb2

from chassis.errors import FieldViolation
from chassis.rpc.message_mapping import message_of
from services.identity.domain.candidates import Application, Candidate, Standing
from services.identity.domain.contact_addresses import masked_email, masked_phone
from services.identity.domain.documents import DocumentType, Sex
from services.identity.domain.personal_details import FIELDS, Education, PoliticalStatus, missing, required
from services.identity.errors import InvalidDetails
from services.identity.mapping.corrections import correction_message

DETAIL_ENUMS: Final[Mapping[str, tuple[type[Enum], Any]]] = {
    "sex": (Sex, resources_pb2.Details.Sex),
    "political_status": (PoliticalStatus, resources_pb2.Details.PoliticalStatus),
    "education": (Education, resources_pb2.Details.Education),
}
"""The fields of Details that are enums: ours, and the contract's."""


def document_type_from(value: int) -> DocumentType:
    """The contract's document type in ours."""
    return DocumentType[resources_pb2.DocumentType.Name(value)]


def application_from(request: candidate_service_pb2.CreateCandidateRequest) -> Application:
    """What a new candidate hands in."""
    return Application(
        document_type=document_type_from(request.document_type),
        document_number=request.document_number,
        name=request.display_name,
        password=request.password,
        school_code=request.school_code,
        request_id=request.request_id,
    )


def changes_from(details: resources_pb2.Details, mask: FieldMask) -> dict[str, Any]:
    """What an update asks for: the fields of the mask, or without one the non-empty ones. Raises InvalidDetails for
    unknown fields.
    """
    if not mask.paths:
        return {name: value for name in FIELDS if (value := _detail(details, name))}
    unknown = [path for path in mask.paths if path not in FIELDS]
    if unknown:
        raise InvalidDetails(
            fields=[FieldViolation(path, "FIELD_UNKNOWN", "没有这一项", "no such field") for path in unknown]
        )
    return {path: _detail(details, path) for path in mask.paths}


def _detail(details: resources_pb2.Details, name: str) -> Any:
    value = getattr(details, name)
    if name == "birth_date":
        return _birth_date(value)
    if name in DETAIL_ENUMS:
        ours, theirs = DETAIL_ENUMS[name]
        return ours[theirs.Name(value)] if value else None
    return value


def _birth_date(text: str) -> date | None:
    """A day; for one that does not exist, a day that no rule accepts."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return date.min


class Reader(Enum):
    """Who reads an account: its owner everything, the reviewer of a case all but phones and e-mail, an operator neither
    these nor the document number.
    """

    OWNER = "OWNER"
    REVIEWER = "REVIEWER"
    OPERATOR = "OPERATOR"


def candidate_message(candidate: Candidate, *, seen_by: Reader) -> resources_pb2.Candidate:
    """The account as its reader may see it."""
    details = message_of(resources_pb2.Details, candidate.details)
    if seen_by is not Reader.OWNER:
        details.email = masked_email(details.email)
        details.home_phone = masked_phone(details.home_phone)
    return message_of(
        resources_pb2.Candidate,
        candidate,
        document_type=candidate.document.type.value,
        document_number=candidate.document.masked if seen_by is Reader.OPERATOR else candidate.document.number,
        display_name=candidate.name,
        details=details,
        required_details=required(candidate.document.type),
        missing_details=missing(candidate.details, candidate.document.type),
        phone=candidate.phone if seen_by is Reader.OWNER else masked_phone(candidate.phone),
        portrait_update_time=candidate.portrait.update_time if candidate.portrait else None,
        correction=correction_message(candidate),
    )


def verified_phone_message(candidate: Candidate) -> candidate_service_pb2.VerifyPhoneResponse:
    """The answer to a verified phone."""
    return candidate_service_pb2.VerifyPhoneResponse(
        masked_phone=masked_phone(candidate.phone), phone_verify_time=candidate.phone_verify_time
    )


def standing_message(standing: Standing) -> resources_pb2.Standing:
    """A standing in the contract's terms."""
    return message_of(resources_pb2.Standing, standing)


def standing_changed_event(standing: Standing) -> events_pb2.StandingChanged:
    """What followers are told."""
    return events_pb2.StandingChanged(standing=standing_message(standing))
