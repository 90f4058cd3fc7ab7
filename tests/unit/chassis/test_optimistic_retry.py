"""A change that lost a race is decided again from what is there now, and refused when it keeps losing."""

import pytest

from chassis.errors import Contention, NotFound, Refusal
from chassis.optimistic_retry import ROUNDS, until_applied
from tests.support.refusals import refusal_of


class Attempts:
    """A change that others are faster than, a number of times; it counts how often it was tried."""

    def __init__(self, lost: int, outcome: str | Refusal = "applied") -> None:
        self.lost = lost
        self.outcome = outcome
        self.tried = 0

    async def __call__(self) -> str | None:
        self.tried += 1
        if self.tried <= self.lost:
            return None
        if isinstance(self.outcome, Refusal):
            raise self.outcome
        return self.outcome


@pytest.mark.parametrize("lost", range(ROUNDS))
async def test_it_is_tried_until_it_is_applied_and_not_again(lost: int) -> None:
    attempt = Attempts(lost)
    assert (await until_applied(attempt), attempt.tried) == ("applied", lost + 1)


async def test_what_loses_five_times_is_refused_as_contention() -> None:
    attempt = Attempts(lost=5)
    assert isinstance(await refusal_of(until_applied(attempt)), Contention)
    assert attempt.tried == 5


async def test_an_answer_that_counts_as_false_is_an_answer() -> None:
    assert await until_applied(Attempts(0, "")) == ""


async def test_what_was_decided_against_is_not_tried_again() -> None:
    attempt = Attempts(1, NotFound())
    assert isinstance(await refusal_of(until_applied(attempt)), NotFound)
    assert attempt.tried == 2
