"""Lets a call through only when its contract names the kind of its caller, and a calling service by name (OP-8)."""

from typing import Final

from google.protobuf.message import Message

from chassis.call_context import Call
from chassis.errors import Unauthenticated
from chassis.rpc.server.interceptors.interceptor import Handler, Method
from chassis.security.tokens import Principal, Verifier

AUTHORIZATION: Final = "authorization"
BEARER: Final = "Bearer "


class AccessInterceptor:
    """Proves the caller by the token in `authorization` and applies the RPC's access rule."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    def wrap(self, method: Method, handler: Handler) -> Handler:
        """The handler, reached only by those whom the contract of `method` names."""
        rule = method.rule
        identify = _nobody if rule.same_for_all else self._visitor if rule.public else self._proven

        async def admitted(request: Message, call: Call) -> Message | None:
            call.principal = identify(call.text(AUTHORIZATION))
            rule.admit(call.principal)
            return await handler(request, call)

        return admitted

    def _proven(self, authorization: str) -> Principal:
        if not authorization.startswith(BEARER):
            raise Unauthenticated()
        return self._verifier.verify(authorization[len(BEARER) :])

    def _visitor(self, authorization: str) -> Principal | None:
        """An expired token must not keep anybody from a public RPC, from logging in least of all."""
        try:
            return self._proven(authorization)
        except Unauthenticated:
            return None


def _nobody(_: str) -> None:
    """What is the same for all is kept and shown to others: it must not depend on a caller by mistake."""
