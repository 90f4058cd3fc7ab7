"""`POST /v1/sessions/{session_id}:checkout` of the monolith: token, gates, total, order, items, outgoing message, one
transaction.
"""

import json
import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException
from joserfc import jwt
from joserfc.jwk import OKPKey
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from bench.monolith.tables import Candidate, ExamSession, Order, OrderItem, Outgoing, Selection

app = FastAPI()
engine = create_async_engine(os.environ["MONOLITH_DATABASE_URL"], pool_size=16, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
public_key = OKPKey.import_key(open(os.environ["MONOLITH_PUBLIC_KEY"], "rb").read())  # noqa: SIM115 (read once, at import)
verified_tokens: dict[str, str] = {}


class CheckoutRequest(BaseModel):
    """As the suite's: a request id that makes a replay safe."""

    request_id: uuid.UUID


class Item(BaseModel):
    """One course of the order."""

    selection_id: str
    course_code: str
    course_name: str
    fee_fen: int


class Checkout(BaseModel):
    """The created order."""

    order_id: str
    state: str
    total_fen: int
    items: list[Item]


async def unit_of_work() -> AsyncIterator[AsyncSession]:
    """A session per request, committed by the handler."""
    async with sessions() as session:
        yield session


def caller(authorization: Annotated[str, Header()]) -> str:
    """The candidate's id from the bearer token; verified tokens are remembered, as the suite does."""
    token = authorization.removeprefix("Bearer ")
    if token not in verified_tokens:
        verified_tokens[token] = str(jwt.decode(token, public_key, algorithms=["Ed25519"]).claims["sub"])
    return verified_tokens[token]


@app.get("/readyz")
async def ready() -> dict[str, str]:
    """Says that the application serves."""
    return {"status": "ready"}


@app.post("/v1/sessions/{session_id}:checkout")
async def checkout(
    session_id: str,
    body: CheckoutRequest,
    candidate_id: Annotated[str, Depends(caller)],
    work: Annotated[AsyncSession, Depends(unit_of_work)],
) -> Checkout:
    """Creates one order over the caller's draft selections (EN-10)."""
    candidate = await work.get(Candidate, candidate_id)
    session = await work.get(ExamSession, session_id)
    now = datetime.now(UTC)
    if candidate is None or session is None or not session.registration_begins <= now < session.registration_ends:
        raise HTTPException(409, "WINDOW_CLOSED")
    if not (
        candidate.details_confirmed and candidate.phone_verified and candidate.verified and candidate.ticket_number
    ):
        raise HTTPException(409, "GATES_UNMET")
    chosen = list(
        await work.scalars(
            select(Selection).where(
                Selection.candidate_id == candidate_id, Selection.session_id == session_id, Selection.state == "DRAFT"
            )
        )
    )
    if not chosen:
        raise HTTPException(409, "NOTHING_TO_CHECK_OUT")
    order = _order(candidate_id, session, str(body.request_id), chosen, now)
    work.add(order)
    work.add(Outgoing(kind="order_created", payload=json.dumps({"order_id": order.id}), create_time=now))
    try:
        await work.commit()
    except IntegrityError as live:
        raise HTTPException(409, "LIVE_ORDER_EXISTS") from live
    items = [
        Item(selection_id=one.id, course_code=one.course_code, course_name=one.course_name, fee_fen=one.fee_fen)
        for one in chosen
    ]
    return Checkout(order_id=order.id, state=order.state, total_fen=order.total_fen, items=items)


def _order(candidate_id: str, session: ExamSession, request_id: str, chosen: list[Selection], now: datetime) -> Order:
    order = Order(
        id=str(uuid.uuid4()),
        candidate_id=candidate_id,
        session_id=session.id,
        request_id=request_id,
        total_fen=sum(one.fee_fen for one in chosen),
        undertaking_version=session.undertaking_version,
        state="CREATED",
        create_time=now,
    )
    for one in chosen:
        one.state, one.order_id = "RESERVED", order.id
        order.items.append(
            OrderItem(id=str(uuid.uuid4()), selection_id=one.id, course_code=one.course_code, fee_fen=one.fee_fen)
        )
    return order
