"""How a server starts, lives and ends."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from chassis.errors import RemoteRefusal, ServiceTimeout, ServiceUnavailable
from chassis.process.admin_port import PortTaken
from chassis.rpc.server.grpc_server import JobFailed
from tests.integration.chassis import echo
from tests.integration.chassis.conftest import CANDIDATE
from tests.support.refusals import refusal_of
from tests.support.wait_until import PATIENCE_SECONDS, wait_until

SERVING = health_pb2.HealthCheckResponse.SERVING


async def readiness(admin: int) -> tuple[int, dict]:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{admin}/readyz")
        return answer.status_code, answer.json()["problems"]


async def test_a_call_in_flight_finishes_while_the_server_stops(make_server, make_peer, servicer):  # OP-2
    working, finish = asyncio.Event(), asyncio.Event()

    async def work(_):
        working.set()
        await finish.wait()
        return "finished"

    servicer.behaviour = work
    stopping = make_server().serving()
    ports = await stopping.__aenter__()
    async with make_peer(ports.grpc) as stub:
        call = asyncio.create_task(stub.ForAll(echo.EchoRequest()))
        await working.wait()
        ended = asyncio.create_task(stopping.__aexit__(None, None, None))
        assert not ended.done()
        finish.set()
        assert (await call).text == "finished"
        await ended
        with pytest.raises((ServiceUnavailable, ServiceTimeout)):
            await stub.ForAll(echo.EchoRequest(), timeout=0.2)


async def test_a_draining_server_is_not_ready(make_server, make_peer, servicer, config):  # OP-2
    working, finish = asyncio.Event(), asyncio.Event()

    async def work(_):
        working.set()
        await finish.wait()
        return ""

    servicer.behaviour = work
    stopping = make_server().serving()
    ports = await stopping.__aenter__()
    assert await readiness(ports.admin) == (200, {})
    async with make_peer(ports.grpc) as stub:
        call = asyncio.create_task(stub.ForAll(echo.EchoRequest()))
        await working.wait()
        ended = asyncio.create_task(stopping.__aexit__(None, None, None))

        async def draining() -> bool:
            return (await readiness(ports.admin))[1].keys() == {"draining"}

        await wait_until(draining)
        finish.set()
        await call
        await ended


async def test_a_watch_does_not_hold_up_the_end(make_server, make_peer, bearer, servicer):  # OP-2
    ticks = iter(["tick"])

    async def tick_once(_):
        if (tick := next(ticks, None)) is None:
            await asyncio.Event().wait()
        return tick

    servicer.behaviour = tick_once
    stopping = make_server().serving()
    ports = await stopping.__aenter__()
    async with make_peer(ports.grpc) as stub:
        watch = stub.Watch(echo.EchoRequest(), metadata=bearer(CANDIDATE))
        assert (await anext(watch)).text == "tick"
        async with asyncio.timeout(PATIENCE_SECONDS):
            await stopping.__aexit__(None, None, None)
        assert (await refusal_of(anext(watch))).reason == "DRAINING"


@dataclass(frozen=True)
class AJob:
    """A job of a test's own."""

    work: Callable[[], Awaitable[None]]

    async def run(self) -> None:
        await self.work()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_server_and_its_jobs(make_server, number):  # OP-2
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def relay() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    running = asyncio.create_task(make_server().run([AJob(relay)]))
    await started.wait()
    await asyncio.sleep(0)
    os.kill(os.getpid(), number)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await running
    assert cancelled.is_set()


async def test_a_job_that_crashes_ends_the_process_loudly(make_server):  # OP-2
    async def relay() -> None:
        raise ValueError("broken")

    async def other() -> None:
        await asyncio.Event().wait()

    with pytest.raises(JobFailed) as caught:
        await make_server().run([AJob(relay), AJob(other)])
    assert isinstance(caught.value.__cause__, ValueError)


async def test_a_job_that_has_done_its_work_ends_nothing(make_server):
    done = asyncio.Event()

    async def warm_up() -> None:
        done.set()

    running = asyncio.create_task(make_server().run([AJob(warm_up)]))
    await done.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    await running


async def test_a_taken_port_is_one_clear_sentence(make_server, config):
    async with make_server().serving() as ports:
        for taken in ({"port": ports.grpc}, {"admin_port": ports.admin}):
            with pytest.raises(PortTaken, match="is another process using the port"):
                async with make_server(config.model_copy(update=taken)).serving():
                    pass


async def test_a_dependency_that_is_away_shows_and_leaves_the_process_ready(make_server):  # GW-7, OP-2
    there = True

    async def database() -> None:
        if not there:
            raise ConnectionRefusedError

    async with (
        make_server(watched={"database": database}).serving() as ports,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports.admin}") as client,
    ):
        assert (await client.get("/readyz")).json() == {"ready": True, "problems": {}, "away": {}}
        assert 'zikao_dependency_up{dependency="database"} 1.0' in (await client.get("/metrics")).text
        there = False

        async def told() -> bool:
            return (await client.get("/readyz")).json()["away"] == {"database": "ConnectionRefusedError"}

        await wait_until(told)
        assert await readiness(ports.admin) == (200, {})
        assert 'zikao_dependency_up{dependency="database"} 0.0' in (await client.get("/metrics")).text


async def test_a_process_is_ready_once_what_comes_before_is_done(make_server):  # GW-7, OP-2
    fits = False

    async def schema() -> None:
        if not fits:
            raise LookupError

    async with make_server(until={"schema": schema}).serving() as ports:
        assert await readiness(ports.admin) == (503, {"schema": "LookupError"})
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports.admin}") as client:
            assert (await client.get("/healthz")).status_code == 200, "alive all the same"
        fits = True

        async def ready() -> bool:
            return await readiness(ports.admin) == (200, {})

        await wait_until(ready)
        fits = False
        assert await readiness(ports.admin) == (200, {}), "what was so once is not asked for again"


async def test_health_and_reflection_need_no_token(make_server, config):
    shown = config.model_copy(update={"reflection": True})
    async with make_server(shown).serving() as ports, grpc.aio.insecure_channel(f"127.0.0.1:{ports.grpc}") as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for service in ("", echo.SERVICE.full_name):

            async def serving(service: str = service) -> bool:
                return (await health.Check(health_pb2.HealthCheckRequest(service=service))).status == SERVING

            await wait_until(serving)
        reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = reflection.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))
        answer = await anext(aiter(asked))
        assert echo.SERVICE.full_name in {service.name for service in answer.list_services_response.service}


async def test_nobody_is_told_what_rpcs_there_are_unless_it_is_switched_on(make_server):  # OP-8
    async with make_server().serving() as ports, grpc.aio.insecure_channel(f"127.0.0.1:{ports.grpc}") as channel:
        reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
        asked = reflection.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await anext(aiter(asked))
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_every_call_is_counted_by_method_and_outcome(make_server, make_peer):
    async with make_server().serving() as ports, make_peer(ports.grpc) as stub:
        await stub.ForAll(echo.EchoRequest())
        with pytest.raises(RemoteRefusal):
            await stub.ForCandidates(echo.EchoRequest())
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"http://127.0.0.1:{ports.admin}/metrics")).text
    service = f'service="{echo.SERVICE.full_name}"'
    assert f'zikao_rpc_server_seconds_count{{code="OK",method="ForAll",{service}}}' in text
    assert f'zikao_rpc_server_seconds_count{{code="PERMISSION_DENIED",method="ForCandidates",{service}}}' in text
    assert 'zikao_refusals_total{method="ForCandidates",reason="ACCESS_DENIED"}' in text
    assert f'zikao_rpc_server_in_progress{{method="ForAll",{service}}} 0.0' in text
