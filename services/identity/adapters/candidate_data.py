"""The other services, asked to erase what they hold about a candidate (ID-20)."""

from collections.abc import Mapping
from typing import Any

from zikao.common.v1.personal_data_pb2 import EraseCandidateDataRequest
from zikao.enrollment.v1 import personal_data_service_pb2_grpc as enrollment
from zikao.payment.v1 import personal_data_service_pb2_grpc as payment
from zikao.review.v1 import personal_data_service_pb2_grpc as review

from chassis.rpc.client import Peers


class RemoteCandidateData:
    """Calls the services themselves."""

    def __init__(self, peers: Peers) -> None:
        self._stubs: Mapping[str, Any] = {
            "enrollment": enrollment.PersonalDataServiceStub(peers.enrollment),
            "payment": payment.PersonalDataServiceStub(peers.payment),
            "review": review.PersonalDataServiceStub(peers.review),
        }

    async def erase_candidate(self, service: str, candidate_id: str) -> None:
        """Has a service erase what it holds."""
        await self._stubs[service].EraseCandidateData(EraseCandidateDataRequest(candidate_id=candidate_id))
