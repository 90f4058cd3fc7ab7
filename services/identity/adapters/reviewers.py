"""Asks review whether a reviewer may look at the person of a case, and has looks noted (RE-7)."""

from typing import Any

from zikao.review.v1.review_service_pb2 import AdmitLookRequest, NoteLookRequest
from zikao.review.v1.review_service_pb2_grpc import ReviewServiceStub

from chassis.rpc.client import Peer
from services.identity.ports.cases import Reviewer, Seen


class ReviewLooks:
    """The port `Looks`."""

    def __init__(self, review: Peer) -> None:
        self._review: Any = ReviewServiceStub(review)

    async def admit(self, case_id: str, reviewer: Reviewer, seen: Seen) -> str:
        """As the port says."""
        request = AdmitLookRequest(
            case_id=case_id, reviewer_id=reviewer.reviewer_id, organisation=reviewer.organisation, seen=seen.value
        )
        candidate_id: str = (await self._review.AdmitLook(request)).candidate_id
        return candidate_id

    async def note(self, candidate_id: str, viewer: Reviewer) -> None:
        """As the port says."""
        await self._review.NoteLook(NoteLookRequest(candidate_id=candidate_id, viewer_id=viewer.reviewer_id))
