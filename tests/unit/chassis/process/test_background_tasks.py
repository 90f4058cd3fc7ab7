"""Work that outlasts the call which began it."""

import asyncio

import pytest

from chassis.process.background_tasks import BackgroundTasks


async def test_work_goes_on_when_nobody_waits_for_it() -> None:
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    async with BackgroundTasks() as tasks:
        tasks.start(work())
        await done.wait()


async def test_what_is_under_way_at_the_end_of_the_block_is_cancelled_and_may_clean_up() -> None:
    begun, cleaned_up = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned_up.set()

    async with BackgroundTasks() as tasks:
        tasks.start(work())
        await begun.wait()
    assert cleaned_up.is_set()


async def test_a_failure_is_told_to_whoever_waits_and_to_nobody_else() -> None:
    async def fail() -> None:
        raise ValueError("told")

    async with BackgroundTasks() as tasks:
        tasks.start(fail())
        with pytest.raises(ValueError, match="told"):
            await tasks.start(fail())
