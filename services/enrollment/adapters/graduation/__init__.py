"""Graduation plans (EN-13) as integer programmes, solved to proven optimality by HiGHS."""

from chassis.process.thread_pool import ThreadPool
from services.enrollment.adapters.graduation.finishing import Finishing
from services.enrollment.adapters.graduation.reaching import Reaching
from services.enrollment.domain.graduation import Schedule, Task


class HighsPlanner:
    """Solves in the workshop's threads: HiGHS lets the event loop run meanwhile."""

    def __init__(self, workshop: ThreadPool) -> None:
        self._workshop = workshop

    async def fewest_sessions(self, task: Task) -> Schedule | None:
        """The schedule with the fewest sessions, and among those the one that ends first. Raises Overloaded."""
        return await self._workshop.do(finish, task)

    async def furthest(self, task: Task) -> Schedule:
        """The schedule that leaves the least to do after the last session. Raises Overloaded."""
        return await self._workshop.do(reach, task)


def finish(task: Task) -> Schedule | None:
    """A task's best schedule; None where there is none. Raises Overloaded when it cannot be found in time."""
    return Finishing(task).solve()


def reach(task: Task) -> Schedule:
    """As far as a task's sessions lead; leaving everything is a schedule too. Raises Overloaded as above."""
    schedule = Reaching(task).solve()
    assert schedule is not None
    return schedule
