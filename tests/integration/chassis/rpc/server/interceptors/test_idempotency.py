"""A repeated request gets its first answer (AIP-155)."""

import asyncio
from dataclasses import replace
from itertools import count
from uuid import uuid4

import pytest

from chassis.errors import StaleEtag
from chassis.rpc.server.interceptors.idempotency import NowhereToKeepAnswers
from tests.integration.chassis import echo
from tests.integration.chassis.conftest import CANDIDATE
from tests.support.refusals import refusal_of
from tests.support.wait_until import PATIENCE_SECONDS


@pytest.fixture
def changing_servicer(servicer):
    """A servicer whose every execution answers something else."""
    numbers = count(1)

    async def next_number(_):
        return str(next(numbers))

    servicer.behaviour = next_number
    return servicer


@pytest.fixture
def request_id() -> str:
    return str(uuid4())


async def test_the_same_request_again_gets_the_first_answer(stub, bearer, changing_servicer, request_id):  # F-10
    request = echo.EchoRequest(request_id=request_id, text="x")
    answers = [await stub.Change(request, metadata=bearer(CANDIDATE)) for _ in range(3)]
    assert [answer.text for answer in answers] == ["1", "1", "1"]
    assert changing_servicer.executed == 1


async def test_the_same_id_with_another_body_is_refused(stub, bearer, changing_servicer, request_id):  # F-10
    await stub.Change(echo.EchoRequest(request_id=request_id, text="x"), metadata=bearer(CANDIDATE))
    refusal = await refusal_of(
        stub.Change(echo.EchoRequest(request_id=request_id, text="y"), metadata=bearer(CANDIDATE))
    )
    assert refusal.reason == "REQUEST_ID_REUSED"
    assert changing_servicer.executed == 1


async def test_the_same_request_many_times_at_once_runs_once(stub, bearer, changing_servicer, request_id):  # F-10
    request = echo.EchoRequest(request_id=request_id, text="x")
    answers = await asyncio.gather(*(stub.Change(request, metadata=bearer(CANDIDATE)) for _ in range(20)))
    assert {answer.text for answer in answers} == {"1"}
    assert changing_servicer.executed == 1


async def test_two_callers_may_choose_the_same_id(stub, bearer, changing_servicer, request_id):
    request = echo.EchoRequest(request_id=request_id, text="x")
    for who in (CANDIDATE, replace(CANDIDATE, subject_id="c-2")):
        await stub.Change(request, metadata=bearer(who))
    assert changing_servicer.executed == 2


async def test_a_request_without_an_id_runs_every_time(stub, bearer, changing_servicer):
    for _ in range(2):
        await stub.Change(echo.EchoRequest(text="x"), metadata=bearer(CANDIDATE))
    assert changing_servicer.executed == 2


async def test_a_refused_request_may_be_sent_again_under_its_id(stub, bearer, servicer, request_id):
    outcomes = iter([StaleEtag(), None])

    async def refuse_once(_):
        if (refusal := next(outcomes)) is not None:
            raise refusal
        return "done"

    servicer.behaviour = refuse_once
    request = echo.EchoRequest(request_id=request_id)
    await refusal_of(stub.Change(request, metadata=bearer(CANDIDATE)))
    assert (await stub.Change(request, metadata=bearer(CANDIDATE))).text == "done"


async def test_what_was_begun_for_a_caller_who_left_is_finished_and_answered(  # F-10, F-13
    stub, bearer, changing_servicer, request_id
):
    started, goes_on, answer = asyncio.Event(), asyncio.Event(), changing_servicer.behaviour

    async def slowly(request):
        started.set()
        await goes_on.wait()
        return await answer(request)

    changing_servicer.behaviour = slowly
    request = echo.EchoRequest(request_id=request_id)
    left = asyncio.create_task(stub.Change(request, metadata=bearer(CANDIDATE)))
    await started.wait()
    left.cancel()
    again = asyncio.create_task(stub.Change(request, metadata=bearer(CANDIDATE)))
    with pytest.raises(asyncio.CancelledError):
        await left
    goes_on.set()
    assert (await again).text == "1"
    assert changing_servicer.executed == 1


async def test_a_caller_who_left_may_come_back_under_the_same_id(stub, bearer, servicer, request_id):
    started = asyncio.Event()

    async def hang_once(_):
        if not started.is_set():
            started.set()
            await asyncio.Event().wait()
        return "done"

    servicer.behaviour = hang_once
    request = echo.EchoRequest(request_id=request_id)
    left = asyncio.create_task(stub.Change(request, metadata=bearer(CANDIDATE)))
    await started.wait()
    left.cancel()
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert (await stub.Change(request, metadata=bearer(CANDIDATE))).text == "done"


async def test_a_promise_of_replays_that_nothing_can_keep_keeps_the_server_from_starting(make_server):
    with pytest.raises(NowhereToKeepAnswers, match=r"EchoService/Change .* no database .* or declare"):
        make_server(answers=None)
