"""Protobuf and domain: only here are both known."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.common.v1 import access_pb2
from zikao.enrollment.v1 import events_pb2 as enrollment_events_pb2
from zikao.identity.v1 import candidate_service_pb2, events_pb2, login_service_pb2, resources_pb2
from zikao.review.v1 import events_pb2 as review_events_pb2
from zikao.review.v1 import resources_pb2 as review_resources_pb2
from zikao.review.v1 import review_service_pb2

from chassis.errors import FieldViolation
from services.identity.domain.candidate import Candidate, IdentityEvent, IdentityState, Standing
from services.identity.domain.colours import written
from services.identity.domain.contact import masked_email, masked_phone
from services.identity.domain.details import FIELDS, Details, Education, PoliticalStatus, missing
from services.identity.domain.documents import DocumentType, Sex
from services.identity.domain.logins import LoginSession
from services.identity.domain.notices import About, Notice
from services.identity.domain.phone_changes import PhoneChange, PhoneChangeEvent, Proof
from services.identity.domain.photos import CONTENT_TYPES, PhotoRules
from services.identity.domain.recoveries import PasswordRecovery, RecoveryChannel
from services.identity.domain.staff import AUTHORITY, Staff, StaffKind
from services.identity.errors import InvalidDetails
from services.identity.usecases.accounts import Application
from services.identity.usecases.imports import Row, RowOutcome, RowResult
from services.identity.usecases.logins import IssuedTokens
from services.identity.usecases.phone_changes import Claim
from services.identity.usecases.staff import staff_id_of

DETAIL_ENUMS: Final[Mapping[str, tuple[type[Enum], Any]]] = {
    "sex": (Sex, resources_pb2.Details.Sex),
    "political_status": (PoliticalStatus, resources_pb2.Details.PoliticalStatus),
    "education": (Education, resources_pb2.Details.Education),
}
"""The fields of Details that are enums: ours, and the contract's."""


def document_type_from(value: int) -> DocumentType:
    """The contract's document type in ours."""
    return DocumentType[resources_pb2.DocumentType.Name(value)]


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


def details_message(details: Details) -> resources_pb2.Details:
    """Details in the contract's terms."""
    return resources_pb2.Details(**{name: _detail_value(getattr(details, name)) for name in FIELDS})


def _detail_value(value: Any) -> Any:
    match value:
        case None:
            return None
        case date():
            return value.isoformat()
        case Enum():
            return value.name
        case _:
            return value


class Reader(Enum):
    """Who reads an account: its owner everything, the reviewer of a case all but phones and e-mail, an operator neither
    these nor the document number.
    """

    OWNER = "OWNER"
    REVIEWER = "REVIEWER"
    OPERATOR = "OPERATOR"


def candidate_message(candidate: Candidate, *, seen_by: Reader) -> resources_pb2.Candidate:
    """The account as its reader may see it."""
    details = details_message(candidate.details)
    if seen_by is not Reader.OWNER:
        details.email = masked_email(details.email)
        details.home_phone = masked_phone(details.home_phone)
    return resources_pb2.Candidate(
        candidate_id=candidate.candidate_id,
        document_type=candidate.document.type.name,
        document_number=candidate.document.masked if seen_by is Reader.OPERATOR else candidate.document.number,
        display_name=candidate.name,
        school_code=candidate.school_code,
        enrolled=candidate.enrolled,
        details=details,
        missing_details=missing(candidate.details),
        details_confirm_time=timestamp(candidate.details_confirm_time),
        phone=candidate.phone if seen_by is Reader.OWNER else masked_phone(candidate.phone),
        phone_verify_time=timestamp(candidate.phone_verify_time),
        email_verify_time=timestamp(candidate.email_verify_time),
        portrait_update_time=timestamp(candidate.portrait.update_time if candidate.portrait else None),
        identity_state=candidate.identity_state.name,
        match_tries_left=candidate.match_tries_left,
        review_case_id=candidate.review_case_id,
        needs_password_change=candidate.needs_password_change,
        create_time=timestamp(candidate.create_time),
        update_time=timestamp(candidate.update_time),
        etag=candidate.etag,
    )


def standing_message(standing: Standing) -> resources_pb2.Standing:
    """A standing in the contract's terms."""
    return resources_pb2.Standing(
        candidate_id=standing.candidate_id,
        version=standing.version,
        document_type=standing.document_type.name,
        details_confirmed=standing.details_confirmed,
        phone_verified=standing.phone_verified,
        identity_state=standing.identity_state.name,
        needs_password_change=standing.needs_password_change,
        create_time=timestamp(standing.create_time),
    )


def standing_changed_event(standing: Standing) -> events_pb2.StandingChanged:
    """What followers are told."""
    return events_pb2.StandingChanged(standing=standing_message(standing))


def open_case_request(candidate: Candidate) -> review_service_pb2.OpenCaseRequest:
    """The case in which a reviewer decides who the person is (ID-7, ID-8)."""
    return review_service_pb2.OpenCaseRequest(
        case_id=candidate.review_case_id,
        kind="IDENTITY_PROOF" if candidate.face_matched else "DOCUMENT_TYPE",
        candidate_id=candidate.candidate_id,
        subject_id=candidate.candidate_id,
        organisation=candidate.school_code,
        display_name=candidate.name,
        masked_document_number=candidate.document.masked,
    )


DECISIONS: Final = {
    review_resources_pb2.Decision.APPROVED: IdentityEvent.APPROVED,
    review_resources_pb2.Decision.REJECTED: IdentityEvent.REFUSED,
    review_resources_pb2.Decision.ASKED_AGAIN: IdentityEvent.ASKED_AGAIN,
}
"""What a reviewer's verdict does to the identity check."""

ABOUT_IDENTITY: Final = frozenset({review_resources_pb2.IDENTITY_PROOF, review_resources_pb2.DOCUMENT_TYPE})
"""The kinds of case that are about who a person is."""


PHONE_DECISIONS: Final = {
    review_resources_pb2.Decision.APPROVED: PhoneChangeEvent.APPROVED,
    review_resources_pb2.Decision.REJECTED: PhoneChangeEvent.REFUSED,
    review_resources_pb2.Decision.ASKED_AGAIN: PhoneChangeEvent.ASKED_AGAIN,
}
"""What the exam authority's verdict does to a phone change (ID-11)."""

REASON_TEXTS: Final = {
    review_resources_pb2.IMAGE_UNREADABLE: "图片不清晰，请重新拍摄。An image cannot be read.",
    review_resources_pb2.MATERIAL_MISSING: "缺少所需的图片。An image is missing.",
    review_resources_pb2.DOCUMENT_MISMATCH: "证件与登记信息不符。The document is not the one on record.",
    review_resources_pb2.DOCUMENT_EXPIRED: "证件已过期。The document has expired.",
    review_resources_pb2.PERSON_MISMATCH: "照片与本人不符。The person is not the one on record.",
    review_resources_pb2.SUSPECTED_FORGERY: "图片疑似经过修改。The images look altered.",
}
"""A reviewer's reason in words for somebody who is not logged in and so cannot read the case."""


def decision_note(decided: review_events_pb2.CaseDecided) -> str:
    """Why, for the candidate: the reason, and the reviewer's own words."""
    return " ".join(part for part in (REASON_TEXTS.get(decided.reason, ""), decided.note) if part)


def claim_from(request: login_service_pb2.CreatePhoneChangeRequest) -> Claim:
    """Who asks for a phone change, as they say."""
    return Claim(
        document_type=document_type_from(request.document_type),
        document_number=request.document_number,
        name=request.display_name,
        new_phone=request.new_phone,
        code=request.code,
    )


def proof_from(value: int) -> Proof:
    """The contract's proof in ours."""
    return Proof[resources_pb2.PhoneChange.Proof.Name(value)]


def phone_change_message(change: PhoneChange) -> resources_pb2.PhoneChange:
    """A phone change as whoever knows its id reads it."""
    return resources_pb2.PhoneChange(
        phone_change_id=change.phone_change_id,
        state=change.state.name,
        new_phone=masked_phone(change.new_phone),
        proofs=[proof.name for proof in Proof if proof in change.proofs],
        create_time=timestamp(change.create_time),
        expire_time=timestamp(change.expire_time),
        effective_time=timestamp(change.effective_time),
        rejection_note=change.note,
        submissions_left=change.submissions_left,
    )


def phone_change_case(change: PhoneChange, candidate: Candidate, case_id: str) -> review_service_pb2.OpenCaseRequest:
    """The case in which the exam authority decides on a phone change (RE-2)."""
    return review_service_pb2.OpenCaseRequest(
        case_id=case_id,
        kind="PHONE_CHANGE",
        candidate_id=candidate.candidate_id,
        subject_id=change.phone_change_id,
        organisation=AUTHORITY,
        display_name=candidate.name,
        masked_document_number=candidate.document.masked,
    )


def recovery_channel(value: int) -> RecoveryChannel:
    """The contract's channel in ours."""
    return RecoveryChannel[login_service_pb2.CreatePasswordRecoveryRequest.Channel.Name(value)]


def recovery_message(recovery: PasswordRecovery) -> resources_pb2.PasswordRecovery:
    """A recovery in the contract's terms: the same for somebody and for nobody."""
    return resources_pb2.PasswordRecovery(
        password_recovery_id=recovery.password_recovery_id, expire_time=timestamp(recovery.expire_time)
    )


def photo_rules_message(rules: PhotoRules) -> resources_pb2.PhotoRules:
    """The rules of a portrait in the contract's terms."""
    return resources_pb2.PhotoRules(
        content_types=CONTENT_TYPES.values(),
        min_width=rules.min_width,
        min_height=rules.min_height,
        max_upload_bytes=rules.max_upload_bytes,
        max_upload_pixels=rules.max_upload_pixels,
        min_bytes=rules.min_bytes,
        max_bytes=rules.max_bytes,
        backgrounds=[background.zh for background in rules.backgrounds],
        background_colours=[
            resources_pb2.PhotoRules.Background(
                display_name_zh=background.zh, display_name_en=background.en, colour=written(background.colour)
            )
            for background in rules.backgrounds
        ],
        max_background_distance=rules.max_background_distance,
        min_plain_permille=rules.min_plain_permille,
        min_face_permille=rules.min_face_permille,
        max_face_permille=rules.max_face_permille,
        max_face_offset_permille=rules.max_face_offset_permille,
        min_face_centre_permille=rules.min_face_centre_permille,
        max_face_centre_permille=rules.max_face_centre_permille,
        min_sharpness=rules.min_sharpness,
        sample_uri=rules.sample_uri,
    )


def login_session_messages(sessions: Iterable[LoginSession], current: str) -> list[resources_pb2.LoginSession]:
    """Login sessions in the contract's terms; `current` is the caller's own."""
    return [
        resources_pb2.LoginSession(
            login_session_id=session.login_session_id,
            create_time=timestamp(session.create_time),
            refresh_time=timestamp(session.refresh_time),
            expire_time=timestamp(session.expire_time),
            user_agent=session.user_agent,
            current=session.login_session_id == current,
        )
        for session in sessions
    ]


def staff_message(staff: Staff) -> resources_pb2.Staff:
    """A staff account in the contract's terms."""
    return resources_pb2.Staff(
        staff_id=staff.staff_id,
        login_name=staff.login_name,
        display_name=staff.display_name,
        kind=staff.kind.name,
        organisation=staff.organisation,
        disabled=staff.disabled,
        needs_password_change=staff.needs_password_change,
        create_time=timestamp(staff.create_time),
    )


def staff_from(staff: resources_pb2.Staff, *, at: datetime) -> Staff:
    """The account that an operator asks for."""
    return Staff(
        staff_id=staff_id_of(staff.login_name),
        login_name=staff.login_name,
        display_name=staff.display_name,
        kind=StaffKind[access_pb2.Access.Name(staff.kind)],
        organisation=staff.organisation,
        create_time=at,
    )


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


def tokens_message(issued: IssuedTokens) -> resources_pb2.Tokens:
    """A pair of tokens in the contract's terms."""
    return resources_pb2.Tokens(
        access_token=issued.access_token,
        access_expire_time=timestamp(issued.access_expire_time),
        refresh_token=issued.refresh_token,
        refresh_expire_time=timestamp(issued.refresh_expire_time),
        login_session_id=issued.login_session_id,
        kind=issued.account.kind.name,
        subject_id=issued.account.subject_id,
        needs_password_change=issued.account.needs_password_change,
    )


def verified_phone_message(candidate: Candidate) -> candidate_service_pb2.VerifyPhoneResponse:
    """The answer to a verified phone."""
    return candidate_service_pb2.VerifyPhoneResponse(
        masked_phone=masked_phone(candidate.phone), phone_verify_time=timestamp(candidate.phone_verify_time)
    )


OUTCOMES: Final = {
    IdentityState.PENDING: "MISMATCHED",
    IdentityState.UNDER_REVIEW: "SENT_TO_REVIEW",
    IdentityState.VERIFIED: "MATCHED",
}
"""What an identity check found, by the state it left."""


def identity_message(candidate: Candidate) -> candidate_service_pb2.VerifyIdentityResponse:
    """What an identity check found."""
    under_review = candidate.identity_state is IdentityState.UNDER_REVIEW
    return candidate_service_pb2.VerifyIdentityResponse(
        outcome=OUTCOMES[candidate.identity_state],
        match_tries_left=candidate.match_tries_left,
        review_case_id=candidate.review_case_id if under_review else "",
        identity_state=candidate.identity_state.name,
    )


def import_row(row: candidate_service_pb2.ImportCandidatesRequest.Row) -> Row:
    """A row of an import; its document type may be one that does not exist."""
    known = row.document_type in resources_pb2.DocumentType.values() and row.document_type
    return Row(
        document_type=document_type_from(row.document_type) if known else None,
        document_number=row.document_number,
        name=row.display_name,
        school_code=row.school_code,
        phone=row.phone,
    )


def import_message(results: Iterable[RowResult]) -> candidate_service_pb2.ImportCandidatesResponse:
    """What became of the rows."""
    answer = candidate_service_pb2.ImportCandidatesResponse()
    for result in results:
        flaw = result.flaw
        answer.results.add(
            outcome=result.outcome.name,
            candidate_id=result.candidate_id,
            reason=result.reason,
            field=flaw.field if flaw else "",
            message_zh=flaw.zh if flaw else "",
            message_en=flaw.en if flaw else "",
        )
        answer.created += result.outcome is RowOutcome.CREATED
    return answer


def notice(notice_id: str, message: enrollment_events_pb2.CandidateNotified) -> Notice:
    """What a candidate is to be told."""
    return Notice(
        notice_id=notice_id,
        candidate_id=message.candidate_id,
        about=About(enrollment_events_pb2.CandidateNotified.About.Name(message.about)),
        session_id=message.session_id,
        course_name=message.course_name,
        start=message.start_time.ToDatetime(UTC) if message.HasField("start_time") else None,
        end=message.end_time.ToDatetime(UTC) if message.HasField("end_time") else None,
    )


def candidate_notified(one: Notice) -> enrollment_events_pb2.CandidateNotified:
    """The same as it waits in the outbox."""
    return enrollment_events_pb2.CandidateNotified(
        candidate_id=one.candidate_id,
        about=one.about.value,
        session_id=one.session_id,
        course_name=one.course_name,
        start_time=timestamp(one.start),
        end_time=timestamp(one.end),
    )


def timestamp(instant: datetime | None) -> Timestamp | None:
    """An instant in the contract's terms; None stays absent."""
    if instant is None:
        return None
    message = Timestamp()
    message.FromDatetime(instant)
    return message
