"""The receipt portal (电子票据, PA-9): a receipt is asked for after a payment and available at its time."""

import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import AwareDatetime, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.clock import Clock
from sandbox.faults.active_faults import ActiveFaults, with_fault
from sandbox.faults.fault_table import HINDRANCES, Fault, FaultKind, FaultTarget, arrival_time
from sandbox.pages.templates import page
from sandbox.payments.operations import MOST_FEN
from sandbox.storage.row_conversion import insert
from sandbox.storage.store import Store
from sandbox.storage.timestamps import from_text, to_text
from sandbox.web.refusals import conflict, unknown
from sandbox.web.requests_and_answers import Body, Json, answer, body_of, parsed, wants_page

CODE: Final = "00010126"
"""The kind of receipt (票据代码), as real portals number them."""


class ReceiptItem(Body):
    """One line of a receipt."""

    name: str = Field(min_length=1, max_length=200)
    amount_fen: int = Field(ge=0, le=MOST_FEN)


class NewReceipt(Body):
    """`POST /receipts`."""

    order_id: str = Field(pattern=r"^[0-9A-Za-z_.\-]{1,64}$")
    amount_fen: int = Field(gt=0, le=MOST_FEN)
    paid_time: AwareDatetime
    items: list[ReceiptItem] = Field(min_length=1, max_length=200)
    available_time: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class ReceiptPortal:
    """Receipts that are asked for, and those that are there."""

    store: Store
    clock: Clock
    delay: timedelta
    public_url: str

    async def ask(self, new: NewReceipt, fault: Fault | None) -> Json:
        """Asks for an order's receipt and tells from when it is there. Raises Refused for other content than before."""
        promised = new.available_time or self.clock.now() + self.delay
        return await self.store.do(lambda connection: _ask(connection, new, promised, fault))

    async def issue(self, order_id: str) -> Json:
        """Issues an order's receipt now, whenever it was promised for. Raises Refused when it was never asked for."""
        now = self.clock.now()
        await self.store.do(lambda connection: _issue(connection, order_id, now))
        return await self.get(order_id)

    async def get(self, order_id: str) -> Json:
        """An order's receipt. Raises Refused while there is none."""
        now = self.clock.now()
        row = await self.store.do(lambda connection: _get(connection, order_id, now))
        return {
            "order_id": order_id,
            "code": CODE,
            "number": f"{row['number']:010d}",
            "check_code": hashlib.sha256(f"{row['number']}.{row['content']}".encode()).hexdigest()[:6],
            "url": f"{self.public_url}/receipts/{order_id}",
            "issued_time": row["available_time"],
        }


def receipt_routes(portal: ReceiptPortal, faults: ActiveFaults) -> list[Route]:
    """The addresses."""

    async def post(request: Request) -> Response:
        new = parsed(NewReceipt, await body_of(request))
        fault = await faults.exchange(FaultTarget.RECEIPTS, new.order_id)
        return await _unless_lost(fault, answer(await portal.ask(new, fault), 202))

    async def get(request: Request) -> Response:
        order_id = request.path_params["order_id"]
        fault = await faults.exchange(FaultTarget.RECEIPTS, order_id, HINDRANCES)
        receipt = await portal.get(order_id)
        shown = page("receipt.html", receipt=receipt) if wants_page(request) else answer(receipt)
        return await with_fault(fault, shown)

    async def issue(request: Request) -> Response:
        return answer(await portal.issue(request.path_params["order_id"]))

    return [
        Route("/receipts", post, methods=["POST"]),
        Route("/receipts/{order_id}:issue", issue, methods=["POST"]),
        Route("/receipts/{order_id}", get, methods=["GET"]),
    ]


async def _unless_lost(fault: Fault | None, response: Response) -> Response:
    """A lost receipt was asked for and answered like any other."""
    return response if fault is not None and fault.kind is FaultKind.LOST else await with_fault(fault, response)


def _ask(connection: sqlite3.Connection, new: NewReceipt, promised: datetime, fault: Fault | None) -> Json:
    content = new.model_dump_json()
    present = connection.execute("SELECT * FROM receipts WHERE order_id = ?", (new.order_id,)).fetchone()
    if present is not None:
        if present["content"] != content:
            raise conflict("RECEIPT_MISMATCH", "同一订单的票据内容不同", "the order's receipt has other content")
        return {"order_id": new.order_id, "available_time": present["promised_time"]}
    times = {"promised_time": promised, "available_time": arrival_time(promised, fault)}
    insert(connection, "receipts", {"order_id": new.order_id, "content": content, **times})
    return {"order_id": new.order_id, "available_time": to_text(promised)}


def _issue(connection: sqlite3.Connection, order_id: str, now: datetime) -> None:
    """An issued receipt keeps the time at which it was issued."""
    if not _is_available(_asked_for(connection, order_id), now):
        connection.execute("UPDATE receipts SET available_time = ? WHERE order_id = ?", (to_text(now), order_id))


def _get(connection: sqlite3.Connection, order_id: str, now: datetime) -> sqlite3.Row:
    row = _asked_for(connection, order_id)
    if not _is_available(row, now):
        raise unknown("RECEIPT_NOT_YET_AVAILABLE", "票据尚未开具", "the receipt is not yet available")
    return row


def _asked_for(connection: sqlite3.Connection, order_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute("SELECT * FROM receipts WHERE order_id = ?", (order_id,)).fetchone()
    if row is None:
        raise unknown("RECEIPT_UNKNOWN", "未申请该票据", "this receipt has not been asked for")
    return row


def _is_available(row: sqlite3.Row, now: datetime) -> bool:
    return row["available_time"] is not None and from_text(row["available_time"]) <= now
