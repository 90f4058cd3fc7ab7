"""Identity, asked for a fresh standing and for whom a paper is about."""

from collections.abc import Awaitable
from typing import Any, Final

from zikao.identity.v1 import standing_service_pb2, standing_service_pb2_grpc

from chassis.errors import Refusal, ServiceUnavailable
from chassis.rpc.client import Peer
from chassis.telemetry.logs import get_logger
from services.enrollment.adapters.final_refusals import is_final
from services.enrollment.domain.papers import PaperHolder
from services.enrollment.domain.registrations import Standing
from services.enrollment.mapping import peer_messages

SECONDS: Final = 1.0

_log = get_logger(__name__)


class IdentityService:
    """Calls identity."""

    def __init__(self, peer: Peer) -> None:
        self._stub: Any = standing_service_pb2_grpc.StandingServiceStub(peer)

    async def get_standing(self, candidate_id: str) -> Standing | None:
        """The standing as it is now; None when identity knows nobody of that id. Raises ServiceUnavailable."""
        request = standing_service_pb2.GetStandingRequest(candidate_id=candidate_id)
        answer = await self._answer(self._stub.GetStanding(request, timeout=SECONDS))
        return None if answer is None else peer_messages.standing(answer)

    async def get_paper_holder(self, candidate_id: str) -> PaperHolder | None:
        """Whom a paper is about; None when there is no such account any more. Raises ServiceUnavailable."""
        request = standing_service_pb2.GetPaperHolderRequest(candidate_id=candidate_id)
        answer = await self._answer(self._stub.GetPaperHolder(request, timeout=SECONDS))
        return None if answer is None else peer_messages.paper_holder(answer)

    async def _answer(self, call: Awaitable[Any]) -> Any:
        try:
            return await call
        except Refusal as refusal:
            if is_final(refusal):
                return None
            _log.warning("identity does not say", reason=refusal.reason)
            raise ServiceUnavailable(service="identity") from refusal
