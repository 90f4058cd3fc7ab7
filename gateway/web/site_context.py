"""What all pages of the process have in common."""

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import Environment

from chassis.call_context import Language
from chassis.clock import Clock
from gateway.http.form_tokens import FormTokens
from gateway.http.front_door.front_door import FrontDoor
from gateway.http.late_forms import LateForms
from gateway.web.busy_page import BusyPages
from gateway.web.service_calls import ServiceCalls


@dataclass(frozen=True, slots=True)
class SiteContext:
    """The services, the templates in each language, how browsers are told apart, and how many are answered at once."""

    services: ServiceCalls
    environments: Mapping[Language, Environment]
    busy_pages: BusyPages
    form_tokens: FormTokens
    late_forms: LateForms
    secure_cookies: bool
    public_origin: str
    """Where browsers find the pages, as papers name it (EN-18)."""
    clock: Clock
    front_door: FrontDoor
    help_addresses: Mapping[str, str]
    """Where a guide says what a page is for, by the page's address in its table."""
