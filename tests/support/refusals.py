"""What a call was refused for."""

import asyncio
from collections.abc import Awaitable

import pytest

from chassis.errors import Refusal


async def refusal_of(call: Awaitable[object]) -> Refusal:
    """How a call is refused; a call that is not, or that fails otherwise, fails the test.

    Over a stub of `tests.support.grpc_server` that is a RemoteRefusal.
    """
    with pytest.raises(Refusal) as caught:
        await call
    return caught.value


async def race(*attempts: Awaitable[object]) -> list[object]:
    """Runs attempts at once; their results and refusals, in the order given. Raises whatever else happens."""
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, Refusal):
            raise outcome
    return list(outcomes)
