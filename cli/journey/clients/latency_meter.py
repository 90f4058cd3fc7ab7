"""How long each step took, over all journeys of a run."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.table import Table


@dataclass(slots=True)
class Meter:
    """Durations by step, in seconds, in the order the steps were first seen."""

    durations: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times one step; a step that raises is not counted."""
        started = time.perf_counter()
        yield
        self.durations.setdefault(name, []).append(time.perf_counter() - started)

    def table(self) -> Table:
        """One line a step: how many, and the latency's median, 95th percentile and maximum in milliseconds."""
        table = Table(title="latency by step / 每步耗时 (ms)", title_justify="left")
        for heading in ("step", "count", "median", "p95", "max"):
            table.add_column(heading, justify="left" if heading == "step" else "right")
        for name, seconds in self.durations.items():
            shown = (statistics.median(seconds), _percentile(seconds, 0.95), max(seconds))
            table.add_row(name, str(len(seconds)), *(f"{value * 1000:,.1f}" for value in shown))
        return table


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
