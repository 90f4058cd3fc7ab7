"""Changes reach the pages that other replicas hold open (PA-4)."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

from services.payment.adapters.order_change_pubsub import LocalOrderChanges, order_changes
from tests.support.wait_until import PATIENCE_SECONDS

SOON = timedelta(milliseconds=50)
LONG = timedelta(seconds=PATIENCE_SECONDS)


async def test_only_those_who_watch_the_order_are_told():
    fan_out = LocalOrderChanges()
    with fan_out.watching("a") as first, fan_out.watching("a") as second, fan_out.watching("b") as other:
        fan_out.publish("a")
        assert [await watch.changed(SOON) for watch in (first, second, other)] == [True, True, False]
        assert not await first.changed(SOON)
    fan_out.publish("a")


async def test_a_change_is_told_through_redis(redis_url):  # PA-4
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(order_changes(redis_url))
        there = await stack.enter_async_context(order_changes(redis_url))
        with there.watching("a") as watch:
            async with asyncio.timeout(PATIENCE_SECONDS):
                here.publish("a")
                while not await watch.changed(SOON):  # until the other side has subscribed
                    here.publish("a")


async def test_pages_of_this_replica_are_told_while_redis_is_away():  # PA-4
    async with order_changes("redis://127.0.0.1:1") as fan_out:
        with fan_out.watching("a") as watch:
            fan_out.publish("a")
            assert await watch.changed(LONG)
