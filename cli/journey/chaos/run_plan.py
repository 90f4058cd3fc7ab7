"""What a run has in store, drawn from its seed before it begins: the same seed and options give the same plan.

The people are new every time, since a suite knows each person once.
"""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from cli.journey.chaos.candidate_intents import DECK, Intent
from cli.journey.chaos.fault_choice import KILL, PlannedFault, drawn, possible
from sandbox.faults.fault_table import FaultKind, FaultTarget

KILLED: Final = ("payment", "enrollment", "gateway", "sandbox", "postgres", "redis", "identity")
JOURNEYS_PER_KILL: Final = 10
FAULTS_PER_JOURNEY: Final = (0, 1, 1, 2)


@dataclass(frozen=True, slots=True)
class PlannedJourney:
    """One candidate's part: what they want, how many courses, and the faults that are set when they begin."""

    intent: Intent
    courses: int
    troubles: Sequence[PlannedFault]


@dataclass(frozen=True, slots=True)
class RunPlan:
    """`kills`: after so many journeys have ended, this process is killed, where the suite has it to lose."""

    seed: int = field(compare=False)
    faults: Collection[str]
    parts: Sequence[PlannedJourney]
    kills: Sequence[tuple[int, str]]

    @classmethod
    def of(cls, seed: int, count: int, faults: Collection[str]) -> Self:
        """The plan of a seed."""
        chance, among = random.Random(seed), possible(faults)  # noqa: S311 (a plan, not a secret)
        parts = [_part(intent, chance, among) for intent in _dealt(count, chance)]
        return cls(seed, faults, parts, _kills(count, chance) if KILL in faults else ())


def _part(intent: Intent, chance: random.Random, among: Sequence[tuple[FaultTarget, FaultKind]]) -> PlannedJourney:
    how_many = chance.choice(FAULTS_PER_JOURNEY) if among else 0
    return PlannedJourney(intent, chance.randint(1, 3), tuple(drawn(among, chance) for _ in range(how_many)))


def _dealt(count: int, chance: random.Random) -> list[Intent]:
    """Whole decks, shuffled one by one, so that everything is wanted by somebody in a small run too; whoever depends
    on a window that ends comes first.
    """
    dealt: list[Intent] = []
    while len(dealt) < count:
        dealt += chance.sample(DECK, len(DECK))
    return sorted(dealt[:count], key=lambda intent: not intent.hurried)


def _kills(count: int, chance: random.Random) -> list[tuple[int, str]]:
    """Each process at least once, spread over the run."""
    how_many = max(len(KILLED), count // JOURNEYS_PER_KILL)
    victims: list[str] = []
    while len(victims) < how_many:
        victims += chance.sample(KILLED, len(KILLED))
    moments = sorted(chance.randrange(max(1, count * 9 // 10)) for _ in range(how_many))
    return list(zip(moments, victims, strict=False))
