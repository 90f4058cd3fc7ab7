"""Makes trouble while journeys are played: sets the sandbox's faults, kills the suite's processes, counts both."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Sequence
from typing import Final

from cli.journey.chaos.fault_choice import PlannedFault
from cli.journey.clients.http_client import Caller, Deviation
from cli.suite.running_suite import RunningSuite
from sandbox.faults.fault_table import GLOBAL

BACK_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.1
WITH_REDIS: Final = frozenset({"redis", "identity"})
"""Alone, identity keeps the codes that it has sent in memory."""


class Troublemaker:
    """Knows what has been set and killed so far."""

    def __init__(self, sandbox: Caller, suite: RunningSuite, kills: Sequence[tuple[int, str]]) -> None:
        """`kills`: after how many ended journeys which process is killed, in order; but for those that a suite without
        Redis does not have, or that keep there what cannot be lost.
        """
        self._sandbox = sandbox
        self._suite = suite
        has_redis = suite.pid_of("redis") is not None
        self._to_come = deque(kill for kill in kills if has_redis or kill[1] not in WITH_REDIS)
        self._killing: set[asyncio.Task[None]] = set()
        self.set: Counter[str] = Counter()
        self.killed: Counter[str] = Counter()

    async def begin(self, troubles: Sequence[PlannedFault]) -> None:
        """Sets the faults of a journey that begins."""
        for trouble in troubles:
            await self._sandbox.call("set a fault", "PUT", f"/faults/{GLOBAL}", json=trouble.as_json())
            self.set[trouble.name] += 1

    def ended(self, journeys: int) -> None:
        """Kills what is to be killed after so many journeys."""
        while self._to_come and self._to_come[0][0] <= journeys:
            killing = asyncio.create_task(self._kill(self._to_come.popleft()[1]))
            self._killing.add(killing)

    async def calm(self) -> None:
        """No more trouble: the faults for everybody are cleared, and whatever was to be killed has been. Raises
        Deviation.
        """
        try:
            await asyncio.gather(*self._killing)
        finally:
            await self._sandbox.call("clear the faults", "DELETE", f"/faults/{GLOBAL}", status=204)

    async def _kill(self, name: str) -> None:
        """Kills a process, as soon as it has come back from the last time. Raises Deviation when it does not."""
        deadline = time.monotonic() + BACK_SECONDS
        while not self._suite.kill(name):
            if time.monotonic() > deadline:
                raise Deviation(f"kill {name}: expected it to be started again within {BACK_SECONDS:.0f} s")
            await asyncio.sleep(LOOK_SECONDS)
        self.killed[name] += 1
