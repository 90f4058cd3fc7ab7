"""The systems outside: what answers, since when what does not, how much waits; asked of the services they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response
from zikao.common.v1 import external_system_pb2

from gateway.operation.day.service_answers import of_each_service
from gateway.web.page_request import Page

Request = external_system_pb2.ListExternalSystemsRequest
ANSWERS, FAILS, UNKNOWN = 1, 2, 3
"""A system's health, as `labels` names it."""


@dataclass(frozen=True, slots=True)
class SystemHealth:
    """A system, how it fares, and the service that depends on it."""

    service: str
    system: external_system_pb2.ExternalSystem
    health: int


async def show(page: Page) -> Response:
    """All of them; a service that does not answer itself is named, and hides no other."""
    systems, silent = await systems_outside(page)
    return page.render("operation/external_systems.html", systems=systems, silent=silent, now=page.now)


async def systems_outside(page: Page) -> tuple[Sequence[SystemHealth], Sequence[str]]:
    """Every system with its health, and the services that did not answer for theirs."""
    answers = await of_each_service(page, Request())
    systems = [
        SystemHealth(name, one, _health(one)) for name, found in answers.items() if found for one in found.systems
    ]
    return systems, [name for name, found in answers.items() if found is None]


def _health(system: external_system_pb2.ExternalSystem) -> int:
    if system.HasField("failing_since_time"):
        return FAILS
    return ANSWERS if system.HasField("success_time") else UNKNOWN
