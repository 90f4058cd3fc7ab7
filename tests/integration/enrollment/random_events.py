"""A small world for the stateful test: candidates at two schools, a payment service that plays by its rules, and what
can happen at once. The deeds are done by processes that share nothing but the database.
"""

import asyncio
import itertools
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from zikao.payment.v1 import payment_service_pb2 as payment_pb

from chassis.clock import SHANGHAI
from chassis.errors import Refusal
from chassis.postgres.database import Database
from chassis.security.tokens import Access, Principal
from services.enrollment.dependencies import Dependencies
from services.enrollment.domain.checkouts import OrderFate
from services.enrollment.domain.practice_sittings import sitting_at
from services.enrollment.domain.selections import Selection, SelectionState
from services.enrollment.jobs.session_deadlines import SessionDeadlines
from services.enrollment.usecases import order_outcomes, practice_administration, selections
from tests.integration.enrollment.exam_sessions import Session
from tests.integration.enrollment.stand_ins import (
    CHINESE,
    NORMAL_UNIVERSITY,
    STAFF_MANAGEMENT,
    STAFF_UNIVERSITY,
    BookedOrders,
    Candidate,
)

PLACES = (STAFF_UNIVERSITY, STAFF_MANAGEMENT), (NORMAL_UNIVERSITY, CHINESE)
PASSED = ("00051", "13967")
THEORY = (("04184", "14112", "13811", "14104", "06091"), ("00538", "03954", "00540", "00037", "00541"))
"""Theory courses of the two places: two in one half-day, and one in each of the others."""

PRACTICE = ("14106", "00052", "13968")
"""Practice courses at the first place."""

TIMES = (
    None,
    (date(2026, 10, 24), time(9), time(10)),
    (date(2026, 10, 24), time(9, 30), time(10, 30)),
    (date(2026, 10, 24), time(10), time(11)),
    (date(2026, 10, 25), time(14), time(16)),
    (date(2026, 10, 31), time(9), time(10)),
)
OPERATOR = Principal(Access.OPERATOR, "an operator")


@dataclass
class World:
    """What a run is played with. `paid` and `refunded` hold the items of orders whose money was taken or given back."""

    session: Session
    people: list[Candidate]
    db: Database
    orders: BookedOrders
    processes: Sequence[Dependencies]
    paid: dict[str, set[str]] = field(default_factory=dict)
    refunded: set[str] = field(default_factory=set)
    turns: "itertools.count[int]" = field(default_factory=itertools.count)

    async def at_once(self, *deeds: Awaitable[object]) -> None:
        """Several things at the same moment; what the rules refuse is no surprise, anything else is."""
        for outcome in await asyncio.gather(*deeds, return_exceptions=True):
            if isinstance(outcome, BaseException) and not isinstance(outcome, Refusal):
                raise outcome

    async def select(self, who: int, place: int, course: int) -> None:
        """A candidate selects a theory course."""
        await self.session.select(self.people[who], THEORY[place][course], self._process(), place)

    async def select_practice(self, who: int, course: int) -> None:
        """A candidate selects a practice course."""
        await self.session.select(self.people[who], PRACTICE[course], self._process())

    async def take_back(self, who: int, _place: int, choice: int) -> None:
        """A candidate takes something back."""
        if held := await self._live(who):
            chosen = held[choice % len(held)]
            await selections.take_back_selection(self._process(), chosen.candidate_id, chosen.selection_id)

    async def check_out(self, who: int) -> None:
        """A candidate checks out."""
        await self.session.check_out(self.people[who], self._process())

    async def pay(self, who: int) -> None:
        """A candidate pays; the news arrives twice, at once (F-2, F-13)."""
        for order_id, items in (await self._checkouts(who, OrderFate.UNSETTLED)).items():
            self.orders.book[order_id] = OrderFate.PAID
            self.paid[order_id] = set(items)
            await asyncio.gather(*(self._hear_paid(order_id, items) for _ in range(2)))

    async def expire(self, who: int) -> None:
        """A candidate's order ends unpaid."""
        for order_id in await self._checkouts(who, OrderFate.UNSETTLED):
            self.orders.book[order_id] = OrderFate.ENDED_UNPAID
            deps = self._process()
            async with deps.transactions.begin() as transaction:
                await order_outcomes.release_unpaid_order(deps, transaction, order_id)

    async def pay_late(self, who: int) -> None:
        """Money arrives on an order that has ended: enrollment decides what becomes of it (PA-6)."""
        for order_id, items in (await self._checkouts(who, OrderFate.ENDED_UNPAID)).items():
            deps = self._process()
            async with deps.transactions.begin() as transaction:
                await order_outcomes.decide_late_money(deps, transaction, order_id, items)
            decided = payment_pb.SettleLateMoneyRequest.FromString(
                await self.db.driver.fetchval(
                    "SELECT payload FROM outbox WHERE destination = 'payment.SettleLateMoney' AND aggregate_id = $1 "
                    "ORDER BY seq DESC LIMIT 1",
                    order_id,
                )
            )
            if decided.decision == payment_pb.SettleLateMoneyRequest.ATTACH:
                self.orders.book[order_id] = OrderFate.PAID
                self.paid[order_id] = set(items)
                await self._hear_paid(order_id, items)

    async def refund(self, who: int) -> None:
        """Payment gives the money of an order back."""
        for items in (await self._checkouts(who, OrderFate.PAID)).values():
            self.refunded |= set(items)
            deps = self._process()
            async with deps.transactions.begin() as transaction:
                await order_outcomes.void_refunded_items(deps, transaction, items)

    async def set_time(self, course: int, moment: int) -> None:
        """The school sets, moves or clears the time of a practice course (EN-6)."""
        when = TIMES[moment]
        start, end = (_instant(when[0], when[1]), _instant(when[0], when[2])) if when else (None, None)
        wanted = sitting_at(self.session.session_id, STAFF_UNIVERSITY, PRACTICE[course], start, end)
        await practice_administration.set_practice_time(self._process(), wanted, OPERATOR)

    async def confirm(self, who: int) -> None:
        """The school confirms what it has collected (EN-10)."""
        for held in await self._live(who):
            if held.state is SelectionState.AWAITING_SCHOOL:
                await practice_administration.confirm_practice_payment(self._process(), held.selection_id, OPERATOR)

    async def settle_times(self) -> None:
        """The background job looks whether collisions are over."""
        await self._process().practice_courses.give_free_times()

    async def end(self) -> None:
        """The window ends, and two processes notice at once (EN-8, F-15)."""
        self.session.ends()
        await asyncio.gather(*(SessionDeadlines(self._process()).end_due_sessions() for _ in range(2)))

    def _process(self) -> Dependencies:
        """The processes take turns; each has its own idea of the catalogue."""
        return self.processes[next(self.turns) % len(self.processes)]

    async def _live(self, who: int) -> list[Selection]:
        return list(await self._process().candidate_sessions.list_live_selections(self.people[who].candidate_id))

    async def _checkouts(self, who: int, fate: OrderFate) -> dict[str, list[str]]:
        found = await self.db.driver.fetch(
            "SELECT order_id::text, selection_ids::text[] FROM checkouts WHERE candidate_id = $1 AND session_id = $2",
            self.people[who].candidate_id,
            self.session.session_id,
        )
        return {order_id: items for order_id, items in found if self.orders.book.get(order_id) is fate}

    async def _hear_paid(self, order_id: str, items: list[str]) -> None:
        deps = self._process()
        async with deps.transactions.begin() as transaction:
            await order_outcomes.count_paid_orders(deps, transaction, {order_id: items})


def _instant(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, SHANGHAI)
