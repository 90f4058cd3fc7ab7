"""Calls of a moment share a statement, and none pays for another's mistake."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

import pytest

from chassis.process.call_batching import MOST, Batcher


class Statement:
    """Doubles numbers, all or none; cannot stand zero. Held up while its gate is shut."""

    def __init__(self) -> None:
        self.runs: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def run(self, numbers: Sequence[int]) -> Sequence[int]:
        self.runs.append(list(numbers))
        await self.gate.wait()
        if 0 in numbers:
            raise ValueError(f"zero among {len(numbers)}")
        return [number * 2 for number in numbers]


@pytest.fixture
def statement() -> Statement:
    return Statement()


@pytest.fixture
def double(statement: Statement) -> Batcher[int, int]:
    return Batcher(statement.run)


async def begun(statement: Statement) -> None:
    while not statement.runs:
        await asyncio.sleep(0)


async def test_a_call_that_comes_alone_is_carried_out_alone(statement, double):
    assert [await double(1), await double(2)] == [2, 4]
    assert statement.runs == [[1], [2]]


async def test_what_comes_while_one_is_under_way_goes_together_into_the_next(statement, double):
    statement.gate.clear()
    first = asyncio.ensure_future(double(1))
    await begun(statement)
    later = [asyncio.ensure_future(double(number)) for number in (2, 3, 4)]
    await asyncio.sleep(0)
    statement.gate.set()
    assert await asyncio.gather(first, *later) == [2, 4, 6, 8]
    assert statement.runs == [[1], [2, 3, 4]]


async def test_a_statement_takes_so_many_at_most(statement, double):
    assert await asyncio.gather(*map(double, range(1, MOST + 2))) == [2 * number for number in range(1, MOST + 2)]
    assert [len(run) for run in statement.runs] == [MOST, 1]


async def test_an_error_reaches_only_the_caller_who_caused_it(statement, double):
    answers = await asyncio.gather(*map(double, (1, 0, 3)), return_exceptions=True)
    assert (answers[0], answers[2]) == (2, 6)
    assert str(answers[1]) == "zero among 1"


async def test_a_caller_who_leaves_takes_nothing_from_the_others(statement, double):
    statement.gate.clear()
    first = asyncio.ensure_future(double(1))
    await begun(statement)
    leaving, staying = asyncio.ensure_future(double(2)), asyncio.ensure_future(double(3))
    await asyncio.sleep(0)
    first.cancel()
    leaving.cancel()
    statement.gate.set()
    assert await staying == 6
    assert statement.runs == [[1], [3]]


async def test_what_is_carried_out_for_one_caller_alone_has_its_context_and_what_is_shared_has_nobodys():
    deadline: ContextVar[str] = ContextVar("deadline", default="nobody's")

    async def seen(asked: Sequence[int]) -> Sequence[str]:
        return [deadline.get()] * len(asked)

    look = Batcher(seen)
    deadline.set("one's own")
    assert await look(1) == "one's own"
    assert await asyncio.gather(look(1), look(2)) == ["nobody's", "nobody's"]


async def test_whoever_leaves_while_a_statement_fails_is_not_carried_out_alone(statement, double):
    statement.gate.clear()
    calls = [asyncio.ensure_future(double(number)) for number in (0, 2, 3)]
    await begun(statement)
    calls[1].cancel()
    await asyncio.sleep(0)
    statement.gate.set()
    assert [str(one) for one in await asyncio.gather(calls[0], calls[2], return_exceptions=True)] == [
        "zero among 1",
        "6",
    ]
    assert statement.runs == [[0, 2, 3], [0], [3]]
