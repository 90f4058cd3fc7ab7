"""The monolith as a process of its own, on the HTTP server and the event loop that the suite uses."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
from sqlalchemy.engine import make_url

from bench.monolith.settings import DATABASE_URL, PUBLIC_KEY
from cli.suite.supervisor import ProcessFailed, answers

DATABASE: Final = "bench_monolith"
READY_SECONDS: Final = 30.0
STOP_SECONDS: Final = 10.0


def async_url(owner_url: str) -> str:
    """The database as SQLAlchemy wants it named."""
    return make_url(owner_url).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


@asynccontextmanager
async def monolith(owner_url: str, public_key: Path, port: int, workers: int, log: Path) -> AsyncIterator[int]:
    """The application, ready; its process id. Raises ProcessFailed."""
    environment = {**os.environ, DATABASE_URL: async_url(owner_url), PUBLIC_KEY: str(public_key)}
    options = ("--port", str(port), "--workers", str(workers), "--loop", "uvloop", "--no-access-log")
    with log.open("ab") as output:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "uvicorn", "bench.monolith.app:app", *options, "--log-level", "warning"),
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        await _ready(child, port, log)
        yield child.pid
    finally:
        await _end(child)


async def _ready(child: asyncio.subprocess.Process, port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    async with httpx.AsyncClient(timeout=2.0) as client:
        while not await answers(client, f"http://127.0.0.1:{port}/readyz"):
            if child.returncode is not None or time.monotonic() > deadline:
                raise ProcessFailed(f"The monolith did not start (log: {log})")
            await asyncio.sleep(0.05)


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    child.terminate()
    try:
        await asyncio.wait_for(child.wait(), STOP_SECONDS)
    except TimeoutError:
        child.kill()
        await child.wait()
