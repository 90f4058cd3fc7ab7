"""Review as it runs, and whoever talks to it: candidates, reviewers, the service that opens cases, those who listen."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from google.api.httpbody_pb2 import HttpBody
from zikao.common.v1 import audit_pb2
from zikao.review.v1 import audit_service_pb2_grpc, events_pb2, resources_pb2, review_service_pb2_grpc
from zikao.review.v1 import review_service_pb2 as pb

from chassis.audit_log.entries import AuditEntry
from chassis.audit_log.notes import AuditFilter
from chassis.clock import ManualClock
from chassis.ids import new_id
from chassis.rpc.client import Peer
from chassis.service import Service
from services.review.dependencies import Dependencies
from services.review.domain.case_kinds import ASKED_FOR, CaseKind
from tests.integration.review.caller import Caller
from tests.integration.review.image_files import picture
from tests.support.credentials import Credentials
from tests.support.event_listener import EventListener
from tests.support.wait_until import PATIENCE_SECONDS

SCHOOL = "10269"
AUTHORITY = "AUTHORITY"
FRONT = resources_pb2.RequiredImage(required_image_id="DOCUMENT_FRONT", kind="DOCUMENT_FRONT", name_zh="证件正面")


def owner_of(kind: CaseKind) -> str:
    """The organisation that decides cases of a kind (RE-2)."""
    return AUTHORITY if kind is CaseKind.PHONE_CHANGE else SCHOOL


@dataclass(frozen=True, slots=True)
class RunningReview:
    """The service, on a real server."""

    service: Service[Dependencies]
    clock: ManualClock
    listener: EventListener
    """Hears what identity and enrollment are told."""
    stub: review_service_pb2_grpc.ReviewServiceStub
    audit_stub: audit_service_pb2_grpc.AuditServiceStub
    peer: Peer
    credentials: Credentials

    @property
    def identity(self) -> Caller:
        """The service that opens cases about a person, and hands them in."""
        return Caller(self.stub, self.credentials.service("identity", "review"), "identity")

    @property
    def enrollment(self) -> Caller:
        """The service that opens cases about a registration, and withdraws them."""
        return Caller(self.stub, self.credentials.service("enrollment", "review"), "enrollment")

    @property
    def operator(self) -> Caller:
        """An operator with a login session."""
        return Caller(self.stub, self.credentials.operator(), "operator-1")

    def reviewer(self, organisation: str = SCHOOL, *, reviewer_id: str = "") -> Caller:
        """A reviewer of an organisation with a login session; a new one unless named."""
        person_id = reviewer_id or new_id()
        return Caller(self.stub, self.credentials.reviewer(organisation, person_id), person_id)

    def candidate(self, candidate_id: str) -> Caller:
        """A candidate with a login session."""
        return Caller(self.stub, self.credentials.candidate(candidate_id), candidate_id)

    async def opened(
        self,
        *,
        kind: str = "IDENTITY_PROOF",
        organisation: str = SCHOOL,
        required_images: Sequence[resources_pb2.RequiredImage] = (FRONT,),
    ) -> resources_pb2.Case:
        """A new case of a new candidate, which asks for one image unless told otherwise: with none named, for what its
        kind asks for.
        """
        candidate_id = new_id()
        request = pb.OpenCaseRequest(
            case_id=new_id(),
            kind=kind,
            candidate_id=candidate_id,
            subject_id=candidate_id,
            organisation=organisation,
            display_name="王晓岚",
            masked_document_number="310***********123X",
            required_images=required_images,
        )
        return await self.identity.call("OpenCase", request)

    async def hand_in(
        self, case: resources_pb2.Case, content: bytes | None = None, kind: str = "DOCUMENT_FRONT"
    ) -> resources_pb2.Material:
        """One image of a case; nobody else's unless it is given."""
        body = HttpBody(content_type="image/jpeg", data=content or picture(random.getrandbits(32)))
        request = pb.AddMaterialRequest(case_id=case.case_id, required_image_id=kind, image=body)
        giver = self.identity if kind == "PORTRAIT" else self.candidate(case.candidate_id)
        return await giver.call("AddMaterial", request)

    async def submit(self, case: resources_pb2.Case) -> resources_pb2.Case:
        """The case in the queue, with what was handed in."""
        return await self.candidate(case.candidate_id).call("SubmitCase", pb.SubmitCaseRequest(case_id=case.case_id))

    async def submitted(
        self, *, kind: str = "IDENTITY_PROOF", organisation: str = SCHOOL, content: bytes | None = None
    ) -> resources_pb2.Case:
        """A new case in the queue with one image."""
        case = await self.opened(kind=kind, organisation=organisation)
        await self.hand_in(case, content)
        return await self.submit(case)

    async def submitted_of_kind(self, kind: CaseKind) -> resources_pb2.Case:
        """A new case of any kind in its owner's queue, with every image that its kind asks for."""
        case = await self.opened(kind=kind.value, organisation=owner_of(kind), required_images=())
        for image in ASKED_FOR[kind]:
            await self.hand_in(case, kind=image.required_image_id)
        return await self.identity.call("SubmitCase", pb.SubmitCaseRequest(case_id=case.case_id))

    async def approved(self, reviewer: Caller, organisation: str = SCHOOL) -> resources_pb2.Case:
        """A new case that a reviewer has approved."""
        case = await self.submitted(organisation=organisation)
        return await reviewer.decide(await reviewer.claim(case.case_id))

    def decisions_heard(self, case_id: str) -> list[events_pb2.CaseDecided]:
        """What was heard about a case, each delivery counted."""
        return self.listener.told_of(case_id, events_pb2.CaseDecided)

    async def audit(
        self, caller: Caller, request: audit_pb2.ListAuditEntriesRequest
    ) -> audit_pb2.ListAuditEntriesResponse:
        """A page of the audit log, as a caller reads it. Raises RemoteRefusal."""
        return await self.audit_stub.ListAuditEntries(request, metadata=caller.token, timeout=PATIENCE_SECONDS)

    async def audit_entries(self, case_id: str = "") -> Sequence[AuditEntry]:
        """The audit log about a case, or the whole of it."""
        log = self.service.dependencies.audit_log
        return await log.list_entries(AuditFilter(case_id), since=None, after=0, size=10_000)
