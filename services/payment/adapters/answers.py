"""What the adapters of platforms share: connections, no answer is ProviderUnavailable, and long answers are read by
line.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Protocol

import httpx

from chassis.external_systems.monitors import Monitor, MonitoredClient
from chassis.telemetry.logs import get_logger
from services.payment.errors import ProviderUnavailable

_log = get_logger(__name__)

DEFAULT_SECONDS: Final = 5.0
"""How long a platform may take to answer, unless its connections say otherwise."""


class Digest(Protocol):
    """A hash under way."""

    def update(self, data: bytes, /) -> None:
        """Takes more bytes in."""
        ...


@asynccontextmanager
async def platform(
    base_url: str, timeout_seconds: float, connections: int, line: Monitor
) -> AsyncIterator[httpx.AsyncClient]:
    """The connections to the platform for the length of a block. Proxies of the environment are not used: they
    would see signed money.
    """
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    settings = {"base_url": base_url, "timeout": timeout_seconds, "limits": limits, "trust_env": False}
    async with MonitoredClient(line, **settings) as http:
        yield http


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """A block in which a platform is spoken to. Raises ProviderUnavailable where it does not answer."""
    try:
        yield
    except httpx.HTTPError as error:
        _log.warning("platform_unreachable", error=type(error).__name__)
        raise ProviderUnavailable() from error


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
