"""One target of several replicas: calls are spread over them, and one that dies takes nobody's call with it."""

import asyncio

from chassis.rpc.channel import FreshChannel
from chassis.rpc.client import Peer
from tests.integration.chassis import echo
from tests.support.wait_until import wait_until


async def test_calls_are_spread_over_all_replicas_and_go_on_when_one_is_gone(make_server):  # GW-7, F-30
    one, other = echo.EchoServicer(), echo.EchoServicer()
    for servicer, name in ((one, "one"), (other, "other")):
        servicer.behaviour = _named(name)
    gone = make_server(services=[echo.served(one)]).serving()
    first = await gone.__aenter__()
    async with make_server(services=[echo.served(other)]).serving() as second:
        target = f"ipv4:127.0.0.1:{first.grpc},127.0.0.1:{second.grpc}"
        channel = FreshChannel(target, [echo.SERVICE], None)
        stub = echo.Stub(Peer("testing", channel, None))

        async def both_answer() -> bool:
            answers = await asyncio.gather(*(stub.ForAll(echo.EchoRequest()) for _ in range(4)))
            return {answer.text for answer in answers} == {"one", "other"}

        await wait_until(both_answer)
        await gone.__aexit__(None, None, None)
        assert {(await stub.ForAll(echo.EchoRequest())).text for _ in range(4)} == {"other"}
        await channel.close()


def _named(name: str):
    async def answer(_: object) -> str:
        return name

    return answer
