"""Follows identity's revocations, in every process that verifies tokens (F-32).

The one exception in the graph of calls: whatever else a process asks of identity, it follows this.
"""

import asyncio
from contextlib import aclosing
from datetime import UTC
from typing import Any, Final

from zikao.identity.v1 import revocation_service_pb2 as api
from zikao.identity.v1.revocation_service_pb2_grpc import RevocationServiceStub

from chassis.errors import Refusal
from chassis.rpc.client import Peer
from chassis.security.revocations import Revocation, Revocations
from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

NEXT_MESSAGE_SECONDS: Final = 5.0
"""Identity speaks every two seconds; who is silent for so long is asked anew, perhaps another replica."""
PAUSE_SECONDS: Final = 0.25


class RevocationWatch:
    """A job that keeps one stream open, and goes on where it was when the stream ends."""

    def __init__(self, identity: Peer, revocations: Revocations) -> None:
        self._stub: Any = RevocationServiceStub(identity)  # type: ignore[no-untyped-call]
        self._revocations = revocations
        self._away = False

    async def run(self) -> None:
        """Follows until cancelled, whatever becomes of identity."""
        self._revocations.follow()
        while True:
            try:
                await self._listen()
            except (Refusal, TimeoutError, StopAsyncIteration) as ended:
                self._note_end(ended)
            except Exception as error:
                _log.error("revocations cannot be followed", exc_info=error)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _listen(self) -> None:
        request = api.WatchRevocationsRequest(heard_until=self._revocations.heard_until)
        async with aclosing(self._stub.WatchRevocations(request)) as stream:
            while True:
                async with asyncio.timeout(NEXT_MESSAGE_SECONDS):
                    message = await anext(stream)
                self._away = False
                self._revocations.hear(
                    Revocation(told.login_session_digest, told.expire_time.ToDatetime(tzinfo=UTC))
                    for told in message.revocations
                )

    def _note_end(self, ended: BaseException) -> None:
        if not self._away:
            _log.info("the stream of revocations has ended", ended=type(ended).__name__)
        self._away = True
