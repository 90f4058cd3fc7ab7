"""RevocationService: parse, call the use case, map."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from zikao.identity.v1 import revocation_service_pb2 as api
from zikao.identity.v1.revocation_service_pb2_grpc import RevocationServiceServicer

from chassis.rpc.message_mapping import instant_in
from services.identity.dependencies import Dependencies
from services.identity.mapping.login_sessions import revocation_messages
from services.identity.usecases.authentication.revocations import watch_revocations


class RevocationServicer(RevocationServiceServicer):
    """Login sessions that have ended, for every process that verifies tokens."""

    def __init__(self, deps: Dependencies) -> None:
        self._deps = deps

    async def WatchRevocations(
        self, request: api.WatchRevocationsRequest, context: Any
    ) -> AsyncIterator[api.WatchRevocationsResponse]:
        async with aclosing(watch_revocations(self._deps, instant_in(request, "heard_until"))) as watching:
            async for news in watching:
                yield api.WatchRevocationsResponse(revocations=revocation_messages(news))
