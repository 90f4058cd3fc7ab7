"""Hands phone changes in at review (ID-11), as the service that opened the case."""

from collections.abc import Mapping
from typing import Any, Final

from google.api.httpbody_pb2 import HttpBody
from zikao.review.v1.review_service_pb2 import AddMaterialRequest, SubmitCaseRequest
from zikao.review.v1.review_service_pb2_grpc import ReviewServiceStub

from chassis.ids import derived_id
from chassis.rpc.client import Peer
from services.identity.domain.candidate import Candidate
from services.identity.domain.phone_changes import PhoneChange, Proof
from services.identity.mapping.phone_changes import phone_change_case

CASE: Final = "phone change case"


def case_id_of(phone_change_id: str) -> str:
    """The one review case about a phone change."""
    return derived_id(CASE, phone_change_id)


class ReviewDesk:
    """The port `PhoneChangeCases`."""

    def __init__(self, review: Peer) -> None:
        self._review: Any = ReviewServiceStub(review)

    async def hand_in(self, change: PhoneChange, candidate: Candidate, images: Mapping[Proof, bytes]) -> None:
        """As the port says: the case counts its submissions, so one that arrived before is not made again."""
        case_id = case_id_of(change.phone_change_id)
        case = await self._review.OpenCase(phone_change_case(change, candidate, case_id))
        if case.submission >= change.submissions:
            return
        for proof, image in images.items():
            body = HttpBody(content_type="image/jpeg", data=image)
            await self._review.AddMaterial(AddMaterialRequest(case_id=case_id, kind=proof.name, image=body))
        await self._review.SubmitCase(SubmitCaseRequest(case_id=case_id, submission=change.submissions))
