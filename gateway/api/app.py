"""The API as a bare ASGI application: finds the route, has it answer, renders what goes wrong, and counts."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import aclosing
from typing import Final

from chassis.call_context import Call, enter
from chassis.errors import InternalError, Refusal
from chassis.rpc.client import Peers
from chassis.telemetry.lock_free_metrics import DurationHistogram
from chassis.telemetry.logs import get_logger
from chassis.telemetry.rpc_metrics import REFUSALS
from chassis.telemetry.tracing import end_span, spans
from gateway.api.credentials import CookieLogin
from gateway.api.login_renewal import LoginRenewal
from gateway.api.router import Match, Router
from gateway.api.rpc_endpoint import PRIVATE, Route
from gateway.api.server_sent_events import EventStream
from gateway.config import Config
from gateway.contracts.rpcs import GET, Contracts
from gateway.errors import MethodNotAllowed, NoSuchRoute
from gateway.http.asgi import ClientGone, Header, Receive, Request, Response, Scope, Send
from gateway.http.form_tokens import FormTokens
from gateway.http.front_door.front_door import FrontDoor
from gateway.http.problems import CONTENT_TYPE, render_problem
from gateway.http.remembered_answers import RememberedAnswers

_log = get_logger(__name__)

HEAD: Final = "HEAD"
OPTIONS: Final = "OPTIONS"
NO_ROUTE: Final = "none"
NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")
CLIENT_GONE: Final = 499

SECONDS: Final = DurationHistogram("zikao_http_seconds", "Time taken to answer a request.", ["route", "status"])


class Api:
    """Every public RPC over HTTP (GW-1). One instance for the life of the process's channels."""

    def __init__(
        self, contracts: Contracts, peers: Peers, form_tokens: FormTokens, config: Config, front_door: FrontDoor
    ) -> None:
        """Compiles every route. Raises RouteCollision when two contracts claim one address."""
        self._router = Router[Route]()
        self._config = config
        self._front_door = front_door
        self._login_renewal = LoginRenewal(contracts, peers, form_tokens, front_door.authenticator)
        for route in _routes(contracts, peers, form_tokens, config, front_door):
            self._router.add(route.binding.method, route.binding.template, route)

    def leave(self) -> None:
        """Ends every stream: the process is about to end, and a browser opens its stream anew elsewhere."""
        self._front_door.leaving.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        started = time.monotonic()
        request = Request.of(scope, receive)
        match = self._router.match(GET if request.method == HEAD else request.method, request.path)
        label = match.target.label if match else NO_ROUTE
        call = request.call(label)
        enter(call)
        recorder = spans()
        span = recorder.start_server_span(label, call) if recorder else None
        status = CLIENT_GONE
        try:
            status = await self._respond(request, match, call, send)
        except ClientGone:
            call.code = "CANCELLED"
        finally:
            SECONDS.of(label, str(status)).observe(time.monotonic() - started)
            if span is not None:
                end_span(span, call)

    async def _respond(self, request: Request, match: Match[Route] | None, call: Call, send: Send) -> int:
        """Sends the answer, or the problem there is with it; the status that was sent."""
        headers: list[Header] = [(b"x-request-id", request.request_id.encode()), NO_SNIFFING]
        try:
            if match is None:
                response = self._elsewhere(request)
            elif match.target.streams:
                return await self._watch(request, match, call, headers, send)
            else:
                response = await self._answer(request, match, headers)
        except Refusal as refusal:
            response = _problem(refusal, request, call, match)
        except (ClientGone, asyncio.CancelledError):
            raise
        except Exception:
            _log.exception("unexpected error")
            response = _problem(InternalError(), request, call, match)
        response.headers += headers
        await response.send(send, with_body=request.method != HEAD)
        return response.status

    async def _answer(self, request: Request, match: Match[Route], headers: list[Header]) -> Response:
        """Who would not be admitted is told first, then it is seen who asks, then what they send is read: what has not
        arrived whole takes no place (GW-6). What renews a login session joins the `headers`, whatever becomes of the
        rest.
        """
        route, door = match.target, self._front_door
        door.admission.require_room(route.priority)
        headers += await self._login_renewal.renew(request, route.cookie_login)
        asker = route.asker(request)
        with door.body(asker.caller, request.headers):
            asked = await route.read(request, match.segments, asker)
            with door.bounds.request(asker.caller), door.admission.admitted(route.priority):
                return await route.answer(request, asked)

    async def _watch(self, request: Request, match: Match[Route], call: Call, headers: list[Header], send: Send) -> int:
        if request.method == HEAD:
            raise MethodNotAllowed(allow=GET)
        route = match.target
        headers += await self._login_renewal.renew(request, route.cookie_login)
        asker = route.asker(request)
        watcher = EventStream(
            receive=request.receive,
            send=send,
            headers=[PRIVATE, *headers],
            render=lambda refusal: _problem(refusal, request, call, match).body,
            heartbeat_seconds=self._config.limits.heartbeat_seconds,
            leaving=self._front_door.leaving,
        )
        asked = await route.read(request, match.segments, asker)
        with self._front_door.bounds.stream(asker.caller, (route.label, route.variables(match.segments))):
            async with aclosing(route.messages(asked)) as messages:
                await watcher.watch(messages)
        return 200

    def _elsewhere(self, request: Request) -> Response:
        """For a path or a method without a route: what there is. Raises NoSuchRoute, MethodNotAllowed."""
        methods = self._router.methods(request.path)
        if not methods:
            raise NoSuchRoute()
        allowed = ", ".join(sorted({*methods, OPTIONS, *([HEAD] if GET in methods else [])}))
        if request.method == OPTIONS:
            return Response(204, b"text/plain", b"", [(b"allow", allowed.encode())])
        raise MethodNotAllowed(allow=allowed)


def _routes(
    contracts: Contracts, peers: Peers, form_tokens: FormTokens, config: Config, front_door: FrontDoor
) -> Iterable[Route]:
    messages, remembered = contracts.messages, RememberedAnswers(config.readable_for)
    for rpc in contracts.rpcs:
        cookie_login = CookieLogin(rpc, messages, form_tokens, secure=config.secure_cookies)
        for binding in rpc.bindings:
            yield Route(rpc, binding, messages, cookie_login, peers, remembered, config, front_door)


def _problem(refusal: Refusal, request: Request, call: Call, match: Match[Route] | None) -> Response:
    call.code, call.reason = refusal.code.name, refusal.reason
    REFUSALS.labels(call.method, refusal.reason).inc()
    rendered = render_problem(refusal, request.language, call.trace.trace_id, match.target.place if match else None)
    headers: list[Header] = [PRIVATE, (b"content-language", request.language.value.encode())]
    if rendered.retry_after is not None:
        headers.append((b"retry-after", str(rendered.retry_after).encode()))
    if isinstance(refusal, MethodNotAllowed):
        headers.append((b"allow", refusal.metadata["allow"].encode()))
    if rendered.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    return Response(rendered.status, CONTENT_TYPE, rendered.body, headers)
