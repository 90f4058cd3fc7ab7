"""Server-sent events: what a page that waits for a payment sees."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from google.protobuf.message import Message
from zikao.payment.v1 import payment_service_pb2, resources_pb2

from chassis.errors import NotFound, Refusal, Unauthenticated
from chassis.security.tokens import Access
from gateway.app import App
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import LOGIN_SESSION, ME
from tests.support.identity_key import token_of
from tests.support.wait_until import PATIENCE_SECONDS

ORDER = "019a0000-0000-7000-8000-000000000001"
WATCH = f"/v1/orders/{ORDER}:watch"
OTHER = "/v1/orders/019a0000-0000-7000-8000-000000000002:watch"


def seen(state: str) -> Message:
    order = resources_pb2.Order(order_id=ORDER, state=resources_pb2.Order.State.Value(state))
    return payment_service_pb2.WatchOrderResponse(order=order)


class Browser:
    """A client that reads a stream as it comes and can leave in the middle; httpx's own in-process transport waits for
    the end.
    """

    def __init__(self, app: App, path: str, candidate: str = ME) -> None:
        self._came: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._left = asyncio.Event()
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {token_of(Access.CANDIDATE, candidate, LOGIN_SESSION)}".encode())],
            "scheme": "http",
            "client": ("127.0.0.1", 1),
        }
        self.served = asyncio.create_task(app(scope, self._receive, self._came.put))

    def leave(self) -> None:
        self._left.set()

    async def next(self) -> dict[str, Any]:
        return await asyncio.wait_for(self._came.get(), PATIENCE_SECONDS)

    async def _receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}


async def test_every_message_is_an_event_and_the_end_is_said(http: httpx.AsyncClient, services: Services) -> None:
    async def messages() -> AsyncIterator[Message]:
        yield seen("AWAITING_PAYMENT")
        yield seen("PAID")

    services.answers["PaymentService.WatchOrder"] = messages
    answer = await http.get(WATCH)
    assert answer.headers["content-type"] == "text/event-stream"
    events = [event for event in answer.text.split("\n\n") if event and not event.startswith(":")]
    assert ['"AWAITING_PAYMENT"' in events[0], '"PAID"' in events[1], events[2]] == [
        True,
        True,
        "event: end\ndata: {}",
    ]


async def test_a_refusal_before_the_first_message_has_a_status_of_its_own(
    http: httpx.AsyncClient, services: Services
) -> None:
    async def messages() -> AsyncIterator[Message | Refusal]:
        yield Unauthenticated()

    services.answers["PaymentService.WatchOrder"] = messages
    answer = await http.get(WATCH)
    assert (answer.status_code, answer.json()["reason"]) == (401, "UNAUTHENTICATED")


async def test_a_failure_later_is_an_event_with_the_problem(http: httpx.AsyncClient, services: Services) -> None:
    async def messages() -> AsyncIterator[Message | Refusal]:
        yield seen("AWAITING_PAYMENT")
        yield NotFound()

    services.answers["PaymentService.WatchOrder"] = messages
    last = (await http.get(WATCH)).text.strip().split("\n\n")[-1]
    assert last.startswith("event: problem\ndata: {")
    assert '"reason": "NOT_FOUND"' in last


@pytest.mark.parametrize("config", [{"heartbeat_seconds": 0.05}], indirect=True)
async def test_a_silent_stream_shows_that_it_lives(app: App, services: Services) -> None:
    async def messages() -> AsyncIterator[Message]:
        await asyncio.Event().wait()
        yield seen("PAID")

    services.answers["PaymentService.WatchOrder"] = messages
    browser = Browser(app, WATCH)
    assert (await browser.next())["type"] == "http.response.start"
    assert (await browser.next())["body"].startswith(b":")
    browser.leave()
    await asyncio.wait_for(browser.served, PATIENCE_SECONDS)


async def test_a_client_that_leaves_ends_the_call_behind_it(app: App, services: Services) -> None:
    ended = asyncio.Event()

    async def messages() -> AsyncIterator[Message]:
        try:
            yield seen("AWAITING_PAYMENT")
            await asyncio.Event().wait()
        finally:
            ended.set()

    services.answers["PaymentService.WatchOrder"] = messages
    browser = Browser(app, WATCH)
    assert (await browser.next())["status"] == 200
    browser.leave()
    await asyncio.wait_for(browser.served, PATIENCE_SECONDS)
    await asyncio.wait_for(ended.wait(), PATIENCE_SECONDS)


@pytest.mark.parametrize("config", [{"front_door": {"streams_per_account": 3, "streams_per_order": 2}}], indirect=True)
async def test_who_watches_too_much_keeps_nobody_else_out(app: App, services: Services) -> None:  # GW-6, F-29
    async def messages() -> AsyncIterator[Message]:
        yield seen("AWAITING_PAYMENT")
        await asyncio.Event().wait()

    services.answers["PaymentService.WatchOrder"] = messages
    encoded = WATCH.replace("019a", "%3019a")
    watched = [WATCH, encoded, WATCH, OTHER, OTHER]
    browsers = [Browser(app, path) for path in watched]
    statuses = [(await browser.next())["status"] for browser in browsers]
    assert statuses == [200, 200, 429, 200, 429]
    another = Browser(app, WATCH, "019a0000-0000-7000-8000-0000000000ee")
    assert (await another.next())["status"] == 200
    browsers[0].leave()
    await asyncio.wait_for(browsers[0].served, PATIENCE_SECONDS)
    again = Browser(app, WATCH)
    assert (await again.next())["status"] == 200
    for browser in [*browsers, another, again]:
        browser.leave()
        await asyncio.wait_for(browser.served, PATIENCE_SECONDS)
