"""The solver of graduation plans (EN-13)."""

from chassis.process.thread_pool import ThreadPool
from services.enrollment.adapters.solver.furthest import FurthestReach
from services.enrollment.adapters.solver.soonest import SoonestFinish
from services.enrollment.domain.graduation.graduation_plans import Schedule, Task


class HighsSolver:
    """Solves in a bounded pool of threads: HiGHS lets the event loop run meanwhile."""

    def __init__(self, threads: ThreadPool) -> None:
        self._threads = threads

    async def fewest_sessions(self, task: Task) -> Schedule | None:
        """The schedule with the fewest sessions, and among those the one that ends first. Raises Overloaded."""
        return await self._threads.do(finish, task)

    async def furthest(self, task: Task) -> Schedule:
        """The schedule that leaves the least to do after the last session. Raises Overloaded."""
        return await self._threads.do(reach, task)


def finish(task: Task) -> Schedule | None:
    """A task's best schedule; None where there is none. Raises Overloaded when it cannot be found in time."""
    return SoonestFinish(task).solve()


def reach(task: Task) -> Schedule:
    """As far as a task's sessions lead; leaving everything is a schedule too. Raises Overloaded as above."""
    schedule = FurthestReach(task).solve()
    assert schedule is not None
    return schedule
