"""Whoever calls review: a candidate, a reviewer, an operator, another service."""

from dataclasses import dataclass
from typing import Any

from google.api.httpbody_pb2 import HttpBody
from zikao.review.v1 import resources_pb2, review_service_pb2_grpc
from zikao.review.v1 import review_service_pb2 as pb

from tests.support.credentials import Metadata
from tests.support.wait_until import PATIENCE_SECONDS


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who calls with a token. Every call raises RemoteRefusal."""

    stub: review_service_pb2_grpc.ReviewServiceStub
    token: Metadata
    person_id: str

    async def call(self, method: str, request: Any) -> Any:
        """Calls and answers."""
        return await getattr(self.stub, method)(request, metadata=self.token, timeout=PATIENCE_SECONDS)

    async def get_material(self, case_id: str, material_id: str) -> HttpBody:
        """Looks at an image of a case."""
        return await self.call("GetMaterial", pb.GetMaterialRequest(case_id=case_id, material_id=material_id))

    async def claim(self, case_id: str) -> resources_pb2.Case:
        """Claims a case."""
        return await self.call("ClaimCase", pb.ClaimCaseRequest(case_id=case_id))

    async def decide(
        self, case: resources_pb2.Case, verdict: str = "APPROVED", reason: str = "REASON_UNSPECIFIED"
    ) -> resources_pb2.Case:
        """Decides a case as it was read."""
        request = pb.DecideCaseRequest(case_id=case.case_id, verdict=verdict, reason=reason, etag=case.etag)
        return await self.call("DecideCase", request)

    async def undo(self, case: resources_pb2.Case) -> resources_pb2.Case:
        """Undoes the decision on a case."""
        return await self.call("UndoDecision", pb.UndoDecisionRequest(case_id=case.case_id))

    async def judge_again(
        self, case: resources_pb2.Case, verdict: str = "APPROVED", reason: str = "REASON_UNSPECIFIED"
    ) -> resources_pb2.SecondReview:
        """Gives the second judgement on a case's first submission."""
        request = pb.DecideSecondReviewRequest(case_id=case.case_id, submission=1, verdict=verdict, reason=reason)
        return await self.call("DecideSecondReview", request)
