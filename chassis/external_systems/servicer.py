"""`ExternalSystemService` of any service: how the systems outside fare, for operators (OP-2)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zikao.common.v1 import external_system_pb2

from chassis.external_systems.monitors import Monitor, Role
from chassis.external_systems.records import ExternalSystems


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits for a system, and since when the oldest of it does."""

    count: int
    since: datetime | None


System = tuple[int, str]
"""A role, and which of several with it."""

CountBacklogs = Callable[[], Awaitable[Mapping[System, Backlog]]]
"""What waits, by system; one for which nothing is ever kept waiting is left out."""


async def no_backlogs() -> Mapping[System, Backlog]:
    """For a service in which nothing ever waits for a system outside."""
    return {}


class ExternalSystemServicer:
    """Serves the contract of that name of whichever service."""

    def __init__(self, systems: ExternalSystems, count_backlogs: CountBacklogs = no_backlogs) -> None:
        self._systems = systems
        self._count_backlogs = count_backlogs

    async def ListExternalSystems(  # noqa: N802
        self, request: external_system_pb2.ListExternalSystemsRequest, context: object
    ) -> external_system_pb2.ListExternalSystemsResponse:
        """What answers, since when what does not, how much waits."""
        known, backlogs = await self._systems.known(), await self._count_backlogs()
        return external_system_pb2.ListExternalSystemsResponse(
            systems=[
                _shown(one, known.get((Role.Name(one.role), one.name)), backlogs.get((one.role, one.name)))
                for one in self._systems.monitors
            ]
        )


def _shown(monitor: Monitor, kept: Any, backlog: Backlog | None) -> external_system_pb2.ExternalSystem:
    shown = external_system_pb2.ExternalSystem(role=monitor.role, name=monitor.name)  # type: ignore[arg-type]  # an enum value
    if kept is not None:
        shown.failure = kept["failure"]
        for field in ("success_time", "failure_time", "failing_since_time"):
            if kept[field] is not None:
                getattr(shown, field).FromDatetime(kept[field])
    if backlog is not None:
        shown.waiting_count = backlog.count
        if backlog.since is not None:
            shown.waiting_since_time.FromDatetime(backlog.since)
    return shown
