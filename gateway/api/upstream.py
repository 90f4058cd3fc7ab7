"""Calls to the services, from bytes to bytes, with failures put in words that a caller outside understands."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Final

from chassis.errors import Code, Refusal
from chassis.rpc.client import Peers
from gateway.contracts.rpcs import Rpc
from gateway.errors import ServiceTimeout, ServiceUnavailable

RETRY_AFTER: Final = timedelta(seconds=1)

Metadata = Sequence[tuple[str, str | bytes]]


class Upstream:
    """One RPC of a service."""

    def __init__(self, rpc: Rpc, peers: Peers) -> None:
        self._service = rpc.upstream
        peer = peers.named(rpc.upstream)
        self._ask = peer.unary_unary(rpc.path)
        self._watch = peer.unary_stream(rpc.path)

    async def ask(self, wire: bytes, seconds: float, metadata: Metadata) -> bytes:
        """The answer within `seconds`.

        Raises RemoteRefusal with what the service says, ServiceUnavailable and ServiceTimeout where it says nothing.
        """
        try:
            answer: bytes = await self._ask(wire, timeout=seconds, metadata=metadata)
        except Refusal as refusal:
            raise self._told(refusal) from refusal
        return answer

    async def watch(self, wire: bytes, seconds: float, metadata: Metadata) -> AsyncGenerator[bytes, None]:
        """The messages of a stream; closing the iterator ends the call. Raises as `ask` does."""
        try:
            async with aclosing(self._watch(wire, timeout=seconds, metadata=metadata)) as messages:
                async for message in messages:
                    yield message
        except Refusal as refusal:
            raise self._told(refusal) from refusal

    def _told(self, refusal: Refusal) -> Refusal:
        """What the service says; where only the network speaks, what that means to the caller."""
        if refusal.reason != refusal.code.name:
            return refusal
        if refusal.code is Code.DEADLINE_EXCEEDED:
            return ServiceTimeout(service=self._service)
        if refusal.code in (Code.UNAVAILABLE, Code.CANCELLED):
            return ServiceUnavailable(service=self._service, retry_after=RETRY_AFTER)
        return refusal
