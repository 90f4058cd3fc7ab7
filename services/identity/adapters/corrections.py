"""Hands corrections in at review (EN-4), as the service that opened the case."""

from typing import Any, Final

from google.api.httpbody_pb2 import HttpBody
from zikao.review.v1.review_service_pb2 import AddMaterialRequest, SubmitCaseRequest
from zikao.review.v1.review_service_pb2_grpc import ReviewServiceStub

from chassis.errors import RemoteRefusal
from chassis.rpc.client import Peer
from services.identity.domain.candidate import Candidate
from services.identity.domain.corrections import Correction, proofs_missing
from services.identity.mapping.corrections import correction_case

INCOMPLETE: Final = "MATERIALS_MISSING"


class CorrectionCasesAtReview:
    """The port `CorrectionCases`."""

    def __init__(self, review: Peer) -> None:
        self._review: Any = ReviewServiceStub(review)

    async def hand_in(self, candidate: Candidate, correction: Correction, portrait: bytes) -> None:
        """As the port says: the case counts its submissions, so one that arrived before is not made again."""
        case = await self._review.OpenCase(correction_case(candidate, correction))
        if case.submission >= correction.submissions:
            return
        image = HttpBody(content_type="image/jpeg", data=portrait)
        await self._review.AddMaterial(AddMaterialRequest(case_id=case.case_id, kind="PORTRAIT", image=image))
        try:
            await self._review.SubmitCase(SubmitCaseRequest(case_id=case.case_id, submission=correction.submissions))
        except RemoteRefusal as refusal:
            if refusal.reason != INCOMPLETE:
                raise
            raise proofs_missing() from refusal
