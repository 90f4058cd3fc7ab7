"""What the platform tells the merchant, unasked (PA-5), and the faults of it."""

import asyncio
from typing import Any

from tests.support.free_port import free_port
from tests.support.wait_until import wait_until


async def test_a_payment_is_told_signed(merchant, receiver):  # PA-5
    order = await merchant.paid()
    [heard] = await receiver.until(order["out_trade_no"], 1)
    assert merchant.believes(heard)
    event = heard.content
    assert event.pop("event_id")
    names = ("merchant", "out_trade_no", "platform_trade_no", "amount_fen", "state", "paid_time")
    assert event == {name: order[name] for name in names}


async def test_an_unheard_notification_is_repeated_with_a_fresh_signature(merchant, receiver):  # PA-5
    receiver.answer = lambda before: 500 if before < 2 else 204
    order = await merchant.paid()
    heard = await receiver.until(order["out_trade_no"], 3)
    assert len({each.content["event_id"] for each in heard}) == 1
    assert all(merchant.believes(each) for each in heard)
    assert int(heard[2].headers["x-sandbox-timestamp"]) > int(heard[0].headers["x-sandbox-timestamp"])
    assert heard[1].at - heard[0].at > 0.45
    assert heard[2].at - heard[1].at > 0.95

    async def acknowledged() -> dict[str, Any] | None:
        [delivery] = (await merchant.listed(order))["deliveries"]
        return delivery if delivery["acknowledged_time"] else None

    delivery = await wait_until(acknowledged)
    assert (delivery["attempts"], delivery["last_status"], delivery["next_time"]) == (3, 204, None)


async def test_one_deaf_receiver_delays_nobody_else(merchant, receiver):  # PA-5
    for _ in range(5):
        await merchant.paid(notify_url=f"http://127.0.0.1:{free_port()}/nobody")
    order = await merchant.paid()
    await receiver.until(order["out_trade_no"], 1)


async def test_late(merchant, receiver):  # F-1
    order = await merchant.create()
    await merchant.fault(order["out_trade_no"], "notification", "LATE", seconds=1)
    before = asyncio.get_running_loop().time()
    await merchant.press(order, "pay")
    [heard] = await receiver.until(order["out_trade_no"], 1)
    assert heard.at - before >= 1


async def test_lost(merchant, receiver):  # F-1
    lost, following = await merchant.create(), await merchant.create()
    await merchant.fault(lost["out_trade_no"], "notification", "LOST")
    await merchant.press(lost, "pay")
    await merchant.press(following, "pay")
    await receiver.until(following["out_trade_no"], 1)
    assert receiver.about(lost["out_trade_no"]) == []
    [delivery] = (await merchant.listed(lost))["deliveries"]
    assert (delivery["attempts"], delivery["next_time"]) == (0, None)


async def test_duplicate(merchant, receiver):  # F-2
    order = await merchant.create()
    await merchant.fault(order["out_trade_no"], "notification", "DUPLICATE")
    await merchant.press(order, "pay")
    heard = await receiver.until(order["out_trade_no"], 10)
    assert len(heard) == 10
    assert len({each.body for each in heard}) == 1


async def test_forged(merchant, receiver):  # F-4
    order = await merchant.create()
    await merchant.fault(order["out_trade_no"], "notification", "FORGED")
    await merchant.press(order, "pay")
    heard = await receiver.until(order["out_trade_no"], 2)
    assert [merchant.believes(each) for each in heard] == [False, True]
    assert [each.content["amount_fen"] for each in heard] == [7000, 7000]


async def test_wrong_amount(merchant, receiver):  # F-4
    order = await merchant.create()
    await merchant.fault(order["out_trade_no"], "notification", "WRONG_AMOUNT")
    await merchant.press(order, "pay")
    heard = await receiver.until(order["out_trade_no"], 2)
    assert [merchant.believes(each) for each in heard] == [True, True]
    assert [each.content["amount_fen"] for each in heard] == [7001, 7000]


async def test_a_decoy_is_not_repeated(merchant, receiver):  # F-4
    receiver.answer = lambda before: 500 if before < 2 else 200
    order = await merchant.create()
    await merchant.fault(order["out_trade_no"], "notification", "FORGED")
    await merchant.press(order, "pay")
    heard = await receiver.until(order["out_trade_no"], 3)
    assert [merchant.believes(each) for each in heard] == [False, True, True]


async def test_outage(merchant, receiver, http):  # F-1
    held, other = await merchant.create(), await merchant.create()
    await merchant.fault(held["out_trade_no"], "notification", "OUTAGE")
    await merchant.press(held, "pay")
    await merchant.press(other, "pay")
    await receiver.until(other["out_trade_no"], 1)
    assert receiver.about(held["out_trade_no"]) == []
    assert (await http.delete(f"/faults/{held['out_trade_no']}")).is_success
    [heard] = await receiver.until(held["out_trade_no"], 1)
    assert merchant.believes(heard)


async def test_slow(merchant, receiver):  # F-1
    receiver.answer = lambda before: 500 if before < 1 else 200
    order = await merchant.create()
    await merchant.fault(order["out_trade_no"], "notification", "SLOW", seconds=0.8)
    before = asyncio.get_running_loop().time()
    await merchant.press(order, "pay")
    heard = await receiver.until(order["out_trade_no"], 2)
    assert heard[0].at - before >= 0.8
    assert heard[1].at - heard[0].at >= 0.5 + 0.8
