"""The pages' addresses."""

import asyncio
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from chassis.clock import Clock
from sandbox.faults.active_faults import listed
from sandbox.faults.fault_table import Fault
from sandbox.message_inbox import MessageInbox
from sandbox.pages.templates import page, problem, style
from sandbox.payments import order_storage
from sandbox.payments.order_states import Order, as_of
from sandbox.payments.order_storage import OrderSearch
from sandbox.portraits import portrait
from sandbox.register.routes import enter_from_form
from sandbox.storage.store import Store
from sandbox.web.refusals import Refused
from sandbox.web.requests_and_answers import Endpoint, answer, limit_of, wants_json

LATEST: Final = 20
INVENTED: Final = range(1, 13)
STATES: Final[Mapping[str, tuple[str, str]]] = {
    "NOTPAY": ("待支付", "to be paid"),
    "USERPAYING": ("银行处理中", "the bank has it"),
    "SUCCESS": ("支付成功", "paid"),
    "CLOSED": ("已关闭", "closed"),
    "REFUND": ("已退款", "refunded"),
}


@dataclass(frozen=True, slots=True)
class Pages:
    """What people open; `public_url` is where people find the pay page."""

    store: Store
    inbox: MessageInbox
    clock: Clock
    public_url: str

    def routes(self) -> list[Route]:
        """Way in, pay page, inbox, register."""
        return [
            Route("/", self._home),
            Route("/scan/{number}", _or_problem(self._scan)),
            Route("/inbox", _or_problem(self._read)),
            Route("/register", self._register, methods=["GET"]),
            Route("/register", _or_problem(self._enter), methods=["POST"]),
            Route("/portraits/{seed:int}.jpg", _portrait),
            Route("/style.css", style),
            Route("/favicon.ico", _no_icon),
        ]

    async def _home(self, _: Request) -> Response:
        now = self.clock.now()

        def work(connection: sqlite3.Connection) -> tuple[list[Order], list[Fault]]:
            return order_storage.search(connection, OrderSearch(LATEST), now), listed(connection)

        orders, faults = await self.store.do(work)
        return page("home.html", orders=[as_of(order, now) for order in orders], faults=faults, states=STATES)

    async def _scan(self, request: Request) -> Response:
        number = request.path_params["number"]
        found = await self.store.do(lambda connection: order_storage.get_scanned(connection, number))
        order = as_of(found, self.clock.now())
        if wants_json(request):
            return answer(order.as_json(self.public_url))
        return page("scan.html", order=order, states=STATES)

    async def _read(self, request: Request) -> Response:
        to = request.query_params.get("to", "").strip()
        return page("inbox.html", to=to, messages=await self.inbox.read(to or None, limit_of(request)))

    async def _register(self, request: Request) -> Response:
        return page("register.html", done="done" in request.query_params, seeds=INVENTED)

    async def _enter(self, request: Request) -> Response:
        await enter_from_form(self.store, request)
        return RedirectResponse("/register?done", 303)


async def _no_icon(_: Request) -> Response:
    """Browsers ask for one unasked."""
    return Response(status_code=204, headers={"cache-control": "max-age=86400"})


async def _portrait(request: Request) -> Response:
    jpeg = await asyncio.to_thread(portrait, request.path_params["seed"])
    return Response(jpeg, headers={"cache-control": "max-age=3600"}, media_type="image/jpeg")


def _or_problem(endpoint: Endpoint) -> Endpoint:
    """Refusals as pages, for whoever does not ask for JSON."""

    async def shown(request: Request) -> Response:
        try:
            return await endpoint(request)
        except Refused as error:
            if wants_json(request):
                raise
            return problem(error)

    return shown
