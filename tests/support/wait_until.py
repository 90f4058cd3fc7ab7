"""How a test waits for what another task, process or machine does: for a condition, never for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

PATIENCE_SECONDS: Final = 180.0
"""How long a condition may take before its test fails. Only a broken program reaches it, however slow the machine."""

Found = TypeVar("Found")


async def wait_until(look: Callable[[], Awaitable[Found]], every_seconds: float = 0.01) -> Found:
    """What `look` finds, as soon as that is true. Raises TimeoutError after PATIENCE_SECONDS."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (found := await look()):
            await asyncio.sleep(every_seconds)
    return found


def block_until(look: Callable[[], Found], every_seconds: float = 0.05) -> Found:
    """The same outside an event loop."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        if time.monotonic() > end:
            raise TimeoutError(f"still not so after {PATIENCE_SECONDS:.0f} s")
        time.sleep(every_seconds)
    return found
