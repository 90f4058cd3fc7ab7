"""Rounds of some work, whatever one of them fails with."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest

from chassis.errors import Contention
from chassis.process.periodic_job import AT_ONCE, PeriodicJob
from tests.support.configured_logs import configured_logs
from tests.support.wait_until import PATIENCE_SECONDS

NEVER_AGAIN = timedelta(days=1)
Round = Callable[[], timedelta | None]


def failing(error: Exception) -> Round:
    def work() -> None:
        raise error

    return work


class Rounds:
    """Work that goes as planned, round by round; `over` is set by the last one."""

    def __init__(self, *plan: Round) -> None:
        self._plan = list(plan)
        self.over = asyncio.Event()

    async def __call__(self) -> timedelta | None:
        work = self._plan.pop(0)
        if not self._plan:
            self.over.set()
        return work()


@asynccontextmanager
async def running(job: PeriodicJob) -> AsyncIterator["asyncio.Task[None]"]:
    task = asyncio.create_task(job.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("error", [ConnectionError("the database is away"), Contention()], ids=["error", "refusal"])
async def test_a_round_that_fails_is_followed_by_the_next_one(error: Exception) -> None:
    rounds = Rounds(failing(error), lambda: None, lambda: NEVER_AGAIN)
    async with running(PeriodicJob("test", rounds, pause=AT_ONCE)) as task, asyncio.timeout(PATIENCE_SECONDS):
        await rounds.over.wait()
        assert not task.done()


async def test_a_round_may_say_how_long_to_pause_this_time() -> None:
    rounds = Rounds(lambda: AT_ONCE, lambda: AT_ONCE, lambda: None)
    async with running(PeriodicJob("test", rounds, pause=NEVER_AGAIN)), asyncio.timeout(PATIENCE_SECONDS):
        await rounds.over.wait()


async def test_one_round_answers_the_pause_that_it_asks_for() -> None:
    job = PeriodicJob("test", Rounds(lambda: NEVER_AGAIN, lambda: None, failing(OSError())), pause=AT_ONCE)
    assert [await job.once() for _ in range(3)] == [NEVER_AGAIN, None, None]


async def test_a_failure_is_logged_by_its_reason_and_without_what_it_says(capfd: pytest.CaptureFixture[str]) -> None:
    job = PeriodicJob("test", Rounds(failing(Contention()), failing(ValueError("13800000001"))), pause=AT_ONCE)
    with configured_logs():
        await job.once()
        await job.once()
    log = capfd.readouterr().out
    assert "CONTENTION" in log
    assert "ValueError" in log
    assert "13800000001" not in log
