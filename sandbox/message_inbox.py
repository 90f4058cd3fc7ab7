"""Text messages and e-mails: what would have gone to a phone or a mailbox lies in an inbox instead."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.clock import Clock
from chassis.ids import new_id
from sandbox.faults.active_faults import ActiveFaults, with_fault
from sandbox.faults.fault_table import Fault, FaultKind, FaultTarget, arrival_time
from sandbox.storage.row_conversion import insert
from sandbox.storage.store import Store
from sandbox.storage.timestamps import to_text
from sandbox.web.requests_and_answers import Body, Json, answer, body_of, limit_of, parsed

HANDED_OVER: Final = frozenset({FaultKind.SLOW})
"""Faults of the answer; the others are of the message."""


class Channel(Enum):
    """How a message travels."""

    SMS = "SMS"
    EMAIL = "EMAIL"


class NewMessage(Body):
    """`POST /messages`."""

    channel: Channel
    to: str = Field(min_length=1, max_length=320)
    template: str = Field(max_length=100)
    params: dict[str, Any]
    text: str = Field(max_length=20_000)
    message_id: str = Field(default_factory=new_id, min_length=1, max_length=100)


@dataclass(frozen=True, slots=True)
class MessageInbox:
    """What has arrived, and what arrives."""

    store: Store
    clock: Clock

    async def put(self, new: NewMessage, fault: Fault | None) -> None:
        """Lays a message into the inbox; the same id again changes nothing."""
        now = self.clock.now()
        await self.store.do(lambda connection: _put(connection, new, fault, now))

    async def read(self, to: str | None, limit: int) -> list[Json]:
        """What has arrived, newest first."""
        now = self.clock.now()
        return await self.store.do(lambda connection: _read(connection, to, limit, now))


def message_routes(inbox: MessageInbox, faults: ActiveFaults) -> list[Route]:
    """The addresses."""

    async def post(request: Request) -> Response:
        new = parsed(NewMessage, await body_of(request))
        fault = await faults.exchange(FaultTarget.MESSAGES, new.to)
        await inbox.put(new, fault)
        accepted = answer({"message_id": new.message_id}, 202)
        return await with_fault(fault, accepted) if fault and fault.kind in HANDED_OVER else accepted

    async def get(request: Request) -> Response:
        messages = await inbox.read(request.query_params.get("to") or None, limit_of(request))
        return answer({"messages": messages})

    return [Route("/messages", post, methods=["POST"]), Route("/messages", get, methods=["GET"])]


def _put(connection: sqlite3.Connection, new: NewMessage, fault: Fault | None, now: datetime) -> None:
    known = connection.execute("SELECT 1 FROM messages WHERE message_id = ?", (new.message_id,)).fetchone()
    if known:
        return
    columns = new.model_dump(exclude={"to", "params"}) | {
        "recipient": new.to,
        "params": json.dumps(new.params, ensure_ascii=False),
        "create_time": now,
        "show_time": arrival_time(now, fault),
    }
    for _ in range(2 if fault is not None and fault.kind is FaultKind.DUPLICATE else 1):
        insert(connection, "messages", columns)


def _read(connection: sqlite3.Connection, to: str | None, limit: int, now: datetime) -> list[Json]:
    addressed, values = ("", ()) if to is None else ("AND recipient = ?", (to,))
    rows = connection.execute(
        'SELECT message_id, channel, recipient AS "to", template, params, text, create_time FROM messages'
        f" WHERE show_time <= ? {addressed} ORDER BY sequence DESC LIMIT ?",
        (to_text(now), *values, limit),
    )
    return [{**row, "params": json.loads(row["params"])} for row in rows]
