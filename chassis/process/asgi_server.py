"""The HTTP server of a process that speaks HTTP to people or tools: uvicorn, with the house's manners.

The port is taken before anything is announced, SIGTERM drains as the gRPC server does, and logs are ours.
"""

import asyncio
import contextlib
import resource
import socket
from collections.abc import Callable, Iterator
from typing import Any, Final, Literal

import uvicorn

from chassis.config import ServerConfig
from chassis.process.admin_port import PortTaken
from chassis.process.signals import stop_signals
from chassis.telemetry.logs import get_logger

_log = get_logger(__name__)

BACKLOG: Final = 4096
KEEP_ALIVE_SECONDS: Final = 75


class _Server(uvicorn.Server):
    """Uvicorn's server, told to stop by us instead of by signals."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_http(
    app: Any,
    config: ServerConfig,
    *,
    draining: Callable[[], None],
    trusted_proxies: str = "127.0.0.1",
    protocol: type[asyncio.Protocol] | Literal["auto"] = "auto",
) -> None:
    """Serves the ASGI application until SIGTERM or SIGINT, then drains.

    `draining` is called when the process is told to stop: from then on it is not ready. Requests in progress finish
    within the grace period. `trusted_proxies`: whose X-Forwarded-For and -Proto are believed.
    `protocol`: how HTTP is spoken, uvicorn's own way unless told. Raises PortTaken.
    """
    _allow_files()
    listening = _listen(config)
    server = _Server(
        uvicorn.Config(
            app,
            http=protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=max(1, round(config.grace_seconds)),
            forwarded_allow_ips=trusted_proxies,
        )
    )
    with stop_signals() as stop:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        stopping = asyncio.create_task(stop.wait())
        _log.info("serving", port=listening.getsockname()[1])
        try:
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            _log.info("draining", grace_seconds=config.grace_seconds)
            draining()
            await asyncio.sleep(config.drain_seconds if stop.is_set() else 0.0)
        finally:
            stopping.cancel()
            server.should_exit = True
            await serving


def _allow_files() -> None:
    """A connection is a file, and thousands of open pages are more than processes may have unless they ask."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _listen(config: ServerConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if config.reuse_port:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listening.bind((config.host, config.port))
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        raise PortTaken(f"{config.host}:{config.port}") from error
    return listening
