"""The arithmetic: from what each round measured to medians and ratios. Pure."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

LEAST_SHOWN_US: Final = 0.5
"""Processes that used less CPU per unit than this did nothing for it."""

LEAST_COMPARED: Final = 0.02
"""The share of the whole CPU from which on a process is compared: of less, the clock's ticks are too coarse."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a load did: how many units, in how many seconds, and each one's latency in seconds where it is known."""

    done: int
    seconds: float
    latencies: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Round:
    """One contender's turn: the outcome, and the CPU seconds that each process, and everybody else on the machine, used
    meanwhile.
    """

    contender: str
    outcome: Outcome
    cpu: Mapping[str, float]
    elsewhere: float

    @property
    def per_second(self) -> float:
        """Units per second."""
        return self.outcome.done / self.outcome.seconds

    def cpu_us(self, process: str) -> float:
        """CPU µs of a process per unit."""
        return self.cpu.get(process, 0.0) * 1e6 / self.outcome.done


@dataclass(frozen=True, slots=True)
class Figure:
    """A contender's figures over all rounds: medians, and the slowest and fastest round.

    `elsewhere` is the share of one core that other programs used, at most: what they used, the contenders lacked.
    """

    contender: str
    unit: str
    rounds: int
    done: int
    per_second: float
    slowest: float
    fastest: float
    median_ms: float | None
    p95_ms: float | None
    cpu_us: Mapping[str, float]
    elsewhere: float

    def server_cpu_us(self, generator: str) -> float:
        """CPU µs per unit of everything but the load generator."""
        return sum(used for process, used in self.cpu_us.items() if process != generator)


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as much `of` has as `to`."""

    says: str
    value: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A quantity of two contenders that took turns: both medians, and the first's share of the second's, as the median,
    the least and the most of all pairs of rounds.
    """

    quantity: str
    now: float
    then: float
    ratio: float
    least: float
    most: float


def figure(unit: str, rounds: Sequence[Round]) -> Figure:
    """The figures of one contender. Needs at least one round, each with something done."""
    rates = [each.per_second for each in rounds]
    latencies = [sorted(each.outcome.latencies) for each in rounds if each.outcome.latencies]
    return Figure(
        contender=rounds[0].contender,
        unit=unit,
        rounds=len(rounds),
        done=sum(each.outcome.done for each in rounds),
        per_second=statistics.median(rates),
        slowest=min(rates),
        fastest=max(rates),
        median_ms=_median_ms(percentile(each, 0.5) for each in latencies),
        p95_ms=_median_ms(percentile(each, 0.95) for each in latencies),
        cpu_us=_cpu_us(rounds),
        elsewhere=max(each.elsewhere / each.outcome.seconds for each in rounds),
    )


def ratios(figures: Iterable[Figure], first: str, others: Sequence[str], generator: str) -> list[Ratio]:
    """How `first` compares with each of the others that took part: units per second, and CPU per unit."""
    by_name = {each.contender: each for each in figures}
    found = []
    for other in [by_name[name] for name in others if name in by_name and first in by_name]:
        ours = by_name[first]
        found.append(Ratio(f"{ours.unit} per second, {first} : {other.contender}", ours.per_second / other.per_second))
        cpu = ours.server_cpu_us(generator) / other.server_cpu_us(generator)
        found.append(Ratio(f"CPU per {ours.unit.removesuffix('s')}, {first} : {other.contender} (less is better)", cpu))
    return found


def comparisons(
    title: str, unit: str, now: Sequence[Round], then: Sequence[Round], processes: Sequence[str]
) -> list[Comparison]:
    """How `now` compares with `then`, round by round: units per second; CPU per unit of these processes together, and
    of each that used a noticeable part of it in every round.
    """
    pairs = list(zip(now, then, strict=False))
    if not pairs:
        return []

    def used(some: Round) -> float:
        return sum(some.cpu_us(process) for process in processes)

    found = [
        _comparison(f"{title}: {unit} per second", [(one.per_second, other.per_second) for one, other in pairs]),
        _comparison(f"{title}: CPU µs each", [(used(one), used(other)) for one, other in pairs]),
    ]
    for process in processes:
        both = [(one.cpu_us(process), other.cpu_us(process)) for one, other in pairs]
        least = LEAST_COMPARED * min(map(used, (*now, *then)))
        if all(min(pair) >= least for pair in both):
            found.append(_comparison(f"{title}: CPU µs each, {process}", both))
    return found


def _comparison(quantity: str, pairs: Sequence[tuple[float, float]]) -> Comparison:
    shares = [now / then for now, then in pairs]
    return Comparison(
        quantity,
        statistics.median(now for now, _ in pairs),
        statistics.median(then for _, then in pairs),
        statistics.median(shares),
        min(shares),
        max(shares),
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that `share` of the ordered values do not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _cpu_us(rounds: Sequence[Round]) -> Mapping[str, float]:
    names = list(dict.fromkeys(process for each in rounds for process in each.cpu))
    used = {name: statistics.median(each.cpu_us(name) for each in rounds) for name in names}
    return {name: us for name, us in used.items() if us >= LEAST_SHOWN_US}


def _median_ms(seconds: Iterable[float]) -> float | None:
    values = list(seconds)
    return statistics.median(values) * 1000 if values else None
