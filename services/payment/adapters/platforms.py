"""The payment platforms and the receipt portal that are configured, connected for the length of a block."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import httpx

from chassis.clock import SystemClock
from chassis.external_systems.health_store import ExternalSystems
from chassis.external_systems.passive_health import Role
from services.payment.adapters import sandbox_platform_client
from services.payment.adapters.platform_http import platform_client
from services.payment.adapters.receipt_portal import SandboxReceiptPortal
from services.payment.adapters.sandbox_platform_client import SandboxProvider, sandbox_account
from services.payment.adapters.wechat import provider as wechat
from services.payment.adapters.wechat.provider import WeChatProvider
from services.payment.config import Config, PlatformConfig
from services.payment.ports import PaymentProvider, ReceiptPortal


@asynccontextmanager
async def payment_platforms(config: Config, systems: ExternalSystems) -> AsyncIterator[Mapping[str, PaymentProvider]]:
    """Every platform with an account, by name, whether or not new payments go there: earlier ones are settled there."""
    found: dict[str, PaymentProvider] = {}
    async with AsyncExitStack() as until:

        async def connected(name: str, url: str, account: PlatformConfig) -> httpx.AsyncClient:
            monitor = systems.monitor(Role.PAYMENT_PLATFORM, name)
            client = platform_client(url, account.timeout_seconds, account.connections, monitor)
            return await until.enter_async_context(client)

        if config.sandbox.enabled:
            http = await connected(sandbox_platform_client.NAME, config.sandbox_url, config.sandbox)
            found[sandbox_platform_client.NAME] = SandboxProvider(sandbox_account(config), http, SystemClock())
        if (account := config.wechat) is not None:
            http = await connected(wechat.NAME, account.base_url, account)
            notify_url = config.notify_url(wechat.NAME, account.notify_url)
            found[wechat.NAME] = WeChatProvider(account, notify_url, http, SystemClock())
        yield found


@asynccontextmanager
async def receipt_portal(config: Config, systems: ExternalSystems) -> AsyncIterator[ReceiptPortal]:
    """The portal that issues receipts."""
    url, terms = config.receipts_url or config.sandbox_url, config.receipts
    monitor = systems.monitor(Role.RECEIPT_PORTAL)
    async with platform_client(url, terms.timeout.total_seconds(), terms.concurrency, monitor) as http:
        yield SandboxReceiptPortal(http)
