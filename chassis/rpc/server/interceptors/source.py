"""Tells from which address a call comes: the gateway's word for it where a gateway calls, else the other end itself.

Anybody may write the header; only configured gateways are believed, and only for limits (GW-2, OP-8).
"""

from typing import Final

from google.protobuf.message import Message

from chassis.call_context import Call
from chassis.rpc.server.interceptors.interceptor import Handler, Method
from chassis.security.trusted_networks import TrustedNetworks, address_of_peer

FORWARDED_FOR: Final = "x-forwarded-for"
"""Metadata that a gateway sets, and overwrites: the address of whoever called it."""


class SourceInterceptor:
    """Fills in `Call.source`."""

    def __init__(self, gateways: str) -> None:
        """`gateways`: the networks in which gateways are."""
        self._gateways = TrustedNetworks(gateways)

    def wrap(self, method: Method, handler: Handler) -> Handler:
        """The handler, told from where it is called."""

        async def told(request: Message, call: Call) -> Message | None:
            call.source = self._source_of(call)
            return await handler(request, call)

        return told

    def _source_of(self, call: Call) -> str:
        peer = address_of_peer(call.rpc.peer()) if call.rpc else ""
        if not self._gateways.hold(peer):
            return peer
        return call.text(FORWARDED_FOR).rpartition(",")[2].strip() or peer
