"""`POST /v1/sessions/{session_id}:checkout` of the monolith: token, gates, order, items, reserved selections and the
outgoing message, in one transaction.

Written as well as such an application usually is, and where in doubt in its favour: two queries with eager loading, the
exam session remembered in the process, nothing extra on the happy path for idempotency, no relay behind the outbox.
"""

import json
import os
import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload, selectinload

from bench.monolith.gates import bearer, must_pass
from bench.monolith.settings import DATABASE_URL
from bench.monolith.tables import Candidate, ExamSession, Order, OrderItem, Outgoing, Participation, Selection
from chassis.ids import new_id

REMEMBERED_SECONDS = 1.0

app = FastAPI()
engine = create_async_engine(os.environ[DATABASE_URL], pool_size=16, max_overflow=0)
new_session = async_sessionmaker(engine, expire_on_commit=False)
remembered: dict[str, tuple[ExamSession, float]] = {}


class CheckoutRequest(BaseModel):
    """As the suite's: a request id that makes a replay safe, and the selections the candidate saw."""

    model_config = ConfigDict(alias_generator=to_camel)
    request_id: uuid.UUID
    selection_ids: list[uuid.UUID] = []


class Item(BaseModel):
    """One course of the order."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    selection_id: str
    registration_id: str
    course_code: str
    course_name: str
    fee_fen: int


class Checkout(BaseModel):
    """The created order."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    order_id: str
    session_id: str
    items: list[Item]
    total_fen: int
    order_state: str
    undertaking_version: str
    payment_cutoff_time: datetime
    create_time: datetime


async def unit_of_work() -> AsyncIterator[AsyncSession]:
    """A session per request, committed by the handler."""
    async with new_session() as work:
        yield work


Work = Annotated[AsyncSession, Depends(unit_of_work)]


@app.get("/readyz")
async def ready(work: Work) -> dict[str, str]:
    """Says that the application serves and reaches its database."""
    await work.scalar(select(1))
    return {"status": "ready"}


@app.post("/v1/sessions/{session_id}:checkout")
async def checkout(
    session_id: str, body: CheckoutRequest, candidate_id: Annotated[str, Depends(bearer)], work: Work
) -> Checkout:
    """Creates one order over the caller's draft selections (EN-10); the same request again answers the same order."""
    session = await _session(session_id, work)
    candidate, chosen = await _candidate(candidate_id, session_id, work), await _drafts(candidate_id, session_id, work)
    now = datetime.now(UTC)
    must_pass(session, candidate, chosen, now)
    if not chosen:
        return await _replayed(candidate_id, body, "NOTHING_TO_CHECK_OUT", work)
    if body.selection_ids and {str(one) for one in body.selection_ids} != {one.id for one in chosen}:
        raise HTTPException(409, "DRAFTS_CHANGED")
    order = _order(candidate_id, session, str(body.request_id), chosen, now)
    work.add(order)
    work.add(Outgoing(id=new_id(), kind="order_created", payload=json.dumps({"order_id": order.id}), create_time=now))
    try:
        await work.commit()
    except IntegrityError:
        await work.rollback()
        return await _replayed(candidate_id, body, "ORDER_UNSETTLED", work)
    return _answer(order)


async def _session(session_id: str, work: AsyncSession) -> ExamSession:
    session, until = remembered.get(session_id, (None, 0.0))
    if session is None or until < time.monotonic():
        session = await work.get(ExamSession, session_id)
        if session is None:
            raise HTTPException(404, "NOT_FOUND")
        remembered[session_id] = session, time.monotonic() + REMEMBERED_SECONDS
    return session


async def _candidate(candidate_id: str, session_id: str, work: AsyncSession) -> Candidate:
    of_session = Candidate.participations.and_(Participation.session_id == session_id)
    found = await work.scalars(
        select(Candidate)
        .where(Candidate.id == candidate_id)
        .options(joinedload(Candidate.registrations), joinedload(of_session))
    )
    candidate = found.unique().one_or_none()
    if candidate is None:
        raise HTTPException(404, "NOT_FOUND")
    return candidate


async def _drafts(candidate_id: str, session_id: str, work: AsyncSession) -> list[Selection]:
    of_candidate = (Selection.candidate_id == candidate_id, Selection.session_id == session_id, Selection.live)
    drafts = select(Selection).where(*of_candidate, Selection.state == "DRAFT").order_by(Selection.course_code)
    return list(await work.scalars(drafts.with_for_update()))


async def _replayed(candidate_id: str, body: CheckoutRequest, otherwise: str, work: AsyncSession) -> Checkout:
    made = select(Order).where(Order.candidate_id == candidate_id, Order.request_id == str(body.request_id))
    order = await work.scalar(made.options(selectinload(Order.items)))
    if order is None:
        raise HTTPException(409, otherwise)
    return _answer(order)


def _order(candidate_id: str, session: ExamSession, request_id: str, chosen: list[Selection], now: datetime) -> Order:
    order = Order(
        id=new_id(),
        candidate_id=candidate_id,
        session_id=session.id,
        request_id=request_id,
        total_fen=sum(one.fee_fen for one in chosen),
        undertaking_version=session.undertaking_version,
        payment_cutoff=session.payment_cutoff,
        state="CREATED",
        create_time=now,
    )
    for one in chosen:
        one.state, one.order_id, one.update_time = "RESERVED", order.id, now
        order.items.append(_item(one))
    return order


def _item(one: Selection) -> OrderItem:
    return OrderItem(
        selection_id=one.id,
        registration_id=one.registration_id,
        course_code=one.course_code,
        course_name=one.course_name,
        fee_fen=one.fee_fen,
    )


def _answer(order: Order) -> Checkout:
    items = [
        Item(
            selection_id=item.selection_id,
            registration_id=item.registration_id,
            course_code=item.course_code,
            course_name=item.course_name,
            fee_fen=item.fee_fen,
        )
        for item in order.items
    ]
    return Checkout(
        order_id=order.id,
        session_id=order.session_id,
        items=items,
        total_fen=order.total_fen,
        order_state="UNSETTLED",
        undertaking_version=order.undertaking_version,
        payment_cutoff_time=order.payment_cutoff,
        create_time=order.create_time,
    )
