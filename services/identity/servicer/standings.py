"""StandingService."""

from typing import Any

from zikao.identity.v1 import resources_pb2
from zikao.identity.v1 import standing_service_pb2 as api
from zikao.identity.v1.standing_service_pb2_grpc import StandingServiceServicer

from services.identity.domain.candidate import standing
from services.identity.mapping.candidates import standing_message
from services.identity.ports import Store


class StandingServicer(StandingServiceServicer):
    """Fresh standings for other services' gates."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def GetStanding(self, request: api.GetStandingRequest, context: Any) -> resources_pb2.Standing:
        return standing_message(standing(await self._store.candidates.get(request.candidate_id)))
