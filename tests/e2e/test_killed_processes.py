"""F-13: a process killed at any moment loses nothing, and nothing takes effect twice. Payment, enrollment, gateway and
sandbox are killed by the chaos run (`test_chaos.py`), review while it decides (`test_review.py`).
"""

import asyncio

from cli.journey.runs.load_run import play_many
from cli.journey.steps.journey_context import JourneyContext
from tests.e2e import database_invariants
from tests.e2e.suite_process import SuiteProcess

JOURNEYS = 12
AT_ONCE = 4


async def test_identity_killed_loses_nothing(
    suite: SuiteProcess, journey: JourneyContext, database: database_invariants.Connection
) -> None:  # F-13
    before = await _paid(database)
    playing = asyncio.create_task(play_many(journey, JOURNEYS, AT_ONCE, lambda: None))
    while await _paid(database) < before + AT_ONCE and not playing.done():
        await asyncio.sleep(0.05)
    assert not playing.done(), "all journeys ended before anything could be killed"
    suite.kill("identity")
    (await playing).must_be_whole()
    await database_invariants.all_delivered(database)
    assert await database_invariants.broken(database) == {}
    assert await _paid(database) == before + 2 * JOURNEYS
    assert "identity died (signal SIGKILL)" in suite.printed()


async def _paid(database: database_invariants.Connection) -> int:
    return int(await database.fetchval("SELECT count(*) FROM payment.orders WHERE state = 'PAID'"))
