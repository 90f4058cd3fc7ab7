"""StandingService: parse, call the use case, map."""

from typing import Any

from zikao.identity.v1 import resources_pb2
from zikao.identity.v1 import standing_service_pb2 as api
from zikao.identity.v1.standing_service_pb2_grpc import StandingServiceServicer

from chassis.rpc.message_mapping import message_of
from services.identity.dependencies import Dependencies
from services.identity.mapping.candidates import standing_message
from services.identity.usecases.candidate_accounts import get_paper_holder, get_standing


class StandingServicer(StandingServiceServicer):
    """Fresh facts about a person, for other services."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def GetStanding(self, request: api.GetStandingRequest, context: Any) -> resources_pb2.Standing:
        return standing_message(await get_standing(self._deps, request.candidate_id))

    async def GetPaperHolder(self, request: api.GetPaperHolderRequest, context: Any) -> api.PaperHolder:
        return message_of(api.PaperHolder, await get_paper_holder(self._deps, request.candidate_id))
