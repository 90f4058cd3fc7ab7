"""Review's cases: opened, handed in, and looked into (RE-7, ID-7, ID-11, EN-4)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from google.api.httpbody_pb2 import HttpBody
from zikao.review.v1.review_service_pb2 import (
    AddMaterialRequest,
    AdmitLookRequest,
    OpenCaseRequest,
    SubmitCaseRequest,
    WithdrawCaseRequest,
)
from zikao.review.v1.review_service_pb2_grpc import ReviewServiceStub

from chassis.errors import Code, RemoteRefusal
from chassis.events.relay import OutboxRow, Send
from chassis.rpc.client import Peer
from chassis.telemetry.logs import get_logger
from services.identity.domain.candidates import Candidate
from services.identity.domain.corrections.required_corrections import Correction, proofs_missing
from services.identity.domain.reviewed_phone_changes import PhoneChange, Proof
from services.identity.domain.staff import Reviewer, Seen
from services.identity.mapping.review_cases import correction_case, phone_change_case

INCOMPLETE: Final = "MATERIALS_MISSING"

_log = get_logger(__name__)


class RemoteReviewCases:
    """Calls review as the service that opened the cases."""

    def __init__(self, review: Peer) -> None:
        self._review: Any = ReviewServiceStub(review)

    async def hand_in_correction(self, candidate: Candidate, correction: Correction, portrait: bytes) -> None:
        """The portrait, for the host school. Raises ProofsMissing."""
        try:
            case = correction_case(candidate, correction)
            await self._hand_in(case, correction.submissions, {"PORTRAIT": portrait})
        except RemoteRefusal as refusal:
            if refusal.reason != INCOMPLETE:
                raise
            raise proofs_missing() from refusal

    async def hand_in_phone_change(
        self, change: PhoneChange, candidate: Candidate, images: Mapping[Proof, bytes]
    ) -> None:
        """The proofs, for the exam authority."""
        case = phone_change_case(change, candidate)
        await self._hand_in(case, change.submissions, {proof.name: image for proof, image in images.items()})

    async def admit_look(self, case_id: str, reviewer: Reviewer, seen: Seen) -> str:
        """The candidate of the case, once review has noted the look."""
        request = AdmitLookRequest(
            case_id=case_id, reviewer_id=reviewer.reviewer_id, organisation=reviewer.organisation, seen=seen.value
        )
        candidate_id: str = (await self._review.AdmitLook(request)).candidate_id
        return candidate_id

    async def _hand_in(self, case: OpenCaseRequest, submission: int, images: Mapping[str, bytes]) -> None:
        """One submission, once: the case, which is opened here if it was not before, counts its submissions."""
        opened = await self._review.OpenCase(case)
        if opened.submission >= submission:
            return
        for required_image_id, image in images.items():
            body = HttpBody(content_type="image/jpeg", data=image)
            request = AddMaterialRequest(case_id=case.case_id, required_image_id=required_image_id, image=body)
            await self._review.AddMaterial(request)
        await self._review.SubmitCase(SubmitCaseRequest(case_id=case.case_id, submission=submission))


def case_withdrawals_to(review: Peer) -> Send:
    """The relay's sender of cases to withdraw (ID-15). One that is still to be opened is withdrawn once it is."""
    stub: Any = ReviewServiceStub(review)

    async def send(rows: Sequence[OutboxRow]) -> Collection[str]:
        done = []
        for row in rows:
            try:
                await stub.WithdrawCase(WithdrawCaseRequest.FromString(row.payload))
            except RemoteRefusal as refusal:
                if refusal.code is not Code.NOT_FOUND:
                    raise
                _log.warning("a case is withdrawn once it is open", event_id=row.event_id)
                continue
            done.append(row.event_id)
        return done

    return send


def case_openings_to(review: Peer) -> Send:
    """The relay's sender of cases to open (ID-7, ID-8, EN-4). Opening is safe to repeat: a case's id says what it is
    about.
    """
    stub: Any = ReviewServiceStub(review)

    async def send(rows: Sequence[OutboxRow]) -> Collection[str]:
        for row in rows:
            await stub.OpenCase(OpenCaseRequest.FromString(row.payload))
        return [row.event_id for row in rows]

    return send
