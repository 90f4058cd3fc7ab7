"""Answers of several services to one question: one that is away is named, and hides no other."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, Final, TypeVar

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message

from chassis.errors import Code, Refusal
from gateway.contracts.rpcs import process_of
from gateway.web.page_request import Page

Answer = TypeVar("Answer")
SILENT: Final = frozenset({Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED})


async def unless_away(asked: Awaitable[Answer]) -> Answer | None:
    """The answer; None where the service does not give one in time. Raises whatever else it refuses with."""
    try:
        return await asked
    except Refusal as refusal:
        if refusal.code not in SILENT:
            raise
        return None


async def of_each_service(page: Page, request: Message) -> Mapping[str, Any]:
    """What every service that takes the request answers, by its name; None for one that is away."""
    rpcs = page.site.services.taking(type(request))
    answers = await asyncio.gather(*(unless_away(_asked(page, rpc, request)) for rpc in rpcs))
    return dict(zip(map(process_of, rpcs), answers, strict=True))


async def _asked(page: Page, rpc: MethodDescriptor, request: Message) -> Any:
    return await page.ask_rpc(rpc, request)
