"""CandidateService: parse, call the use case, map."""

from typing import Any

from google.api.httpbody_pb2 import HttpBody
from zikao.identity.v1 import candidate_service_pb2 as api
from zikao.identity.v1 import resources_pb2
from zikao.identity.v1.candidate_service_pb2_grpc import CandidateServiceServicer

from chassis.audit_log.notes import AuditAction
from chassis.call_context import ME, caller, own_candidate_id
from chassis.security.tokens import Access
from services.identity.dependencies import Dependencies
from services.identity.domain.candidates import Candidate
from services.identity.domain.contact_addresses import masked_email, masked_phone
from services.identity.mapping.candidate_imports import import_message, import_row
from services.identity.mapping.candidates import (
    Reader,
    application_from,
    candidate_message,
    changes_from,
    verified_phone_message,
)
from services.identity.mapping.identity_checks import identity_message
from services.identity.mapping.login_sessions import tokens_message
from services.identity.mapping.photo_rules import photo_rules_message
from services.identity.servicer.calling_device import calling_device
from services.identity.usecases import (
    candidate_accounts,
    candidate_imports,
    contact_verification,
    identity_checks,
    portraits,
)
from services.identity.usecases.looks import note_look


class CandidateServicer(CandidateServiceServicer):
    """Accounts, details, contact, portrait and the identity check."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def CreateCandidate(self, request: api.CreateCandidateRequest, context: Any) -> api.CreateCandidateResponse:
        application = application_from(request)
        candidate, issued = await candidate_accounts.register_candidate(self._deps, application, calling_device())
        return api.CreateCandidateResponse(candidate=_owned(candidate), tokens=tokens_message(issued))

    async def GetCandidate(self, request: api.GetCandidateRequest, context: Any) -> resources_pb2.Candidate:
        kind, candidate_id = caller().kind, _readable(request.candidate_id)
        only_of = caller().organisation if kind is Access.REVIEWER else None
        candidate = await candidate_accounts.get_candidate(self._deps, candidate_id, only_of=only_of)
        if kind is not Access.CANDIDATE:
            await note_look(self._deps, AuditAction.PARTICULARS_VIEWED, candidate_id)
        return candidate_message(candidate, seen_by=Reader.OWNER if kind is Access.CANDIDATE else Reader.OPERATOR)

    async def UpdateDetails(self, request: api.UpdateDetailsRequest, context: Any) -> resources_pb2.Candidate:
        changes = changes_from(request.details, request.update_mask)
        candidate_id = own_candidate_id(request.candidate_id)
        updated = candidate_accounts.update_details(
            self._deps, candidate_id, changes, login_session_id=caller().login_session_id
        )
        return _owned(await updated)

    async def CorrectName(self, request: api.CorrectNameRequest, context: Any) -> resources_pb2.Candidate:
        candidate_id = own_candidate_id(request.candidate_id)
        return _owned(await candidate_accounts.correct_name(self._deps, candidate_id, request.display_name))

    async def ConfirmDetails(self, request: api.ConfirmDetailsRequest, context: Any) -> resources_pb2.Candidate:
        candidate_id = own_candidate_id(request.candidate_id)
        return _owned(await candidate_accounts.confirm_details(self._deps, candidate_id, request.etag))

    async def SendPhoneCode(self, request: api.SendPhoneCodeRequest, context: Any) -> api.SendPhoneCodeResponse:
        candidate_id = own_candidate_id(request.candidate_id)
        sent = await contact_verification.send_phone_code(
            self._deps, candidate_id, request.phone, login_session_id=caller().login_session_id
        )
        return api.SendPhoneCodeResponse(expire_time=sent.expire_time, masked_phone=masked_phone(sent.to))

    async def VerifyPhone(self, request: api.VerifyPhoneRequest, context: Any) -> api.VerifyPhoneResponse:
        candidate_id = own_candidate_id(request.candidate_id)
        verified = contact_verification.verify_phone(
            self._deps, candidate_id, request.code, login_session_id=caller().login_session_id
        )
        return verified_phone_message(await verified)

    async def SendEmailCode(self, request: api.SendEmailCodeRequest, context: Any) -> api.SendEmailCodeResponse:
        sent = await contact_verification.send_email_code(
            self._deps, own_candidate_id(request.candidate_id), login_session_id=caller().login_session_id
        )
        return api.SendEmailCodeResponse(expire_time=sent.expire_time, masked_email=masked_email(sent.to))

    async def VerifyEmail(self, request: api.VerifyEmailRequest, context: Any) -> api.VerifyEmailResponse:
        candidate_id = own_candidate_id(request.candidate_id)
        candidate = await contact_verification.verify_email(
            self._deps, candidate_id, request.code, login_session_id=caller().login_session_id
        )
        return api.VerifyEmailResponse(email_verify_time=candidate.email_verify_time)

    async def GetPhotoRules(self, request: api.GetPhotoRulesRequest, context: Any) -> resources_pb2.PhotoRules:
        return photo_rules_message(self._deps.config.photo)

    async def GetPhotoSample(self, request: api.GetPhotoSampleRequest, context: Any) -> HttpBody:
        return HttpBody(content_type="image/jpeg", data=self._deps.photo_sample)

    async def UploadPortrait(self, request: api.UploadPortraitRequest, context: Any) -> resources_pb2.Candidate:
        candidate_id = own_candidate_id(request.candidate_id)
        return _owned(await portraits.upload_portrait(self._deps, candidate_id, request.portrait.data))

    async def GetPortrait(self, request: api.GetPortraitRequest, context: Any) -> HttpBody:
        candidate_id = _readable(request.candidate_id)
        if caller().kind is Access.OPERATOR:
            await note_look(self._deps, AuditAction.PORTRAIT_VIEWED, candidate_id)
        portrait = await portraits.read_portrait(self._deps, candidate_id)
        return HttpBody(content_type="image/jpeg", data=portrait)

    async def VerifyIdentity(self, request: api.VerifyIdentityRequest, context: Any) -> api.VerifyIdentityResponse:
        candidate_id = own_candidate_id(request.candidate_id)
        return identity_message(await identity_checks.verify_identity(self._deps, candidate_id, request.request_id))

    async def ImportCandidates(
        self, request: api.ImportCandidatesRequest, context: Any
    ) -> api.ImportCandidatesResponse:
        rows = [import_row(row) for row in request.rows]
        take = candidate_imports.foresee_import if request.dry_run else candidate_imports.import_candidates
        return import_message(await take(self._deps, rows))


def _readable(candidate_id: str) -> str:
    """The candidate asked for: a candidate's own, anybody's for staff and services, who are none themselves.

    Raises PermissionDenied.
    """
    is_own = caller().kind is Access.CANDIDATE or candidate_id == ME
    return own_candidate_id(candidate_id) if is_own else candidate_id


def _owned(candidate: Candidate) -> resources_pb2.Candidate:
    """The account as its owner reads it."""
    return candidate_message(candidate, seen_by=Reader.OWNER)
