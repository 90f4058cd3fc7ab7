"""What the sandbox has answered outlives it, however it ends."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import httpx

from tests.integration.sandbox.conftest import calling
from tests.integration.sandbox.merchant import Merchant
from tests.support.wait_until import wait_until

WORKERS = 8


async def test_a_kill_loses_nothing_that_was_answered(own_process, receiver):  # F-13
    receiver.answer = lambda _: 500
    answered: list[tuple[dict[str, Any], list[str]]] = []
    async with calling(own_process.url) as http:
        merchant = Merchant(own_process.keys_dir, http, receiver)

        async def work() -> None:
            while True:
                body, done = merchant.order(), []
                answered.append((body, done))
                number = body["out_trade_no"]
                order = (await merchant.call("POST", "/pay/orders", body)).content
                done.append(order["platform_trade_no"])
                await merchant.press(order, "pay")
                done.append("paid")
                await merchant.refund(order, 1000, "R-" + number)
                done.append("refunded")
                message = {"channel": "SMS", "to": number, "template": "t", "params": {}, "text": "x"}
                await http.post("/messages", json=message)
                done.append("sent")
                await http.put(f"/faults/{number}", json={"target": "query", "kind": "WRONG_AMOUNT", "times": 1})
                done.append("faulty")

        async def work_until_killed() -> None:
            with suppress(httpx.HTTPError):
                await work()

        workers = [asyncio.create_task(work_until_killed()) for _ in range(WORKERS)]

        async def enough_is_done() -> bool:
            return sum("faulty" in done for _, done in answered) >= 40

        await wait_until(enough_is_done)
        await asyncio.to_thread(own_process.kill)
        await asyncio.gather(*workers)

    await asyncio.to_thread(own_process.start)
    receiver.answer = lambda _: 200
    async with calling(own_process.url) as http:
        merchant = Merchant(own_process.keys_dir, http, receiver)
        for body, done in answered:
            await found_again(merchant, body, done)


async def found_again(merchant: Merchant, body: dict[str, Any], done: list[str]) -> None:
    if not done:
        return
    number = body["out_trade_no"]
    order = (await merchant.call("POST", "/pay/orders", body)).content
    assert order["platform_trade_no"] == done[0]
    if "paid" in done:
        assert order["paid_time"] is not None
        heard = await merchant.receiver.until(number, 1)
        assert merchant.believes(heard[-1])
    if "refunded" in done:
        assert (await merchant.call("GET", f"/pay/refunds/R-{number}")).content["amount_fen"] == 1000
    if "sent" in done:
        assert len((await merchant.http.get("/messages", params={"to": number})).json()["messages"]) == 1
    if "faulty" in done:
        amounts = [(await merchant.query(order)).content["amount_fen"] for _ in range(2)]
        assert amounts == [body["amount_fen"] + 1, body["amount_fen"]]


async def test_an_unheard_notification_outlives_the_process(own_process, receiver):  # F-13
    receiver.answer = lambda _: 503
    async with calling(own_process.url) as http:
        merchant = Merchant(own_process.keys_dir, http, receiver)
        order = await merchant.paid()
        await receiver.until(order["out_trade_no"], 2)
    await asyncio.to_thread(own_process.kill)
    before = len(receiver.about(order["out_trade_no"]))
    receiver.answer = lambda _: 200
    await asyncio.to_thread(own_process.start)
    heard = await receiver.until(order["out_trade_no"], before + 1)
    assert len({each.content["event_id"] for each in heard}) == 1
    assert merchant.believes(heard[-1])


async def test_it_stops_when_told_and_finishes_what_is_under_way(own_process, receiver):
    async with calling(own_process.url) as http:
        merchant = Merchant(own_process.keys_dir, http, receiver)
        order = await merchant.create()
        await merchant.fault("global", "query", "SLOW", seconds=1)
        asked = asyncio.create_task(merchant.query(order))

        async def is_under_way() -> bool:
            return '"fault"' in own_process.log

        await wait_until(is_under_way)
        assert await asyncio.to_thread(own_process.stop) == 0
        assert (await asked).content == order
    own_process.start()


async def test_logs_are_structured_and_name_nobody(own_process, encoded):
    async with calling(own_process.url) as http:
        number, phone = "310101199001010028", "13800000003"
        await http.put(f"/register/persons/{number}", json={"name": "赵敏", "portrait_base64": encoded(b"no")})
        message = {"channel": "SMS", "to": phone, "template": "t", "params": {}, "text": "验证码 111222"}
        await http.put(f"/faults/{phone}", json={"target": "messages", "kind": "LATE", "seconds": 1})
        await http.post("/messages", json=message)
        await http.post("/receipts", content=b'{"order_id": "' + phone.encode())
    log = own_process.log
    assert all(json.loads(line)["service"] == "sandbox" for line in log.splitlines())
    assert not any(personal in log for personal in (number, phone, "赵敏", "111222"))
