"""Scenarios: what `zikao journey --scenario NAME` plays, each in a module of its own and listed here."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from cli.journey.cast import Cast
from cli.journey.scenarios import main_job, manual_review, practice


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is played, and what it shows in one line."""

    shows: str
    play: Callable[[Cast], Awaitable[None]]


MAIN_JOB = "main-job"

SCENARIOS: Mapping[str, Scenario] = {
    MAIN_JOB: Scenario("a new candidate, an enrolled one, and a portrait of somebody else", main_job.play),
    "manual-review": Scenario("mismatch, manual review, rejection, resubmission, approval", manual_review.play),
    "practice": Scenario(
        "two schools that conflict, practice courses with review and offline payment, an append, and void at close",
        practice.play,
    ),
}
"""The explicit table of scenarios."""
