"""The sandbox's process: four rooms and their pages on one port."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from chassis.clock import SystemClock
from chassis.process.admin_port import Readiness
from chassis.process.asgi_server import serve_http
from chassis.telemetry.logs import configure_logs
from sandbox.config import Config
from sandbox.faults.active_faults import ActiveFaults
from sandbox.faults.routes import fault_routes
from sandbox.message_inbox import MessageInbox, message_routes
from sandbox.pages.routes import Pages
from sandbox.payments.merchant_api import MerchantApi
from sandbox.payments.notification_sender import open_sender
from sandbox.payments.pay_page_buttons import PayPageButtons
from sandbox.payments.signatures import open_keys
from sandbox.receipt_portal import ReceiptPortal, receipt_routes
from sandbox.register.routes import register_routes
from sandbox.storage.store import Store, open_store
from sandbox.web.no_answer import AbruptProtocol
from sandbox.web.refusals import Refused
from sandbox.web.requests_and_answers import answer, refused

__all__ = ["Config", "serve"]


async def serve(config: Config) -> None:
    """Serves until SIGTERM or SIGINT, or until cancelled; then finishes the calls under way. Raises PortTaken."""
    configure_logs("sandbox", config.telemetry.log_level)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    async with open_store(config.data_dir) as store, rooms(config, store) as routes:
        readiness = Readiness(until={"store": lambda: store.do(lambda connection: connection.execute("SELECT 1"))})
        app = Starlette(
            routes=[*routes, *_health(readiness)],
            exception_handlers={Refused: refused, HTTPException: refused},
        )
        await serve_http(app, config.server, draining=readiness.drain, protocol=AbruptProtocol)


@asynccontextmanager
async def rooms(config: Config, store: Store) -> AsyncIterator[list[BaseRoute]]:
    """All rooms, open for the length of a block."""
    clock, url = SystemClock(), config.public_url
    key, merchants = await asyncio.to_thread(open_keys, config.keys_dir)
    faults = await ActiveFaults.of(store)
    inbox = MessageInbox(store, clock)
    portal = ReceiptPortal(store, clock, timedelta(seconds=config.receipt_delay_seconds), url)
    async with open_sender(store, faults, key, clock) as sender:
        yield [
            *MerchantApi(store, faults, key, merchants, clock, url).routes(),
            *PayPageButtons(store, sender, clock, url).routes(),
            *message_routes(inbox, faults),
            *register_routes(store, faults),
            *receipt_routes(portal, faults),
            *fault_routes(store, faults),
            *Pages(store, inbox, clock, url).routes(),
        ]


def _health(readiness: Readiness) -> list[Route]:
    async def live(_: Request) -> Response:
        return Response("alive\n", media_type="text/plain")

    async def ready(_: Request) -> Response:
        problems = await readiness.problems()
        return answer({"ready": not problems, "problems": problems}, 503 if problems else 200)

    return [Route("/livez", live), Route("/readyz", ready)]
