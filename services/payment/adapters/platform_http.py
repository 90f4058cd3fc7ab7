"""What the adapters of platforms share: connections, no answer or no key of ours is ProviderUnavailable, and long
answers are read by line.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import httpx

from chassis.external_systems.passive_health import Monitor, MonitoredClient
from chassis.rpc.deadlines import for_outgoing
from chassis.telemetry.logs import get_logger
from services.payment.errors import ProviderUnavailable

_log = get_logger(__name__)

DEFAULT_SECONDS: Final = 5.0
"""How long a platform may take to answer, unless its connections say otherwise."""

UNREADABLE: Final = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
"""What reading JSON that is not what a platform writes ends in."""


class Digest(Protocol):
    """A hash under way."""

    def update(self, data: bytes, /) -> None:
        """Takes more bytes in."""
        ...


@dataclass(frozen=True, slots=True)
class PlatformAnswer:
    """What a platform has answered, and signed. `code`: why it refuses, empty when it does not; `busy`: it does not
    serve us now, and asking again may help.
    """

    status: int
    content: dict[str, Any]
    code: str
    busy: bool

    @property
    def refused(self) -> bool:
        """Whether it refuses for good. Raises ProviderUnavailable where asking again may help."""
        if self.busy or self.status >= httpx.codes.INTERNAL_SERVER_ERROR:
            _log.error("platform_does_not_serve_us", status=self.status, code=self.code)
            raise ProviderUnavailable()
        return self.status >= httpx.codes.BAD_REQUEST

    def or_unavailable(self) -> dict[str, Any]:
        """The content of an answer that is no refusal."""
        if self.refused:
            _log.error("platform_answer_unexpected", status=self.status, code=self.code)
            raise ProviderUnavailable()
        return self.content


@asynccontextmanager
async def platform_client(
    base_url: str, timeout_seconds: float, connections: int, monitor: Monitor
) -> AsyncIterator[httpx.AsyncClient]:
    """The connections to the platform for a block. No proxy of the environment is used: it would see signed money."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    settings = {"base_url": base_url, "timeout": timeout_seconds, "limits": limits, "trust_env": False}
    async with MonitoredClient(monitor, **settings) as http:
        yield http


@asynccontextmanager
async def answering(unavailable: Callable[[], Exception] = ProviderUnavailable) -> AsyncIterator[None]:
    """A block in which a platform is spoken to. Raises what `unavailable` makes where it does not answer."""
    try:
        yield
    except httpx.HTTPError as error:
        _log.warning("platform_unreachable", error=type(error).__name__)
        raise unavailable() from error


async def answered(
    http: httpx.AsyncClient, method: str, target: str, body: bytes, headers: Mapping[str, str]
) -> httpx.Response:
    """What the platform answers, within its time and the caller's. Raises ProviderUnavailable."""
    timeout = for_outgoing(http.timeout.read or DEFAULT_SECONDS)
    async with answering():
        return await http.request(method, target, content=body or None, headers=headers, timeout=timeout)


def merchant_key(file: Path) -> bytes:
    """Our own key, in PEM. Raises ProviderUnavailable while there is none."""
    try:
        return file.read_bytes()
    except FileNotFoundError as missing:
        _log.error("merchant_key_missing", path=str(file))
        raise ProviderUnavailable() from missing


async def lines(response: httpx.Response, digest: Digest) -> AsyncIterator[str]:
    """The lines of a streamed answer, each byte of which goes into `digest`."""
    rest = b""
    async for chunk in response.aiter_bytes():
        digest.update(chunk)
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode().rstrip("\r")
    if rest:
        yield rest.decode()
