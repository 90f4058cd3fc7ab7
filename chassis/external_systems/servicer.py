"""`ExternalSystemService` of any service: how the systems outside fare, for operators (OP-2)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zikao.common.v1 import external_system_pb2

from chassis.external_systems.health_store import ExternalSystems
from chassis.external_systems.passive_health import Monitor, Role


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits for a system, and since when the oldest of it does."""

    count: int
    since: datetime | None


System = tuple[int, str]
"""A role, and which of several with it."""

CountBacklogs = Callable[[], Awaitable[Mapping[System, Backlog]]]
"""What waits, by system; one for which nothing is ever kept waiting is left out."""


class ExternalSystemServicer:
    """Serves the contract of that name of whichever service."""

    def __init__(self, systems: ExternalSystems, count_backlogs: CountBacklogs | None) -> None:
        """`count_backlogs`: None where nothing ever waits for a system outside."""
        self._systems = systems
        self._count_backlogs = count_backlogs

    async def ListExternalSystems(  # noqa: N802
        self, request: external_system_pb2.ListExternalSystemsRequest, context: object
    ) -> external_system_pb2.ListExternalSystemsResponse:
        """What answers, since when what does not, how much waits."""
        known = await self._systems.known()
        backlogs = await self._count_backlogs() if self._count_backlogs else {}
        return external_system_pb2.ListExternalSystemsResponse(
            systems=[
                _shown(one, known.get((Role.Name(one.role), one.name), {}), backlogs.get((one.role, one.name)))
                for one in self._systems.monitors
            ]
        )


def _shown(monitor: Monitor, kept: Mapping[str, Any], backlog: Backlog | None) -> external_system_pb2.ExternalSystem:
    waits = {"waiting_count": backlog.count, "waiting_since_time": backlog.since} if backlog else {}
    return external_system_pb2.ExternalSystem(**{"role": monitor.role, "name": monitor.name, **kept, **waits})
