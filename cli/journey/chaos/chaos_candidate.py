"""What a candidate can do in a chaos run: the journey's steps, with the patience that failing processes ask for."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from chassis.clock import SystemClock
from cli.journey.clients.http_client import Caller, Deviation, Json, eventually, identified
from cli.journey.steps import candidate_steps, reviewer_steps
from cli.journey.steps.candidate_steps import PASSWORD, Candidate
from cli.journey.steps.course_choice import Course
from cli.journey.steps.journey_context import JourneyContext

SETTLES_SECONDS = 180.0
PAUSE_SECONDS = 0.4
ENOUGH = timedelta(seconds=20)
"""Left of a session for somebody who begins to order in it."""


@dataclass(frozen=True, slots=True)
class BriefSession:
    """An exam session of one course whose window and payment cut-off come soon."""

    session_id: str
    end: datetime
    course: Course


@dataclass(frozen=True, slots=True)
class ChaosCandidate:
    """A candidate whom no gate keeps from selecting, with the courses they want and the operator they can ask.

    `briefs`: by their ends, since nobody knows how fast the machine is.
    """

    stage: JourneyContext
    candidate: Candidate
    registration_id: str
    operator: Caller
    courses: tuple[Course, ...]
    briefs: Sequence[BriefSession]

    async def order(self) -> Json:
        """Selects, checks out, and sees the QR code (EN-5, EN-10, PA-1)."""
        for course in self.courses:
            await candidate_steps.select(self.candidate, self.registration_id, self.stage.session_id, course)
        return await self.order_again()

    async def order_again(self) -> Json:
        """Checks out what is selected, and sees the QR code."""
        return await self._check_out(self.stage.session_id)

    async def order_in_a_brief_session(self) -> Mapping[str, Json]:
        """An order in the first session that does not end before it is made; all orders by their ids. Raises
        Deviation.
        """
        for brief in self.briefs:
            if brief.end - SystemClock().now() > ENOUGH:
                await self._try_to_order(brief)
                if orders := await self.orders():
                    return orders
        raise Deviation("order in a brief session: expected to be in time for one of them")

    async def orders(self) -> dict[str, Json]:
        """Every order of the candidate, by its id."""
        found = await self.candidate.caller.get("list the orders", "/v1/orders", candidateId="me")
        return {order["orderId"]: order for order in found["orders"]}

    async def append(self) -> Json:
        """Selects one more course and checks it out as soon as the order before has settled (EN-9, F-12)."""
        course, body = self.stage.choices.appended, identified()
        await candidate_steps.select(self.candidate, self.registration_id, self.stage.session_id, course)
        path = f"/v1/sessions/{self.stage.session_id}:checkout"

        async def look() -> Json:
            await asyncio.sleep(PAUSE_SECONDS)
            answer = await self.candidate.caller.call("append", "POST", path, json=body, status=None)
            return dict(answer.json())

        meter = self.candidate.caller.meter
        checkout = await eventually("append", meter, look, lambda seen: "orderId" in seen, SETTLES_SECONDS)
        await candidate_steps.order_exists(self.candidate, checkout["orderId"])
        return await candidate_steps.ask_for_qr(self.candidate, checkout)

    async def pay(self, order: Json, *, though_closed: bool = False) -> None:
        """Pays the code; `though_closed`: the platform takes the money on a code that was closed (PA-6)."""
        if though_closed:
            await self.stage.outside.scan_and_pay_though_closed(order)
        else:
            await self.stage.outside.scan_and_pay(order)

    async def press(self, order: Json, button: str) -> None:
        """Presses another button of the pay page."""
        await self.stage.outside.press("press a button", order, button)

    async def cancel(self, order: Json) -> None:
        """Cancels the order, and waits until its courses are free again (PA-3, EN-9)."""
        path = f"/v1/orders/{order['orderId']}:cancel"
        await self.candidate.caller.send("cancel the order", "POST", path, {})
        await self._all_are(order, "DRAFT", "release the courses")

    async def take_back(self, order: Json) -> None:
        """Takes the selections of an order that has ended back."""
        for item in order["items"]:
            path = f"/v1/selections/{item['itemId']}"
            await self.candidate.caller.call("take a selection back", "DELETE", path)

    async def counts(self, order: Json) -> None:
        """Waits until every course of the order is effective, pressing refresh meanwhile (EN-8, F-17)."""
        await self._all_are(order, "EFFECTIVE", "become effective", lambda: self.refresh(order["orderId"]))

    async def is_given_back(self, order: Json) -> None:
        """The operator gives the whole order back."""
        body = {"refundId": str(uuid.uuid4()), "reason": "OPERATOR_DECISION", "note": "asked for by telephone"}
        await self.operator.send("give the order back", "POST", f"/v1/orders/{order['orderId']}/refunds", body)

    async def logged_in_again(self) -> Self:
        """The same candidate with a login session that has just begun (ID-1)."""
        number = self.candidate.person.document_number
        caller = await reviewer_steps.log_in(self.stage.visitor, number, PASSWORD)
        return replace(self, candidate=replace(self.candidate, caller=caller))

    async def refresh(self, order_id: str) -> None:
        """Presses refresh (刷新订单状态), which asks the platform; too early is as good (PA-4)."""
        await self.candidate.caller.call("refresh", "POST", f"/v1/orders/{order_id}:refresh", json={}, status=None)

    async def _try_to_order(self, brief: BriefSession) -> None:
        try:
            await candidate_steps.prepare(self.candidate, brief.session_id)
            await candidate_steps.select(self.candidate, self.registration_id, brief.session_id, brief.course)
            await self._check_out(brief.session_id)
        except Deviation:
            if SystemClock().now() < brief.end:
                raise

    async def _check_out(self, session_id: str) -> Json:
        return await candidate_steps.ask_for_qr(
            self.candidate, await candidate_steps.check_out(self.candidate, session_id)
        )

    async def _all_are(
        self, order: Json, state: str, step: str, meanwhile: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        wanted, path = {item["itemId"] for item in order["items"]}, f"/v1/sessions/{order['sessionId']}/overview"

        async def look() -> Json:
            await asyncio.sleep(PAUSE_SECONDS)
            if meanwhile is not None:
                await meanwhile()
            return await self.candidate.caller.get("read the overview", path)

        def hold(seen: Json) -> bool:
            ours = [one["state"] for one in seen["selections"] if one["selectionId"] in wanted]
            return len(ours) == len(wanted) and set(ours) == {state}

        await eventually(step, self.candidate.caller.meter, look, hold, SETTLES_SECONDS)
