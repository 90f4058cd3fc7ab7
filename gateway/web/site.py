"""All pages of the gateway as one ASGI application."""

from starlette.applications import Starlette
from starlette.middleware import Middleware

from chassis.client import Peers
from gateway.auth import FormTokens
from gateway.config import Config
from gateway.contracts import Contracts
from gateway.portal.pages import PAGES as PORTAL
from gateway.reference.pages import reference_routes
from gateway.web.assets import Assets
from gateway.web.hardening import Hardened
from gateway.web.rendering import environments
from gateway.web.routing import Surroundings, not_found, routes
from gateway.web.services import Services


def site(contracts: Contracts, peers: Peers, form_tokens: FormTokens, config: Config) -> Starlette:
    """The pages. Templates and the API's reference are compiled once, at start."""
    assets = Assets()
    around = Surroundings(Services(peers), environments(assets), form_tokens, config.secure_cookies)
    return Starlette(
        routes=[*assets.routes(), *routes(PORTAL, around), *reference_routes(contracts, around)],
        middleware=[Middleware(Hardened)],
        exception_handlers={404: not_found(around)},
    )
