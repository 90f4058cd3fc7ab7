"""All pages of the gateway as one ASGI application."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.middleware import Middleware

from chassis.call_context import Language
from chassis.clock import Clock
from chassis.rpc.client import Peers
from gateway.auth import FormTokens
from gateway.config import Config
from gateway.console.pages import PAGES as CONSOLE
from gateway.contracts import Contracts
from gateway.operation.pages import PAGES as OPERATION
from gateway.portal.pages import PAGES as PORTAL
from gateway.reference.pages import Reference, reference_routes
from gateway.web.assets import Assets
from gateway.web.hardening import Hardened
from gateway.web.rendering import environments
from gateway.web.routing import Surroundings, not_found, routes
from gateway.web.services import Services

PAGES: Final = (*PORTAL, *CONSOLE, *OPERATION)


@dataclass(frozen=True, slots=True)
class Printed:
    """What is the same whoever asks, made once: assets, templates, the API's reference."""

    assets: Assets
    templates: Mapping[Language, Environment]
    reference: Reference

    @classmethod
    def of(cls, contracts: Contracts) -> Self:
        """Compiled from the files and the contracts."""
        assets = Assets()
        return cls(assets, environments(assets), Reference.of(contracts))


def site(printed: Printed, peers: Peers, form_tokens: FormTokens, config: Config, clock: Clock) -> Starlette:
    """The pages."""
    around = Surroundings(Services(peers), printed.templates, form_tokens, config.secure_cookies, clock)
    return Starlette(
        routes=[*printed.assets.routes(), *routes(PAGES, around), *reference_routes(printed.reference, around)],
        middleware=[Middleware(Hardened)],
        exception_handlers={404: not_found(around)},
    )
