"""Which faults a chaos run can be asked for, and what each means to the outside world."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.faults.fault_table import HINDRANCES, MEANINGFUL, TIMED, FaultKind, FaultTarget

KILL: Final = "kill"
ALL: Final = "all"

KINDS: Final[Mapping[str, FaultKind]] = {
    "late": FaultKind.LATE,
    "lost": FaultKind.LOST,
    "duplicate": FaultKind.DUPLICATE,
    "forged": FaultKind.FORGED,
    "wrong-amount": FaultKind.WRONG_AMOUNT,
    "outage": FaultKind.OUTAGE,
    "slow": FaultKind.SLOW,
}
"""The names that are kinds of the sandbox's faults."""

MEANINGS: Final[Mapping[str, str]] = {
    "late": "a payment notification comes up to 20 s late",
    "lost": "a notification never comes, or the platform's answer to a call is lost",
    "duplicate": "a notification comes ten times at once",
    "forged": "a notification or an answer is signed by a stranger",
    "wrong-amount": "a notification or an answer names one fen more",
    "outage": "platform, police register, message sender or receipt portal is out of service",
    "slow": "one of them takes up to 7 s longer",
    KILL: "payment, enrollment, gateway, sandbox and PostgreSQL, with replicas also identity and Redis, are killed and "
    "started again",
    ALL: "all of these",
}
"""What can be asked for, and what it means."""

NAMES: Final = (*KINDS, KILL)

MONEY: Final = frozenset(
    {FaultTarget.NOTIFICATION, FaultTarget.CREATE, FaultTarget.QUERY, FaultTarget.CLOSE, FaultTarget.REFUND}
)
AROUND: Final = frozenset({FaultTarget.REGISTER, FaultTarget.MESSAGES, FaultTarget.RECEIPTS})
"""These are out of service or slow only: what they lose, people would have to ask for again by hand."""

SECONDS: Final[Mapping[FaultKind, tuple[float, float]]] = {FaultKind.LATE: (1.0, 20.0), FaultKind.SLOW: (0.5, 7.0)}
TIMES: Final[Mapping[FaultKind, tuple[int, int]]] = {FaultKind.OUTAGE: (2, 12)}
USUAL_TIMES: Final = (1, 3)


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """One fault as it is set: for everybody, so many times."""

    target: FaultTarget
    kind: FaultKind
    times: int
    seconds: float

    @property
    def name(self) -> str:
        """As the report counts it."""
        return f"{self.target.value} {self.kind.value}"

    def as_json(self) -> dict[str, object]:
        """The body that sets it."""
        return {"target": self.target.value, "kind": self.kind.value, "times": self.times, "seconds": self.seconds}


def chosen(names: Iterable[str]) -> frozenset[str]:
    """The faults asked for. Raises KeyError with the first name that is none."""
    asked = frozenset(names)
    for name in asked - {ALL}:
        if name not in NAMES:
            raise KeyError(name)
    return frozenset(NAMES) if ALL in asked else asked


def possible(names: Iterable[str]) -> Sequence[tuple[FaultTarget, FaultKind]]:
    """Every pair of what fails and how, for faults by name."""
    kinds = {KINDS[name] for name in names if name in KINDS}
    return [
        (target, kind) for kind in FaultKind if kind in kinds for target in FaultTarget if target in _concerned(kind)
    ]


def drawn(among: Sequence[tuple[FaultTarget, FaultKind]], chance: random.Random) -> PlannedFault:
    """One fault, by chance."""
    target, kind = chance.choice(among)
    times = chance.randint(*TIMES.get(kind, USUAL_TIMES))
    seconds = round(chance.uniform(*SECONDS[kind]), 1) if kind in TIMED else 0.0
    return PlannedFault(target, kind, times, seconds)


def _concerned(kind: FaultKind) -> frozenset[FaultTarget]:
    return MEANINGFUL[kind] & ((MONEY | AROUND) if kind in HINDRANCES else MONEY)
