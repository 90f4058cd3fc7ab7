"""The closed loop: each piece of work once, and an end in any case."""

import asyncio

import pytest

from bench.measurement.load_generator import Request, closed_loop


async def test_every_piece_of_work_is_done_once_by_some_lane():
    done: list[int] = []

    async def work(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)

    outcome = await closed_loop([work] * 3, 50, 60.0)
    assert sorted(done) == list(range(50))
    assert outcome.done == len(outcome.latencies) == 50


async def test_at_most_as_much_is_under_way_as_there_are_lanes():
    under_way = most = 0

    async def work(_: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1

    await closed_loop([work] * 4, 40, 60.0)
    assert most == 4


async def test_when_the_time_is_over_nothing_new_is_begun_and_what_is_under_way_counts():
    outcome = await closed_loop([lambda _: asyncio.sleep(0)] * 2, 1_000_000, 0.0)
    assert outcome.done == 2


async def test_work_that_fails_ends_the_run():
    async def work(number: int) -> None:
        raise ValueError(number)

    with pytest.raises(ValueError, match="0"):
        await closed_loop([work], 10, 60.0)


def test_a_request_goes_out_whole():
    head, _, body = Request("/v1/x:checkout", "t0ken", b'{"a":1}').encode("127.0.0.1:80").partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert head.split(b"\r\n")[0] == b"POST /v1/x:checkout HTTP/1.1"
    assert b"Authorization: Bearer t0ken" in head
    assert b"Content-Length: 7" in head
