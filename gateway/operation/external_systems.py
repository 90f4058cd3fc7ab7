"""The systems outside: what answers, since when what does not, how much waits; asked of the services they belong to."""

import asyncio
from dataclasses import dataclass
from typing import Final

from google.protobuf.descriptor import MethodDescriptor
from starlette.responses import Response
from zikao.common.v1 import external_system_pb2

from chassis.errors import Code, Refusal
from gateway.contracts.rpcs import process_of
from gateway.web.page_request import Page

Request = external_system_pb2.ListExternalSystemsRequest
SILENT: Final = frozenset({Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED})
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
    rpcs = page.site.services.taking(Request)
    answers = dict(zip(map(process_of, rpcs), await asyncio.gather(*(_of(page, rpc) for rpc in rpcs)), strict=True))
    return page.render(
        "operation/external_systems.html",
        systems=[SystemHealth(name, one, _health(one)) for name, found in answers.items() for one in found or ()],
        silent=[name for name, found in answers.items() if found is None],
        now=page.now,
    )


async def _of(page: Page, rpc: MethodDescriptor) -> list[external_system_pb2.ExternalSystem] | None:
    try:
        answer = await page.ask_rpc(rpc, Request())
    except Refusal as refusal:
        if refusal.code not in SILENT:
            raise
        return None
    return list(answer.systems)


def _health(system: external_system_pb2.ExternalSystem) -> int:
    if system.HasField("failing_since_time"):
        return FAILS
    return ANSWERS if system.HasField("success_time") else UNKNOWN
