"""Changes that lost a race: read and decided again, a few times, and then refused in one way everywhere."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from chassis.errors import Contention

Result = TypeVar("Result")

ROUNDS: Final = 5


async def until_applied(attempt: Callable[[], Awaitable[Result | None]]) -> Result:
    """What `attempt` answers, which reads, decides and applies, and answers None when somebody else was faster.

    Raises what `attempt` raises, and Contention after five rounds.
    """
    for _ in range(ROUNDS):
        if (applied := await attempt()) is not None:
            return applied
    raise Contention()
