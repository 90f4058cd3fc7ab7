"""The platform's counter for people and tools, unsigned: the buttons of the pay page, and the list of orders."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from chassis.clock import Clock
from sandbox.payments import notification_deliveries, operations, order_storage
from sandbox.payments.notification_sender import NotificationSender
from sandbox.payments.order_states import OrderChange, OrderState, as_of, hold, pay, pay_though_closed, release
from sandbox.payments.order_storage import OrderSearch
from sandbox.storage.store import Store
from sandbox.web.refusals import Refused, unreadable
from sandbox.web.requests_and_answers import Body, Json, answer, body_of, limit_of, parsed, wants_json

BUTTONS: Final[Mapping[str, OrderChange]] = {"pay": pay, "hold": hold, "release": release}


class PayBody(Body):
    """The optional body of `POST /scan/{platform_trade_no}/pay`."""

    even_if_closed: bool = False


@dataclass(frozen=True, slots=True)
class PayPageButtons:
    """The buttons and the list of orders; `public_url` is where people find the pay page."""

    store: Store
    sender: NotificationSender
    clock: Clock
    public_url: str

    def routes(self) -> list[Route]:
        """Buttons and list."""
        return [
            Route("/scan/{number}/{button}", self._press, methods=["POST"]),
            Route("/orders", self._orders, methods=["GET"]),
        ]

    async def _press(self, request: Request) -> Response:
        number = request.path_params["number"]
        try:
            content = await self._pressed(number, await _change(request))
        except Refused:
            if wants_json(request):
                raise
            return RedirectResponse(f"/scan/{number}", 303)  # which says how the order stands
        return answer(content) if wants_json(request) else RedirectResponse(f"/scan/{number}", 303)

    async def _pressed(self, number: str, change: OrderChange) -> Json:
        now = self.clock.now()
        pressed = await self.store.do(lambda connection: operations.press(connection, number, change, now))
        self.sender.send(pressed.owed)
        return pressed.order.as_json(self.public_url)

    async def _orders(self, request: Request) -> Response:
        wanted, now = _search(request), self.clock.now()

        def work(connection: sqlite3.Connection) -> list[Json]:
            found = [as_of(order, now) for order in order_storage.search(connection, wanted, now)]
            sent = notification_deliveries.of_orders(connection, found)
            return [
                order.as_json(self.public_url)
                | {"deliveries": [delivery.as_json() for delivery in sent[order.platform_trade_no]]}
                for order in found
            ]

        return answer({"orders": await self.store.do(work)})


async def _change(request: Request) -> OrderChange:
    button, body = request.path_params["button"], await body_of(request)
    if button not in BUTTONS:
        raise unreadable("button")
    if request.headers.get("content-type", "").startswith("application/json") and body:
        how = parsed(PayBody, body)
        if button == "pay" and how.even_if_closed:
            return pay_though_closed
    return BUTTONS[button]


def _search(request: Request) -> OrderSearch:
    state = request.query_params.get("state") or None
    if state is not None and state not in OrderState.__members__:
        raise unreadable("state")
    number = request.query_params.get("out_trade_no") or None
    return OrderSearch(limit_of(request), number, None if state is None else OrderState[state])
