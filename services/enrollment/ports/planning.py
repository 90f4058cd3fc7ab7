"""What solves graduation plans (EN-13)."""

from typing import Protocol

from services.enrollment.domain.graduation import Schedule, Task


class Planner(Protocol):
    """Finds schedules that are proven to be the best."""

    async def fewest_sessions(self, task: Task) -> Schedule | None:
        """The schedule with the fewest sessions, and among those the one that ends first; None where there is none.

        Raises Overloaded.
        """
        ...
