"""What the rooms share of HTTP: bodies in, JSON out."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sandbox.web.refusals import Refused, unreadable

Json = dict[str, Any]
Endpoint = Callable[[Request], Awaitable[Response]]

MOST_BODY_BYTES: Final = 32 * 1024 * 1024
MOST_LISTED: Final = 500
UNSERVED: Final = {
    400: ("INVALID", "请求格式有误", "the request is malformed"),
    404: ("NOT_FOUND", "没有这个接口", "there is nothing at this address"),
    405: ("METHOD_NOT_ALLOWED", "不支持此方法", "this address does not take that method"),
}

M = TypeVar("M", bound="Body")


class Body(BaseModel):
    """The body of a request: what docs/sandbox.md names and nothing else."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


async def body_of(request: Request) -> bytes:
    """The raw body. Raises Refused (413) when it is larger than anything documented."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BODY_BYTES:
            raise Refused(413, "TOO_LARGE", "请求内容过大", "the body is too large")
    return bytes(body)


def parsed(kind: type[M], body: bytes) -> M:
    """The body as `kind`. Raises Refused (422) naming the fields that are wrong, never their values."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        places = {".".join(str(part) for part in problem["loc"]) or "body" for problem in error.errors()}
        raise unreadable(", ".join(sorted(places))) from None


def limit_of(request: Request) -> int:
    """The parameter `limit`, 50 without one. Raises Refused."""
    text = request.query_params.get("limit", "50")
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) <= MOST_LISTED):
        raise unreadable("limit")
    return int(text)


def encoded(content: Json) -> bytes:
    """The bytes of an answer."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def answer(content: Json, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(encoded(content), status, media_type="application/json")


async def refused(_: Request, error: Exception) -> Response:
    """The answer to what is refused, or is at no address."""
    if isinstance(error, HTTPException):
        error = Refused(error.status_code, *UNSERVED.get(error.status_code, UNSERVED[400]))
    assert isinstance(error, Refused)
    return answer(error.as_json(), error.status)


def wants_json(request: Request) -> bool:
    """Whether a program asks, not a browser."""
    return "application/json" in request.headers.get("accept", "")


def wants_page(request: Request) -> bool:
    """Whether a browser asks, not a program."""
    return "text/html" in request.headers.get("accept", "")
