"""Scenarios: what `zikao journey --scenario NAME` plays, each in a module of its own and listed here."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from cli.journey.cast import Cast
from cli.journey.scenarios import main_job


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is played, and what it shows in one line."""

    shows: str
    play: Callable[[Cast], Awaitable[None]]


MAIN_JOB = "main-job"

SCENARIOS: Mapping[str, Scenario] = {
    MAIN_JOB: Scenario("a new candidate, an enrolled one, and a portrait of somebody else", main_job.play),
}
"""The explicit table of scenarios."""
