"""Who competes, and how: in turns, interleaved, so that what else the machine does meets everybody alike."""

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

from bench.measurement.cpu_time import machine_seconds, own_seconds, seconds_of
from bench.measurement.medians_and_ratios import Figure, Outcome, Round, figure

Piece = TypeVar("Piece")

GENERATOR: Final = "load generator"
POSTGRESQL: Final = "PostgreSQL"
PROCESSES: Final = (
    "gateway",
    "enrollment",
    "payment",
    "identity",
    "review",
    "sandbox",
    "monolith",
    POSTGRESQL,
    GENERATOR,
)
"""In the order of a request."""

Go = Callable[[], Awaitable[Outcome]]
"""Does the whole load of a turn; everything before and after it is not measured."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much: of a turn at most `checkouts` or `seconds`, whichever ends first; every contender takes `rounds` turns
    after one that only warms up.
    """

    checkouts: int
    warm_up: int
    seconds: float
    connections: int
    rounds: int
    journeys: int
    concurrency: int
    imports: int
    streams: int = 10_000

    @property
    def sizes(self) -> Sequence[int]:
        """How many candidates each turn needs, the one that warms up first."""
        return [self.warm_up, *[self.checkouts] * self.rounds]


class WrongAnswer(Exception):
    """Something was not answered or stored as the rules say. The text says what came instead."""


class Contender(Protocol):
    """Something whose units of work per second are measured."""

    @property
    def title(self) -> str:
        """What it is called in tables."""
        ...

    @property
    def unit(self) -> str:
        """What it does many of: `checkouts`, `journeys`."""
        ...

    def processes(self) -> Mapping[str, int]:
        """Its processes now, by name, beside PostgreSQL and the load generator."""
        ...

    async def prepare(self, plan: Plan) -> None:
        """Makes what all its turns need."""
        ...

    def turn(self, number: int) -> AbstractAsyncContextManager[Go]:
        """Turn 0 warms up. Entering opens connections; leaving checks what was answered and stored, and raises
        WrongAnswer.
        """
        ...


def batches(everybody: Sequence[Piece], sizes: Sequence[int]) -> list[Sequence[Piece]]:
    """Consecutive batches of these sizes: nobody takes part twice."""
    ends = [sum(sizes[: number + 1]) for number in range(len(sizes))]
    return [everybody[end - size : end] for end, size in zip(ends, sizes, strict=True)]


@dataclass(slots=True)
class Record:
    """What was measured so far, and who failed and how: whoever fails takes no further turns, and spoils no other's."""

    units: dict[str, str] = field(default_factory=dict)
    rounds: dict[str, list[Round]] = field(default_factory=dict)
    failures: dict[str, Exception] = field(default_factory=dict)

    def figures(self) -> list[Figure]:
        """Of everybody who finished a round."""
        return [figure(self.units[title], rounds) for title, rounds in self.rounds.items()]


async def prepare(contenders: Sequence[Contender], plan: Plan, record: Record, advance: Callable[[str], None]) -> None:
    """Makes what everybody needs; notes who cannot be prepared."""
    for contender in contenders:
        advance(f"preparing {contender.title}")
        try:
            await contender.prepare(plan)
        except Exception as failed:
            record.failures[contender.title] = failed


async def compete(
    contenders: Sequence[Contender], plan: Plan, postgres: int, record: Record, advance: Callable[[str], None]
) -> None:
    """Measures everybody. `postgres`: the process id of the server; `advance` is told of every turn before it
    begins.
    """
    for number in range(plan.rounds + 1):
        # Every other round backwards, so that nobody always comes after the same one.
        for contender in contenders if number % 2 else reversed(contenders):
            if contender.title in record.failures:
                continue
            advance(f"{f'round {number} of {plan.rounds}' if number else 'warming up'}: {contender.title}")
            try:
                measured = await _measured(contender, number, postgres)
            except Exception as failed:
                record.failures[contender.title] = failed
                continue
            if number:
                record.units[contender.title] = contender.unit
                record.rounds.setdefault(contender.title, []).append(measured)


async def _measured(contender: Contender, number: int, postgres: int) -> Round:
    pids = {**contender.processes(), POSTGRESQL: postgres, GENERATOR: os.getpid()}
    async with contender.turn(number) as go:
        machine, before = machine_seconds(), _used(pids)
        outcome = await go()
        after, everybody = _used(pids), machine_seconds() - machine
    used = {name: after[name] - before[name] for name in pids}
    return Round(contender.title, outcome, used, max(0.0, everybody - sum(used.values())))


def _used(pids: Mapping[str, int]) -> dict[str, float]:
    # Everything the benchmark has started is a descendant of the load generator; it must not count as its own work.
    return {name: own_seconds() if name == GENERATOR else seconds_of(pid) for name, pid in pids.items()}
