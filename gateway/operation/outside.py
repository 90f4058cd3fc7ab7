"""The systems outside: what answers, since when what does not, how much waits; asked of the services they belong to."""

import asyncio
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from zikao.common.v1 import external_system_pb2

from chassis.errors import Code, Refusal
from gateway.web.page import Page

SILENT: Final = frozenset({Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED})
ANSWERS, FAILS, UNKNOWN = 1, 2, 3
"""How a system fares, as `labels` names it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A system, how it fares, and the service that depends on it."""

    service: str
    system: external_system_pb2.ExternalSystem
    fares: int


async def show(page: Page) -> Response:
    """All of them; a service that does not answer itself is named, and hides no other."""
    names = tuple(page.services.outside)
    answers = await asyncio.gather(*(_of(page, name) for name in names))
    systems = [
        Shown(name, one, _fares(one)) for name, found in zip(names, answers, strict=True) if found for one in found
    ]
    return page.render(
        "operation/outside.html",
        systems=systems,
        silent=[name for name, found in zip(names, answers, strict=True) if found is None],
        now=page.now,
    )


async def _of(page: Page, service: str) -> list[external_system_pb2.ExternalSystem] | None:
    request = external_system_pb2.ListExternalSystemsRequest()
    try:
        answer = await page.ask(page.services.outside[service].ListExternalSystems, request)
    except Refusal as refusal:
        if refusal.code not in SILENT:
            raise
        return None
    return list(answer.systems)


def _fares(system: external_system_pb2.ExternalSystem) -> int:
    if system.HasField("failing_since_time"):
        return FAILS
    return ANSWERS if system.HasField("success_time") else UNKNOWN
