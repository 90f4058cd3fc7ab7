"""F-13: a process killed at any moment loses nothing, and nothing takes effect twice."""

import asyncio

import pytest

from cli.journey.play import play_many
from cli.journey.stories import Stage
from tests.e2e import ledger
from tests.e2e.suite import Running

JOURNEYS = 12
AT_ONCE = 4


@pytest.mark.parametrize("victim", ["payment", "enrollment", "identity", "gateway", "sandbox"])
async def test_a_killed_process_loses_nothing(  # F-13
    suite: Running, stage: Stage, database: ledger.Connection, victim: str
) -> None:
    before = await _paid(database)
    playing = asyncio.create_task(play_many(stage, JOURNEYS, AT_ONCE, lambda: None))
    while await _paid(database) < before + AT_ONCE and not playing.done():
        await asyncio.sleep(0.05)
    assert not playing.done(), "all journeys ended before anything could be killed"
    suite.kill(victim)
    (await playing).must_be_whole()
    await ledger.all_delivered(database)
    assert await ledger.broken(database) == {}
    assert await _paid(database) == before + 2 * JOURNEYS
    assert f"{victim} died (signal SIGKILL)" in suite.said()


async def _paid(database: ledger.Connection) -> int:
    return int(await database.fetchval("SELECT count(*) FROM payment.orders WHERE state = 'PAID'"))
