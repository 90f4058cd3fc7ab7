"""How hard a replica works at what is due: a setting of each job that works in batches."""

from dataclasses import dataclass
from datetime import timedelta


def require_positive(settings: object, *names: str) -> None:
    """Raises ValueError for a number or a duration of `settings` that is not above zero."""
    for name in names:
        value = getattr(settings, name)
        if not value > type(value)():
            raise ValueError(f"{name} must be greater than zero")


def require_growth(factor: float) -> None:
    """Raises ValueError for a factor by which intervals would shrink."""
    if factor < 1:
        raise ValueError("growth must be at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLimits:
    """How many things are taken at once and for how long, how many are under way, how many are begun per second; how
    long the pause is when nothing is due. Raises ValueError for what is not above zero.
    """

    batch: int = 100
    concurrency: int = 16
    per_second: float = 100.0
    lease: timedelta = timedelta(minutes=1)
    pause: timedelta = timedelta(seconds=1)

    def __post_init__(self) -> None:
        require_positive(self, "batch", "concurrency", "per_second", "lease", "pause")
