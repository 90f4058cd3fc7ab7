"""The sandbox's process: four rooms and their pages on one port."""

import asyncio
import logging
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from chassis.clock import SystemClock
from chassis.config import ServerConfig
from chassis.process.admin_port import PortTaken, Readiness
from chassis.telemetry.logs import configure_logs, get_logger
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

_log = get_logger(__name__)


async def serve(config: Config) -> None:
    """Serves until SIGTERM or SIGINT, or until cancelled; then finishes the calls under way. Raises PortTaken."""
    configure_logs("sandbox", config.telemetry.log_level)
    for chatty in ("httpx", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    async with open_store(config.data_dir) as store, rooms(config, store) as routes:
        readiness = Readiness({"store": lambda: store.do(lambda connection: connection.execute("SELECT 1"))})
        app = Starlette(
            routes=[*routes, *_health(readiness)],
            exception_handlers={Refused: refused, HTTPException: refused},
        )
        await _listen(app, config.server, readiness)


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


class _Server(uvicorn.Server):
    """A server that leaves signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _listen(app: Starlette, config: ServerConfig, readiness: Readiness) -> None:
    server = _Server(
        uvicorn.Config(
            app,
            http=AbruptProtocol,
            lifespan="off",
            log_config=None,
            access_log=False,  # addresses name people
            server_header=False,
            timeout_graceful_shutdown=max(1, round(config.grace_seconds)),
        )
    )
    listener = _bound(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        with _told_to_stop() as stop:
            _log.info("serving", port=listener.getsockname()[1])
            waiting = asyncio.create_task(stop.wait())
            await asyncio.wait({waiting, serving}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
        _log.info("draining", grace_seconds=config.grace_seconds)
        readiness.drain()
        await asyncio.sleep(config.drain_seconds)
    finally:
        server.should_exit = True
        await serving


def _bound(config: ServerConfig) -> socket.socket:
    try:
        return socket.create_server((config.host, config.port), backlog=2048, reuse_port=config.reuse_port)
    except OSError as error:
        raise PortTaken(f"{config.host}:{config.port}") from error


@contextmanager
def _told_to_stop() -> Iterator[asyncio.Event]:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
