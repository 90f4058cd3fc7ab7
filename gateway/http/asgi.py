"""One HTTP request as the API sees it, and its answer: the thin layer over ASGI."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final

from chassis.call_context import Call, Language, preferred_language
from chassis.ids import new_id
from gateway.errors import BodyTooLarge

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Header = tuple[bytes, bytes]

REQUEST_ID: Final = b"x-request-id"
TRACE_PARENT: Final = b"traceparent"
LONGEST_USER_AGENT: Final = 200
REMEMBERED_ADDRESSES: Final = 16_384

_REQUEST_ID_TEXT: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_PRINTABLE: Final = re.compile(rb"[ -~]*")


def client_address(scope: Scope) -> str:
    """Where a request comes from; empty where a proxy names something that is no address (F-26)."""
    client = scope.get("client")
    return client[0] if client and _is_address(client[0]) else ""


@lru_cache(maxsize=REMEMBERED_ADDRESSES)
def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return text.isascii()


class ClientGone(Exception):
    """The client left before its request was whole, or before the answer was."""


def limited_receive(receive: Receive, announced: bytes, limit: int) -> Receive:
    """`receive` that raises BodyTooLarge as soon as the body is known to have more than `limit` bytes: at once where
    `announced`, its `content-length`, says so.
    """
    told, received = int(announced) if announced.isdigit() else 0, 0

    def require_fit(size: int) -> None:
        if size > limit:
            raise BodyTooLarge(limit_bytes=str(limit))

    async def counted() -> Message:
        nonlocal received
        require_fit(told)
        message = await receive()
        received += len(message.get("body", b""))
        require_fit(received)
        return message

    return counted


@dataclass(slots=True)
class Request:
    """A request and its headers by lower-case name."""

    method: str
    path: str
    query: bytes
    headers: dict[bytes, bytes]
    https: bool
    client: str
    receive: Receive
    language: Language
    request_id: str

    @classmethod
    def of(cls, scope: Scope, receive: Receive) -> "Request":
        """The request of an ASGI scope."""
        headers = dict(scope["headers"])
        sent_id = headers.get(REQUEST_ID, b"")
        return cls(
            method=scope["method"],
            path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"],
            headers=headers,
            https=scope["scheme"] == "https",
            client=client_address(scope),
            receive=receive,
            language=preferred_language(headers.get(b"accept-language", b"").decode("latin-1")),
            request_id=sent_id.decode() if _REQUEST_ID_TEXT.fullmatch(sent_id) else new_id(),
        )

    def call(self, label: str) -> Call:
        """The request as the call in progress: what it asks of services carries on its trace, language and id."""
        carried = {"accept-language": self.language.value, "x-request-id": self.request_id}
        return Call(label, {**carried, "traceparent": self.text(TRACE_PARENT)})

    def text(self, name: bytes) -> str:
        """The header `name` as text that gRPC metadata can carry; empty when it is absent or cannot be carried."""
        value = self.headers.get(name, b"")
        return value.decode("ascii") if _PRINTABLE.fullmatch(value) else ""

    async def body(self, limit: int) -> bytes:
        """The whole body. Raises BodyTooLarge, as soon as that is known, and ClientGone."""
        if b"content-length" not in self.headers and b"transfer-encoding" not in self.headers:
            return b""
        receive = limited_receive(self.receive, self.headers.get(b"content-length", b""), limit)
        parts, more = [], True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        return parts[0] if len(parts) == 1 else b"".join(parts)


@dataclass(slots=True)
class Response:
    """An answer that is whole."""

    status: int
    content_type: bytes
    body: bytes
    headers: list[Header] = field(default_factory=list)

    async def send(self, send: Send, *, with_body: bool = True) -> None:
        """Answers. To a HEAD request, everything but the body."""
        headers = self.headers
        if self.status != 304:
            headers = [
                (b"content-type", self.content_type),
                (b"content-length", str(len(self.body)).encode()),
                *headers,
            ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body if with_body else b""})
