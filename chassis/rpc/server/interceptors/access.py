"""Lets a call through only when its contract names the kind of its caller, and a calling service by name (OP-8)."""

import asyncio
from typing import Final

from google.protobuf.message import Message

from chassis.call_context import Call
from chassis.errors import Unauthenticated
from chassis.rpc.server.interceptors.interceptor import Handler, Method
from chassis.security.revocations import RevocationsUnknown
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
        if method.streams and not rule.same_for_all:
            handler = self._while_logged_in(handler)
        identify = _nobody if rule.same_for_all else self._visitor if rule.public else self._proven

        async def admitted(request: Message, call: Call) -> Message | None:
            call.principal = identify(call.text(AUTHORIZATION))
            rule.admit(call.principal)
            return await handler(request, call)

        return admitted

    def _while_logged_in(self, handler: Handler) -> Handler:
        """A stream ends when the login session of whoever watches does (F-32)."""
        revocations = self._verifier.revocations

        async def watched(request: Message, call: Call) -> Message | None:
            session, task = call.principal.login_session_id if call.principal else "", asyncio.current_task()
            if not session or task is None:
                return await handler(request, call)
            with revocations.ending(session, task.cancel):
                try:
                    return await handler(request, call)
                except asyncio.CancelledError:
                    if not revocations.has_ended(session):
                        raise
                    task.uncancel()
                    raise Unauthenticated() from None

        return watched

    def _proven(self, authorization: str) -> Principal:
        if not authorization.startswith(BEARER):
            raise Unauthenticated()
        return self._verifier.verify(authorization[len(BEARER) :])

    def _visitor(self, authorization: str) -> Principal | None:
        """An expired token must not keep anybody from a public RPC, from logging in least of all."""
        try:
            return self._proven(authorization)
        except (Unauthenticated, RevocationsUnknown):
            return None


def _nobody(_: str) -> None:
    """What is the same for all is kept and shown to others: it must not depend on a caller by mistake."""
