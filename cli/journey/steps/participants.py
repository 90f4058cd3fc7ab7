"""Who plays in a scenario: people who are invented for it, and the staff of the suite."""

import random
from dataclasses import dataclass

import httpx

from cli.demo.invented_people import Person, invent
from cli.journey.clients.http_client import Caller, Deviation
from cli.journey.steps import reviewer_steps
from cli.journey.steps.journey_context import JourneyContext
from cli.staff.api_client import Api
from cli.suite.home import Home

STAFF = ("operator", "reviewer", "authority")


@dataclass(frozen=True, slots=True)
class Participants:
    """The context, an operator, a reviewer of the host school and one of the exam authority, all logged in."""

    stage: JourneyContext
    operator: Api
    reviewer: Caller
    authority: Caller

    def newcomer(self) -> Person:
        """Somebody invented whom nobody knows yet."""
        return invent(random.SystemRandom())


async def assemble(home: Home, http: httpx.AsyncClient, stage: JourneyContext) -> Participants:
    """The participants of the suite that keeps its accounts at `home`. Raises Deviation where it has none."""
    accounts = home.known_accounts()
    if missing := [name for name in STAFF if name not in accounts]:
        raise Deviation(
            f"expected accounts of {', '.join(missing)} in {home.accounts}; name the suite's home with --home"
        )
    names = {name: (accounts[name]["loginName"], accounts[name]["password"]) for name in STAFF}
    # With a journey's patience first: whatever was killed is back when they are in.
    reviewer = await reviewer_steps.log_in(stage.visitor, *names["reviewer"])
    authority = await reviewer_steps.log_in(stage.visitor, *names["authority"])
    operator = await Api.log_in(http, stage.visitor.base_url, *names["operator"])
    return Participants(stage, operator, reviewer, authority)
