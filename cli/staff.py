"""A member of staff at a terminal: logs in, does one thing, logs out; what is refused is said in one sentence."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from cli.endings import fail

if TYPE_CHECKING:
    from cli.api import Api

T = TypeVar("T")

ANSWER_SECONDS = 60.0


def as_staff(base_url: str, login_name: str, password: str, work: "Callable[[Api], Awaitable[T]]") -> T:
    """Does `work` with a login session of its own. Ends the command with the refusal's sentence."""
    from cli.api import ApiProblem

    try:
        return asyncio.run(_within_session(base_url, login_name, password, work))
    except ApiProblem as problem:
        fail(f"{problem} ({problem.reason})")


async def _within_session(base_url: str, login_name: str, password: str, work: "Callable[[Api], Awaitable[T]]") -> T:
    import httpx

    from cli.api import Api

    async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as http:
        api = await Api.log_in(http, base_url.rstrip("/"), login_name, password)
        try:
            return await work(api)
        finally:
            await api.log_out()
