"""CandidateService."""

from typing import Any

from google.api.httpbody_pb2 import HttpBody
from zikao.identity.v1 import candidate_service_pb2 as api
from zikao.identity.v1 import resources_pb2
from zikao.identity.v1.candidate_service_pb2_grpc import CandidateServiceServicer

from chassis.call_context import caller, own_candidate_id
from chassis.clock import Clock
from chassis.security.rate_limits import Rate, RateLimiter
from chassis.security.tokens import Access
from services.identity.domain.candidate import Candidate
from services.identity.domain.photos import PhotoRules
from services.identity.mapping.candidates import (
    Reader,
    application_from,
    candidate_message,
    changes_from,
    verified_phone_message,
)
from services.identity.mapping.checks import identity_message
from services.identity.mapping.imports import import_message, import_row
from services.identity.mapping.logins import tokens_message
from services.identity.mapping.photos import photo_rules_message
from services.identity.mapping.times import timestamp
from services.identity.ports import Store
from services.identity.ports.images import BlobStore, FaceMatcher, PhotoChecker
from services.identity.ports.logins import AccessTokens, Passwords
from services.identity.servicer.device import calling_device
from services.identity.usecases import accounts, checks, contact, imports, portraits
from services.identity.usecases.contact import ContactCodes
from services.identity.usecases.corrections import require_own_school
from services.identity.usecases.logins import open_session


class CandidateServicer(CandidateServiceServicer):
    """Accounts, details, contact, portrait and the identity check."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        passwords: Passwords,
        tokens: AccessTokens,
        codes: ContactCodes,
        checker: PhotoChecker,
        rules: PhotoRules,
        sample: bytes,
        blobs: BlobStore,
        register: FaceMatcher,
        rates: RateLimiter,
        registrations: Rate,
    ) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._tokens = tokens
        self._codes = codes
        self._checker = checker
        self._rules = rules
        self._sample = sample
        self._blobs = blobs
        self._register = register
        self._rates = rates
        self._registrations = registrations

    async def CreateCandidate(self, request: api.CreateCandidateRequest, context: Any) -> api.CreateCandidateResponse:
        device = calling_device()
        await self._rates.hit(self._registrations, device.source)
        candidate = await accounts.register(
            application_from(request), store=self._store, passwords=self._passwords, clock=self._clock
        )
        issued = await open_session(
            accounts.account_of(candidate), device, store=self._store, tokens=self._tokens, clock=self._clock
        )
        return api.CreateCandidateResponse(
            candidate=candidate_message(candidate, seen_by=Reader.OWNER),
            tokens=tokens_message(issued),
        )

    async def GetCandidate(self, request: api.GetCandidateRequest, context: Any) -> resources_pb2.Candidate:
        candidate = await self._store.candidates.get(_readable(request.candidate_id))
        if caller().kind is Access.REVIEWER:
            require_own_school(candidate, caller().organisation)
        owner = caller().kind is Access.CANDIDATE
        return candidate_message(candidate, seen_by=Reader.OWNER if owner else Reader.OPERATOR)

    async def UpdateDetails(self, request: api.UpdateDetailsRequest, context: Any) -> resources_pb2.Candidate:
        changes = changes_from(request.details, request.update_mask)
        candidate_id = own_candidate_id(request.candidate_id)
        return _owned(await accounts.update_details(candidate_id, changes, store=self._store, clock=self._clock))

    async def CorrectName(self, request: api.CorrectNameRequest, context: Any) -> resources_pb2.Candidate:
        candidate_id = own_candidate_id(request.candidate_id)
        return _owned(
            await accounts.correct_name(candidate_id, request.display_name, store=self._store, clock=self._clock)
        )

    async def ConfirmDetails(self, request: api.ConfirmDetailsRequest, context: Any) -> resources_pb2.Candidate:
        candidate_id = own_candidate_id(request.candidate_id)
        return _owned(await accounts.confirm_details(candidate_id, request.etag, store=self._store, clock=self._clock))

    async def SendPhoneCode(self, request: api.SendPhoneCodeRequest, context: Any) -> api.SendPhoneCodeResponse:
        candidate_id = own_candidate_id(request.candidate_id)
        expires = await contact.send_phone_code(
            candidate_id, request.phone, store=self._store, contact=self._codes, clock=self._clock
        )
        return api.SendPhoneCodeResponse(expire_time=timestamp(expires))

    async def VerifyPhone(self, request: api.VerifyPhoneRequest, context: Any) -> api.VerifyPhoneResponse:
        candidate_id = own_candidate_id(request.candidate_id)
        candidate = await contact.verify_phone(
            candidate_id, request.code, store=self._store, contact=self._codes, clock=self._clock
        )
        return verified_phone_message(candidate)

    async def SendEmailCode(self, request: api.SendEmailCodeRequest, context: Any) -> api.SendEmailCodeResponse:
        candidate_id = own_candidate_id(request.candidate_id)
        expires = await contact.send_email_code(candidate_id, store=self._store, contact=self._codes)
        return api.SendEmailCodeResponse(expire_time=timestamp(expires))

    async def VerifyEmail(self, request: api.VerifyEmailRequest, context: Any) -> api.VerifyEmailResponse:
        candidate_id = own_candidate_id(request.candidate_id)
        candidate = await contact.verify_email(
            candidate_id, request.code, store=self._store, contact=self._codes, clock=self._clock
        )
        return api.VerifyEmailResponse(email_verify_time=timestamp(candidate.email_verify_time))

    async def GetPhotoRules(self, request: api.GetPhotoRulesRequest, context: Any) -> resources_pb2.PhotoRules:
        return photo_rules_message(self._rules)

    async def GetPhotoSample(self, request: api.GetPhotoSampleRequest, context: Any) -> HttpBody:
        return HttpBody(content_type="image/jpeg", data=self._sample)

    async def UploadPortrait(self, request: api.UploadPortraitRequest, context: Any) -> resources_pb2.Candidate:
        return _owned(
            await portraits.upload_portrait(
                own_candidate_id(request.candidate_id),
                request.portrait.data,
                store=self._store,
                checker=self._checker,
                rules=self._rules,
                blobs=self._blobs,
                clock=self._clock,
            )
        )

    async def GetPortrait(self, request: api.GetPortraitRequest, context: Any) -> HttpBody:
        portrait = await portraits.read_portrait(_readable(request.candidate_id), store=self._store, blobs=self._blobs)
        return HttpBody(content_type="image/jpeg", data=portrait)

    async def VerifyIdentity(self, request: api.VerifyIdentityRequest, context: Any) -> api.VerifyIdentityResponse:
        candidate = await checks.verify_identity(
            own_candidate_id(request.candidate_id),
            store=self._store,
            blobs=self._blobs,
            register=self._register,
            clock=self._clock,
        )
        return identity_message(candidate)

    async def ImportCandidates(
        self, request: api.ImportCandidatesRequest, context: Any
    ) -> api.ImportCandidatesResponse:
        rows = [import_row(row) for row in request.rows]
        take = imports.check_candidates if request.dry_run else imports.import_candidates
        results = await take(rows, store=self._store, clock=self._clock)
        return import_message(results)


def _readable(candidate_id: str) -> str:
    """The candidate asked for: a candidate's own, anybody's for staff and services. Raises PermissionDenied."""
    return own_candidate_id(candidate_id) if caller().kind is Access.CANDIDATE else candidate_id


def _owned(candidate: Candidate) -> resources_pb2.Candidate:
    """The account as its owner reads it."""
    return candidate_message(candidate, seen_by=Reader.OWNER)
