"""What all pages of the process have in common."""

from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import Environment

from chassis.call_context import Language
from chassis.clock import Clock
from gateway.http.form_tokens import FormTokens
from gateway.http.front_door.front_door import FrontDoor
from gateway.web.service_calls import ServiceCalls


@dataclass(frozen=True, slots=True)
class SiteContext:
    """The services, the templates in each language, and how browsers are told apart."""

    services: ServiceCalls
    environments: Mapping[Language, Environment]
    form_tokens: FormTokens
    secure_cookies: bool
    clock: Clock
    front_door: FrontDoor
