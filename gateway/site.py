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
from gateway.config import Config, Contact
from gateway.console.routes import PAGES as CONSOLE
from gateway.contracts.rpcs import Contracts
from gateway.guides.routes import HELP_ADDRESSES, Guides, guide_routes
from gateway.http.form_tokens import FormTokens
from gateway.http.front_door.front_door import FrontDoor
from gateway.http.late_forms import LateForms
from gateway.http.remembered_answers import RememberedAnswers
from gateway.operation.routes import PAGES as OPERATION
from gateway.portal.routes import PAGES as PORTAL
from gateway.reference.routes import Reference, reference_routes
from gateway.web.assets import Assets
from gateway.web.busy_page import BusyPages
from gateway.web.jinja_environments import environments
from gateway.web.page_endpoint import SiteContext, not_found, routes
from gateway.web.security_headers import SecurityHeaders
from gateway.web.service_calls import ServiceCalls

PAGES: Final = (*PORTAL, *CONSOLE, *OPERATION)


@dataclass(frozen=True, slots=True)
class SiteContent:
    """What is the same whoever asks, made once: assets, templates, the API's reference, the guides, whom to call."""

    assets: Assets
    templates: Mapping[Language, Environment]
    busy_pages: BusyPages
    reference: Reference
    guides: Guides
    processes: tuple[str, ...]
    """Those whose contracts the pages call, by name."""

    @classmethod
    def of(cls, contracts: Contracts, contact: Contact) -> Self:
        """Compiled from the files and the contracts."""
        assets = Assets()
        templates = environments(assets, contact)
        return cls(assets, templates, BusyPages(templates), Reference.of(contracts), Guides.read(), contracts.processes)


def site_app(
    content: SiteContent,
    peers: Peers,
    form_tokens: FormTokens,
    config: Config,
    clock: Clock,
    front_door: FrontDoor,
) -> Starlette:
    """The pages."""
    calls = ServiceCalls(peers, content.processes, RememberedAnswers(config.readable_for))
    context = SiteContext(
        services=calls,
        environments=content.templates,
        busy_pages=content.busy_pages,
        form_tokens=form_tokens,
        late_forms=LateForms(bytes.fromhex(config.form_key.get_secret_value())),
        secure_cookies=config.secure_cookies,
        public_origin=config.public_origin,
        clock=clock,
        front_door=front_door,
        help_addresses=HELP_ADDRESSES,
    )
    site = Starlette(
        routes=[
            *content.assets.routes(),
            *routes(PAGES, context),
            *reference_routes(content.reference, context),
            *guide_routes(content.guides, context),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={404: not_found(context)},
    )
    site.router.redirect_slashes = False  # it would send browsers to whatever host they say that they asked
    return site
