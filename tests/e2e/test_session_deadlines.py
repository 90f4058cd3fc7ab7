"""Time runs out on real processes and a real clock: QR codes that end within seconds, since their session does (F-15).

Each test shortens a session of its own; what it then waits for is a condition, and at the longest the few seconds that
the session has left.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from chassis.clock import SystemClock
from cli.demo.invented_people import invent
from cli.journey.clients.http_client import Json, eventually
from cli.journey.steps import candidate_steps, candidate_stories
from cli.journey.steps.candidate_steps import Candidate
from cli.journey.steps.course_choice import Course
from cli.journey.steps.journey_context import JourneyContext
from cli.journey.steps.own_sessions import OwnSession
from cli.staff.api_client import Api
from tests.e2e import database_invariants
from tests.e2e.test_payment_faults import fault
from tests.support.wait_until import PATIENCE_SECONDS

LONG = timedelta(minutes=10)
CUTOFF_AFTER = timedelta(milliseconds=500)
ENDS_AFTER = timedelta(seconds=6)
RACERS = 4


@dataclass(frozen=True, slots=True)
class SessionAboutToEnd:
    """A candidate in a session that ends soon."""

    journey: JourneyContext
    candidate: Candidate
    registration_id: str
    session_id: str

    async def select(self, course: Course) -> Json:
        return await candidate_steps.select(self.candidate, self.registration_id, self.session_id, course)

    async def show_code(self) -> Json:
        """Checks out what is selected, and sees the code."""
        return await candidate_steps.ask_for_qr(
            self.candidate, await candidate_steps.check_out(self.candidate, self.session_id)
        )

    async def order(self, order: Json) -> Json:
        return await self.candidate.caller.get("read the order", f"/v1/orders/{order['orderId']}")

    async def until_order(self, order: Json, holds: Callable[[Json], bool]) -> Json:
        return await self._until(lambda: self.order(order), holds)

    async def until_selections_are(self, state: str) -> None:
        path = f"/v1/sessions/{self.session_id}/overview"

        def hold(seen: Json) -> bool:
            return {one["state"] for one in seen["selections"]} == {state}

        await self._until(lambda: self.candidate.caller.get("read the overview", path), hold)

    async def _until(self, look: Callable[[], Awaitable[Json]], holds: Callable[[Json], bool]) -> Json:
        return await eventually("settle", self.candidate.caller.meter, look, holds, PATIENCE_SECONDS)


@pytest.fixture
async def own_session(journey: JourneyContext, operator: Api) -> OwnSession:
    """A session of two courses that is open, and can be made to end within seconds; its cut-off follows at once."""
    codes = [course.code for course in journey.choices.first[:2]]
    return await OwnSession.begin(operator, codes, LONG, payment_lasts=CUTOFF_AFTER)


@pytest.fixture
async def almost_over(journey: JourneyContext, own_session: OwnSession) -> SessionAboutToEnd:
    return await with_selection(journey, own_session)


async def with_selection(journey: JourneyContext, own_session: OwnSession) -> SessionAboutToEnd:
    """A new candidate with the first course selected, and nothing left to do but to check out."""
    candidate, registration = await candidate_stories.able_to_select(journey, invent(random.SystemRandom()))
    await candidate_steps.pass_the_gates(candidate, own_session.session_id)
    one = SessionAboutToEnd(journey, candidate, registration["registrationId"], own_session.session_id)
    await one.select(journey.choices.first[0])
    return one


async def end_soon(own_session: OwnSession) -> datetime:
    """The window ends in a few seconds; its end."""
    end = SystemClock().now() + ENDS_AFTER
    await own_session.end_at(end)
    return end


async def reach(instant: datetime) -> None:
    """Waits until an instant is over, by the clock of the machine."""
    while (left := (instant - SystemClock().now()).total_seconds()) > 0:
        await asyncio.sleep(min(left, 0.05))


async def trade(journey: JourneyContext, order: Json) -> Json:
    """The order as the platform has it."""
    number = order["attempt"]["outTradeNo"]
    return (await journey.outside.sandbox.get("look", "/orders", out_trade_no=number))["orders"][0]


async def pays(journey: JourneyContext, order: Json) -> bool:
    """Whether the platform takes the money now."""
    path = f"/scan/{order['attempt']['platformTradeNo']}/pay"
    said = {"accept": "application/json"}
    return (await journey.outside.sandbox.call("pay", "POST", path, headers=said, status=None)).is_success


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def is_paid(order: Json) -> bool:
    return bool(order["state"] == "PAID")


async def test_money_of_the_last_second_is_honoured_though_told_of_after_the_end(  # F-5, F-6, F-18
    journey: JourneyContext, own_session: OwnSession, almost_over: SessionAboutToEnd
) -> None:
    await end_soon(own_session)
    order = await almost_over.show_code()
    number, left = order["attempt"]["outTradeNo"], instant(order["expireTime"]) - SystemClock().now()
    await fault(journey, number, "query", "OUTAGE")
    await fault(journey, number, "notification", "LATE", seconds=left.total_seconds() + 3)
    await journey.outside.scan_and_pay(order)
    await reach(instant(order["expireTime"]))
    assert (await almost_over.order(order))["state"] == "AWAITING_PAYMENT"
    paid = await almost_over.until_order(order, is_paid)
    await almost_over.until_selections_are("EFFECTIVE")
    timeline = await almost_over.candidate.caller.get("read", f"/v1/orders/{order['orderId']}/timeline")
    [told] = [one for one in timeline["entries"] if (one["kind"], one["outcome"]) == ("STATE_CHANGED", "PAID")]
    assert instant(paid["paidTime"]) < instant(order["expireTime"]) < instant(told["time"])
    assert told["source"] == "PROVIDER"


async def test_a_payment_that_the_bank_has_when_the_time_is_over_wins(  # F-6, PA-3
    journey: JourneyContext, own_session: OwnSession, almost_over: SessionAboutToEnd
) -> None:
    await end_soon(own_session)
    order = await almost_over.show_code()
    path = f"/scan/{order['attempt']['platformTradeNo']}/hold"
    await journey.outside.sandbox.call("hold", "POST", path, headers={"accept": "application/json"})
    await reach(instant(order["expireTime"]))
    await almost_over.until_order(order, lambda seen: seen["state"] == "SUBMITTED_TO_BANK")
    await journey.outside.scan_and_pay(order)
    await almost_over.until_order(order, is_paid)
    await almost_over.until_selections_are("EFFECTIVE")


async def test_expiry_that_comes_first_closes_at_the_platform_and_later_money_goes_back(  # F-6, F-7, F-15, PA-6
    journey: JourneyContext, own_session: OwnSession, almost_over: SessionAboutToEnd
) -> None:
    await end_soon(own_session)
    order = await almost_over.show_code()
    await almost_over.until_order(order, lambda seen: seen["state"] == "EXPIRED")
    assert (await trade(journey, order))["state"] == "CLOSED"
    assert not await pays(journey, order)
    await almost_over.until_selections_are("VOID")
    await journey.outside.scan_and_pay_though_closed(order)
    back = await almost_over.until_order(order, lambda seen: seen["refundedFen"] == order["totalFen"])
    assert (back["state"], back["guidance"]["nextStep"]) == ("EXPIRED", "PAYING_AGAIN_IS_SAFE")
    assert (await trade(journey, order))["refunded_fen"] == int(order["totalFen"])


async def test_of_payments_in_the_last_instant_none_is_lost_and_none_is_kept(  # F-6
    journey: JourneyContext, own_session: OwnSession, database: database_invariants.Connection
) -> None:
    racers = await asyncio.gather(*(with_selection(journey, own_session) for _ in range(RACERS)))
    await end_soon(own_session)
    orders = await asyncio.gather(*(racer.show_code() for racer in racers))

    async def pay_at(order: Json, early: timedelta) -> bool:
        await reach(instant(order["expireTime"]) - early)
        return await pays(journey, order)

    moments = [timedelta(milliseconds=60 * (number - RACERS // 2)) for number in range(RACERS)]
    kept = await asyncio.gather(*(pay_at(order, early) for order, early in zip(orders, moments, strict=True)))
    for racer, order, has_money in zip(racers, orders, kept, strict=True):
        ended = await racer.until_order(order, lambda seen: seen["state"] in {"PAID", "EXPIRED"})
        assert (ended["state"] == "PAID") == has_money
        await racer.until_selections_are("EFFECTIVE" if has_money else "VOID")
    await database_invariants.all_delivered(database)
    assert await database_invariants.broken(database) == {}


async def test_orders_made_before_the_end_may_be_paid_until_the_cutoff_and_nothing_is_ordered_after(  # F-15, EN-8
    journey: JourneyContext, operator: Api
) -> None:
    codes = [course.code for course in journey.choices.first[:2]]
    own_session = await OwnSession.begin(operator, codes, LONG, payment_lasts=ENDS_AFTER)
    punctual, late = await asyncio.gather(*(with_selection(journey, own_session) for _ in range(2)))
    end = await end_soon(own_session)
    order, unpaid = await asyncio.gather(punctual.show_code(), late.show_code())
    assert abs(instant(order["paymentCutoffTime"]) - end - ENDS_AFTER) < timedelta(seconds=1)
    await reach(end)
    body = {"sessionId": own_session.session_id, "courseCode": codes[1], "registrationId": punctual.registration_id}
    await punctual.candidate.caller.refused("select too late", "POST", "/v1/selections", body, "GATES_UNMET")
    await journey.outside.scan_and_pay(order)
    await punctual.until_order(order, is_paid)
    await punctual.until_selections_are("EFFECTIVE")
    await late.until_order(unpaid, lambda seen: seen["state"] == "EXPIRED")
    await late.until_selections_are("VOID")
