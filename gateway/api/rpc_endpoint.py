"""One route, compiled: from an HTTP request through the RPC to an answer."""

import hashlib
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from chassis.errors import FieldViolation, InvalidRequest
from chassis.rpc.client import Metadata, Peers
from chassis.security.tokens import Access
from gateway.api.credentials import CookieLogin, Credentials
from gateway.api.json_bounds import require_few_values
from gateway.api.transcoding import JSON, RequestBody, Transcoder
from gateway.config import Config
from gateway.contracts.proto_json import MessageTypes
from gateway.contracts.rpcs import GET, Binding, Rpc
from gateway.errors import UnsupportedMediaType
from gateway.http.asgi import LONGEST_USER_AGENT, Header, Request, Response
from gateway.http.front_door.caller_bounds import NOBODY, Caller
from gateway.http.front_door.front_door import FrontDoor
from gateway.http.problems import RequestFields
from gateway.http.remembered_answers import RememberedAnswers

TIMEOUT: Final = b"x-request-timeout"
LEAST_SECONDS: Final = 0.1
PRIVATE: Final = (b"cache-control", b"no-store")
REVALIDATED: Final = ((b"cache-control", b"no-cache"), (b"vary", b"accept-language"))
NO_SCRIPTS: Final = (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; sandbox")
"""A file is somebody's upload: whatever it says it is, it runs nothing here."""


_METADATA_NAME: Final = re.compile(rb"[a-z0-9_.-]+")
"""Of what gRPC carries as text; names that end in `-bin` carry bytes."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: the credentials that go along, and how bounds know them."""

    credentials: Credentials
    caller: Caller


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that has arrived whole: what goes to the service, for how long, and by whom."""

    wire: bytes
    seconds: float
    metadata: Metadata
    credentials: Credentials


class Route:
    """One HTTP method and path of an RPC."""

    def __init__(
        self,
        rpc: Rpc,
        binding: Binding,
        messages: MessageTypes,
        cookie_login: CookieLogin,
        peers: Peers,
        remembered: RememberedAnswers,
        config: Config,
        front_door: FrontDoor,
    ) -> None:
        self.binding = binding
        self.streams = rpc.streams
        self.priority = rpc.priority
        self.place = RequestFields(rpc.descriptor.input_type, binding.body)
        self.label = f"{binding.method} {binding.template.text}"
        self._transcoder = Transcoder(messages, rpc, binding)
        self.cookie_login = cookie_login
        self._shared = rpc.access.same_for_all and binding.method == GET
        peer = peers.named(rpc.upstream)
        ask = peer.unary_unary(rpc.path)
        self._ask = remembered.around(rpc.path, ask) if self._shared else ask
        self._watch = peer.unary_stream(rpc.path)
        self._limits = config.limits
        self._access = rpc.access
        self._front_door = front_door
        self._body_bytes, self._values = _bounds(rpc, self._transcoder.takes_file, config)
        self._raw_headers = tuple(prefix.encode() for prefix in config.forwarded_prefixes)

    def asker(self, request: Request) -> Asker:
        """Who asks, before anything is read for them. What is the same for all does not learn who asks.

        Raises Unauthenticated, PermissionDenied, PasswordChangeRequired and CsrfTokenInvalid.
        """
        credentials, principal = self.cookie_login.credentials(request), None
        if not self._access.same_for_all:
            principal = self._front_door.authenticator.bearer(credentials.authorization)
            self._access.admit(principal)
        caller = self._front_door.caller(request.client, principal.subject_id if principal else NOBODY)
        return Asker(credentials if principal else Credentials(by_cookie=credentials.by_cookie), caller)

    async def read(self, request: Request, segments: list[str], asker: Asker) -> Asked:
        """What is asked, once it has arrived. Raises BodyTooLarge, ClientGone and what is wrong with it."""
        usual = self._limits.stream_seconds if self.streams else self._limits.call_seconds
        most = self._limits.stream_seconds if self.streams else self._limits.most_call_seconds
        seconds = self._seconds(request, usual, most)
        wire = self.cookie_login.with_cookie_tokens(request, await self._wire(request, segments))
        return Asked(wire, seconds, self._metadata(request, asker.credentials), asker.credentials)

    async def answer(self, request: Request, asked: Asked) -> Response:
        """What the RPC answers. Raises Refusal, and NotSuchMessage when a service breaks its contract."""
        answered = await self._ask(asked.wire, timeout=asked.seconds, metadata=asked.metadata)
        cookies = list[Header]()
        if self.cookie_login.concerned:
            answered, cookies = self.cookie_login.with_cookies(request, asked.credentials, asked.wire, answered)
        answer = self._transcoder.answer(answered)
        response = Response(200, answer.content_type, answer.content, cookies)
        if self._transcoder.gives_file:
            response.headers.append(NO_SCRIPTS)
        self._allow_caching(request, response)
        return response

    async def messages(self, asked: Asked) -> AsyncGenerator[bytes, None]:
        """The JSON texts of a streaming RPC's answer. Raises as `answer` does."""
        async with aclosing(self._watch(asked.wire, timeout=asked.seconds, metadata=asked.metadata)) as stream:
            async for message in stream:
                yield self._transcoder.json_of(message)

    def variables(self, segments: list[str]) -> tuple[str, ...]:
        """What the variables of the path say: what a stream is about."""
        return tuple(variable.value(segments) for variable in self.binding.template.variables)

    async def _wire(self, request: Request, segments: list[str]) -> bytes:
        content = await request.body(self._body_bytes)
        content_type = request.headers.get(b"content-type", b"")
        if content and not self._transcoder.takes_file:
            if not _is_json(content_type):
                raise UnsupportedMediaType()
            require_few_values(content, self._values)
        return self._transcoder.request(segments, request.query, RequestBody(content_type.decode("latin-1"), content))

    def _metadata(self, request: Request, credentials: Credentials) -> Metadata:
        """What goes along: an allow-list, so that nobody speaks for somebody else by a header of ours."""
        metadata: list[tuple[str, str | bytes]] = [
            ("x-forwarded-for", request.client),
            ("x-user-agent", request.text(b"user-agent")[:LONGEST_USER_AGENT]),
        ]
        if credentials.authorization:
            metadata.append(("authorization", credentials.authorization))
        if self._transcoder.takes_file:
            metadata += self._signature(request)
        return metadata

    def _signature(self, request: Request) -> Iterator[tuple[str, str]]:
        """The headers that go along with a raw body, but for those that gRPC cannot carry (F-26)."""
        for name in request.headers:
            if name.startswith(self._raw_headers) and _is_metadata(name) and (value := request.text(name)):
                yield name.decode(), value

    def _seconds(self, request: Request, usual: float, most: float) -> float:
        asked = request.text(TIMEOUT)
        if not asked:
            return usual
        try:
            seconds = float(asked)
        except ValueError:
            seconds = 0.0
        if not seconds >= LEAST_SECONDS:
            raise InvalidRequest(fields=[_wrong_timeout(most)])
        return min(seconds, most)

    def _allow_caching(self, request: Request, response: Response) -> None:
        """What anybody may read may be kept and asked about again; everything else is one person's own."""
        if not self._shared:
            response.headers.append(PRIVATE)
            return
        etag = b'"%s"' % hashlib.blake2b(response.body, digest_size=12).hexdigest().encode()
        response.headers += [(b"etag", etag), *REVALIDATED]
        if _names(request.headers.get(b"if-none-match", b""), etag):
            response.status, response.body = 304, b""


def _bounds(rpc: Rpc, takes_file: bool, config: Config) -> tuple[int, int]:
    """How many bytes a body may have, and how many values its JSON."""
    limits = config.limits
    if takes_file:
        return limits.file_bytes, 0
    if set(rpc.access.kinds) == {Access.OPERATOR}:
        return limits.operator_bytes, limits.operator_values
    return limits.json_bytes, limits.json_values


def _is_metadata(name: bytes) -> bool:
    return _METADATA_NAME.fullmatch(name) is not None and not name.endswith(b"-bin")


def _is_json(content_type: bytes) -> bool:
    media_type = content_type.partition(b";")[0].strip().lower()
    return media_type == JSON or (media_type.startswith(b"application/") and media_type.endswith(b"+json"))


def _names(if_none_match: bytes, etag: bytes) -> bool:
    """Whether the header names the tag, by RFC 9110's weak comparison."""
    if not if_none_match:
        return False
    tags = {tag.strip().removeprefix(b"W/") for tag in if_none_match.split(b",")}
    return b"*" in tags or etag.removeprefix(b"W/") in tags


def _wrong_timeout(most: float) -> FieldViolation:
    return FieldViolation(
        "X-Request-Timeout",
        "INVALID_VALUE",
        f"应为 {LEAST_SECONDS:g} 至 {most:g} 秒。",
        f"Expected seconds, from {LEAST_SECONDS:g} to {most:g}.",
    )
