"""Password hashes keep a processor busy, so only so many wait; the rest is told when to come again (ID-14)."""

import asyncio

import pytest

from chassis.errors import RemoteRefusal
from services.identity.config import Config
from tests.integration.identity import people
from tests.integration.identity.test_password_recoveries import NEW_PASSWORD, asked, completed, owner
from tests.integration.identity.world import World

CROWD = 40


@pytest.fixture
def config(config: Config) -> Config:
    """Nobody may wait for a thread."""
    return config.model_copy(update={"passwords_waiting": 0})


def refusals(outcomes: list[object]) -> list[RemoteRefusal]:
    return [outcome for outcome in outcomes if isinstance(outcome, RemoteRefusal)]


async def test_a_crowd_of_logins_is_refused_at_once_and_not_queued(world: World) -> None:  # ID-14
    number = people.resident_number()
    await world.visitor.register(number)
    sources = [world.from_address(f"198.51.100.{turn}") for turn in range(CROWD)]
    outcomes = await asyncio.gather(
        *(source.log_in(number, people.PASSWORD) for source in sources), return_exceptions=True
    )
    refused = refusals(outcomes)
    assert {(refusal.reason, refusal.code.value) for refusal in refused} == {("OVERLOADED", "RESOURCE_EXHAUSTED")}
    assert all(refusal.retry_after for refusal in refused)
    assert 0 < len(refused) < CROWD
    assert (await world.visitor.log_in(number, people.PASSWORD)).tokens


async def test_an_overloaded_pool_costs_no_code(world: World) -> None:  # ID-4
    person = await owner(world)
    recovery = await asked(world.visitor, person.number)
    code = await world.outside.code(person.phone, 2)
    crowd = [
        asyncio.ensure_future(world.from_address(f"198.51.100.{turn}").log_in(person.number, "Wrong-1"))
        for turn in range(CROWD)
    ]
    tries = await asyncio.gather(
        *(completed(world.visitor, recovery, code, NEW_PASSWORD) for _ in range(2)), return_exceptions=True
    )
    await asyncio.gather(*crowd, return_exceptions=True)
    if None not in tries:
        await completed(world.visitor, recovery, code, NEW_PASSWORD)
    assert {refusal.reason for refusal in refusals(tries)} <= {"OVERLOADED", "CODE_INVALID"}
    assert (await world.visitor.log_in(person.number, NEW_PASSWORD)).tokens
