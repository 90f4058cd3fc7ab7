"""Payment as it runs: a real server on a real PostgreSQL, the sandbox's platform, and somebody who hears its events."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chassis.clock import ManualClock, SystemClock
from chassis.config import DatabaseConfig, PeersConfig
from chassis.rpc.channel import FreshChannel
from chassis.rpc.client import Peer
from chassis.security.tokens import Signer, ensure_keys
from services.payment import main
from services.payment.config import Config, PaymentServer, SandboxConfig
from services.payment.domain.polling_pace import PollingPace
from services.payment.domain.refunds import RefundTerms
from services.payment.domain.work_limits import WorkLimits
from tests.integration.payment.listener import Listener, listening
from tests.integration.payment.running_payment import RunningPayment
from tests.integration.payment.simulated_platform import Platform, sandbox_process
from tests.integration.payment.wechat_platform import WeChat, serving
from tests.support.free_port import free_port


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everybody's keys."""
    given = os.environ.get("SANDBOX_KEYS_DIR")
    keys = Path(given) if given else tmp_path_factory.mktemp("keys")
    ensure_keys(keys)
    return keys


@pytest.fixture(scope="session")
def sandbox_url(keys_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The sandbox, a process of its own."""
    with sandbox_process(keys_dir, tmp_path_factory.mktemp("sandbox")) as url:
        yield url


@pytest.fixture
async def platform(sandbox_url: str, keys_dir: Path) -> AsyncIterator[Platform]:
    """The platform, on which nothing goes wrong yet."""
    platform = Platform(sandbox_url, keys_dir)
    await platform.clear_faults()
    yield platform
    await platform.clear_faults()
    await platform.close()


@pytest.fixture
def clock() -> ManualClock:
    """Starts at the present, which the platform's clock shows too."""
    return ManualClock(SystemClock().now())


@asynccontextmanager
async def gateway(port: int, deliver: Callable[[Request], Awaitable[Response]]) -> AsyncIterator[None]:
    """The one route of the gateway that the platform knows."""
    app = Starlette(routes=[Route("/v1/payment-notifications/sandbox", deliver, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
async def payment(
    database_url: str, keys_dir: Path, platform: Platform, clock: ManualClock
) -> AsyncIterator[RunningPayment]:
    """The service, running, with a fast page and no sweep but the test's own."""
    listener, teller, notify_port = Listener(), Listener(), free_port()
    async with AsyncExitStack() as stack:
        ear = await stack.enter_async_context(listening(listener))
        tellers_ear = await stack.enter_async_context(listening(teller))
        config = Config(
            server=PaymentServer(port=0, admin_port=0, grace_seconds=1),
            database=DatabaseConfig(url=database_url),
            peers=PeersConfig(enrollment=f"127.0.0.1:{ear}", identity=f"127.0.0.1:{tellers_ear}"),
            keys_dir=keys_dir,
            sandbox_url=platform.url,
            field_key=SecretStr("1f" * 32),
            sandbox=SandboxConfig(
                notify_url=f"http://127.0.0.1:{notify_port}/v1/payment-notifications/sandbox", timeout_seconds=60
            ),
            pace=PollingPace(page=timedelta(seconds=0.2)),
            sweep=WorkLimits(per_second=10_000),
            refunds=RefundTerms(per_second=10_000),
        )
        service = await stack.enter_async_context(main.payment(config, clock))
        ports = await stack.enter_async_context(service.server.serving())
        channel = FreshChannel(f"127.0.0.1:{ports.grpc}", (), None)
        stack.push_async_callback(channel.close)
        await channel.current().channel_ready()
        signers = Signer.load(keys_dir, "identity", clock), Signer.load(keys_dir, "enrollment", clock)
        peer = Peer("payment", channel, None)
        running = RunningPayment(clock, *signers, peer, platform, service, config, listener, teller)

        async def deliver(request: Request) -> Response:
            headers = {name: value for name, value in request.headers.items() if name.startswith("x-sandbox-")}
            try:
                answer = await running.notify(await request.body(), headers)
            except Exception:
                return Response(status_code=500)
            return Response(answer.data, media_type=answer.content_type)

        await stack.enter_async_context(gateway(notify_port, deliver))
        running.relaying = asyncio.create_task(service.relay.run())
        stack.callback(running.relaying.cancel)
        yield running


@pytest.fixture
def wechat(tmp_path: Path) -> WeChat:
    return WeChat(tmp_path / "wechat")


@pytest.fixture
async def wechat_url(wechat):
    async with serving(wechat, free_port()) as address:
        yield address


@pytest.fixture
async def at_wechat(payment, wechat, wechat_url):
    """A service whose new payments go to the platform."""
    config = payment.config.model_copy(update={"provider": "wechat", "wechat": wechat.account(wechat_url)})
    async with main.payment(config, payment.clock) as service, service.server.serving() as ports:
        channel = FreshChannel(f"127.0.0.1:{ports.grpc}", (), None)
        payment.service = service
        payment.connect(Peer("payment", channel, None))
        yield payment
        await channel.close()
