"""An HTTP server within the test's own process, for what a test plays itself: a platform, a register, a gateway."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import uvicorn
from starlette.types import ASGIApp

from tests.support.wait_until import PATIENCE_SECONDS


@asynccontextmanager
async def http_server(app: ASGIApp, protocol: type[asyncio.Protocol] | Literal["auto"] = "auto") -> AsyncIterator[str]:
    """Serves an application on a port of its own for the length of a block; its URL, without a slash at the end.
    `protocol`: how HTTP is spoken, uvicorn's own way unless told.

    Requests still in progress at the end of the block are dropped.
    """
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, http=protocol, ws="none", log_level="critical", lifespan="off"))
        serving = asyncio.create_task(server.serve([listening]))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not server.started:
                    await asyncio.sleep(0)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            await serving
