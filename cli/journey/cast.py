"""Who plays in a scenario: people who are invented for it, and the staff of the suite."""

import random
from dataclasses import dataclass

import httpx

from cli.api import Api
from cli.journey import reviewing
from cli.journey.http import Caller, Deviation
from cli.journey.people import Person, invent
from cli.journey.stories import Stage
from cli.suite.home import Home

STAFF = ("operator", "reviewer", "authority")


@dataclass(frozen=True, slots=True)
class Cast:
    """The stage, an operator, a reviewer of the host school and one of the exam authority, all logged in."""

    stage: Stage
    operator: Api
    reviewer: Caller
    authority: Caller

    def newcomer(self) -> Person:
        """Somebody invented whom nobody knows yet."""
        return invent(random.SystemRandom())


async def assemble(home: Home, http: httpx.AsyncClient, stage: Stage) -> Cast:
    """The cast of the suite that keeps its accounts at `home`. Raises Deviation where it has none."""
    accounts = home.known_accounts()
    if missing := [name for name in STAFF if name not in accounts]:
        raise Deviation(
            f"expected accounts of {', '.join(missing)} in {home.accounts}; name the suite's home with --home"
        )
    names = {name: (accounts[name]["loginName"], accounts[name]["password"]) for name in STAFF}
    return Cast(
        stage=stage,
        operator=await Api.log_in(http, stage.visitor.base_url, *names["operator"]),
        reviewer=await reviewing.log_in(stage.visitor, *names["reviewer"]),
        authority=await reviewing.log_in(stage.visitor, *names["authority"]),
    )
