"""Which register is asked."""

from contextlib import AsyncExitStack

from chassis.clock import Clock
from chassis.external_systems.passive_health import Monitor, MonitoredClient
from services.identity.adapters.police_registers.real_register_client import real_register
from services.identity.adapters.police_registers.sandbox_register_client import SandboxRegister
from services.identity.config import Config
from services.identity.ports.face_matcher import FaceMatcher


async def configured_register(config: Config, clock: Clock, monitor: Monitor, resources: AsyncExitStack) -> FaceMatcher:
    """The register that the configuration names (ID-7); its connections end with `resources`."""
    if config.police is not None:
        return await resources.enter_async_context(real_register(config.police, monitor, clock))
    http = await resources.enter_async_context(MonitoredClient(monitor))
    return SandboxRegister(http, config.register_url or config.sandbox_url, config.register_timeout)
