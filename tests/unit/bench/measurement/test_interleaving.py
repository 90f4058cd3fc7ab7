"""Turns: everybody's in every round, and nobody's spoiled by another's failure."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bench.measurement.interleaving import Go, Plan, Record, WrongAnswer, batches, compete, prepare
from bench.measurement.medians_and_ratios import Outcome

PLAN = Plan(checkouts=10, warm_up=5, seconds=1.0, connections=1, rounds=2, journeys=1, concurrency=1, imports=1)


@dataclass
class Runner:
    """Does nothing in no time; fails in one of its turns, or when it is prepared, if told to."""

    title: str
    fails_in: int | None = None
    fails_at_once: bool = False
    turns: list[int] = field(default_factory=list)
    unit: str = "steps"

    def processes(self) -> Mapping[str, int]:
        return {}

    async def prepare(self, plan: Plan) -> None:
        if self.fails_at_once:
            raise WrongAnswer("no ground to run on")

    @asynccontextmanager
    async def turn(self, number: int) -> AsyncIterator[Go]:
        self.turns.append(number)

        async def go() -> Outcome:
            return Outcome(10, 1.0)

        yield go
        if number == self.fails_in:
            raise WrongAnswer("stumbled")


async def run(*runners: Runner) -> tuple[Record, list[str]]:
    record, told = Record(), list[str]()
    await prepare(runners, PLAN, record, told.append)
    await compete(runners, PLAN, os.getpid(), record, told.append)
    return record, told


async def test_everybody_warms_up_and_takes_every_round():
    record, _ = await run(first := Runner("first"), second := Runner("second"))
    assert first.turns == second.turns == [0, 1, 2]
    assert {title: len(rounds) for title, rounds in record.rounds.items()} == {"first": 2, "second": 2}
    assert [figure.per_second for figure in record.figures()] == [10, 10]


async def test_nobody_always_comes_after_the_same_one():
    _, told = await run(Runner("first"), Runner("second"))
    assert [turn for turn in told if turn.startswith("round")] == [
        "round 1 of 2: first",
        "round 1 of 2: second",
        "round 2 of 2: second",
        "round 2 of 2: first",
    ]


async def test_whoever_fails_takes_no_further_turn_and_spoils_no_other_s():
    record, _ = await run(failing := Runner("failing", fails_in=1), other := Runner("other"))
    assert failing.turns == [0, 1]
    assert other.turns == [0, 1, 2]
    assert [figure.contender for figure in record.figures()] == ["other"]
    assert str(record.failures["failing"]) == "stumbled"


async def test_what_was_measured_before_a_failure_is_kept():
    record, _ = await run(Runner("failing", fails_in=2))
    assert len(record.rounds["failing"]) == 1


async def test_whoever_cannot_be_prepared_takes_no_turn():
    record, _ = await run(failing := Runner("failing", fails_at_once=True), Runner("other"))
    assert failing.turns == []
    assert str(record.failures["failing"]) == "no ground to run on"


@pytest.mark.parametrize("sizes", [[5, 10, 15], [30], [0, 30]])
def test_nobody_takes_part_twice(sizes: list[int]):
    dealt = batches(range(30), sizes)
    assert [len(batch) for batch in dealt] == sizes
    assert [one for batch in dealt for one in batch] == list(range(30))
