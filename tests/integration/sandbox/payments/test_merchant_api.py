"""The payment platform's calls, without faults."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.wait_until import wait_until

ORDER = {
    "merchant", "out_trade_no", "platform_trade_no", "state", "amount_fen", "refunded_fen", "subject", "create_time",
    "expire_time", "paid_time", "close_time", "qr_content", "pay_url",
}  # fmt: skip


async def test_an_order_is_created_and_asked_about(merchant, shared_process):  # PA-1
    order = await merchant.create()
    assert set(order) == ORDER
    assert (order["state"], order["amount_fen"], order["paid_time"]) == ("NOTPAY", 7000, None)
    assert order["pay_url"] == order["qr_content"] == f"{shared_process.url}/scan/{order['platform_trade_no']}"
    assert order["create_time"].endswith("Z")
    assert (await merchant.query(order)).content == order


async def test_the_same_number_is_the_same_order_whatever_became_of_it(merchant):  # F-9
    body = merchant.order()
    first = await merchant.call("POST", "/pay/orders", body)
    await merchant.press(first.content, "pay")
    again = await merchant.call("POST", "/pay/orders", body)
    assert again.status == 200
    assert again.content["state"] == "SUCCESS"
    assert again.content["platform_trade_no"] == first.content["platform_trade_no"]
    same_instant = body | {"expire_time": first.content["expire_time"]}
    assert (await merchant.call("POST", "/pay/orders", same_instant)).content == again.content


@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 7001},
        {"subject": "其他"},
        {"notify_url": "http://elsewhere/"},
        {"expire_time": "2040-01-01T00:00:00Z"},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_the_same_number_with_other_content_is_refused(merchant, change):  # F-9
    body = merchant.order()
    await merchant.call("POST", "/pay/orders", body)
    answer = await merchant.call("POST", "/pay/orders", body | change)
    assert (answer.status, answer.reason) == (409, "ORDER_MISMATCH")


async def test_many_requests_of_one_number_make_one_order(merchant):  # F-8
    body = merchant.order()
    answers = await asyncio.gather(*(merchant.call("POST", "/pay/orders", body) for _ in range(30)))
    assert len({answer.content["platform_trade_no"] for answer in answers}) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"amount_fen": 0},
        {"amount_fen": "7000"},
        {"amount_fen": 70.5},
        {"out_trade_no": ""},
        {"out_trade_no": "a/b"},
        {"expire_time": "2026-10-01T04:00:00"},
        {"notify_url": "ftp://x"},
        {"subject": ""},
        {"unknown": 1},
        {"merchant": "somebody"},
    ],
    ids=str,
)
async def test_an_order_that_makes_no_sense_is_refused(merchant, change):
    answer = await merchant.call("POST", "/pay/orders", merchant.order(**change))
    assert (answer.status, answer.reason) == (422, "INVALID")


async def test_what_is_no_json_is_refused(merchant, http):
    headers = merchant.signed("POST /pay/orders", b"{")
    assert (await http.post("/pay/orders", content=b"{", headers=headers)).status_code == 422


@pytest.mark.parametrize("path", ["/pay/orders/nobodys", "/pay/orders/nobodys:close"])
async def test_an_unknown_order_is_unknown(merchant, path):
    answer = await merchant.call("POST" if path.endswith("close") else "GET", path)
    assert (answer.status, answer.reason) == (404, "ORDER_UNKNOWN")


async def test_an_address_that_is_not_there_answers_signed_too(merchant):
    answer = await merchant.call("GET", "/pay/nothing")
    assert (answer.status, answer.reason) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"x_sandbox_signature": ""}, "SIGNATURE_MISSING"),
        ({"x_sandbox_timestamp": "now"}, "TIMESTAMP_MALFORMED"),
        ({"x_sandbox_timestamp": "1000000000"}, "TIMESTAMP_OUT_OF_WINDOW"),
        ({"x_sandbox_merchant": "somebody"}, "MERCHANT_UNKNOWN"),
        ({"x_sandbox_signature": "AAAA"}, "SIGNATURE_INVALID"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
@pytest.mark.parametrize("target", ["/pay/orders/x", "/pay/bills/2026-10-01"])
async def test_a_request_that_proves_nothing_is_refused(merchant, headers, reason, target):  # F-4
    answer = await merchant.call("GET", target, **headers)
    assert (answer.status, answer.reason) == (401, reason)


async def test_a_signature_covers_the_query(merchant, http):  # F-4
    order = await merchant.create()
    target = f"/pay/orders/{order['out_trade_no']}"
    assert (await merchant.call("GET", f"{target}?a=1&b=%20")).status == 200
    headers = merchant.signed(f"GET {target}", b"")
    assert (await http.get(f"{target}?a=1", headers=headers)).status_code == 401


async def test_the_platforms_keys_are_public(merchant, http, shared_process):
    [key] = (await http.get("/pay/keys")).json()["keys"]
    assert key["algorithm"] == "Ed25519"
    assert key["public_key_pem"] == (shared_process.keys_dir / "sandbox" / "platform.pub.pem").read_text()
    order = merchant.order()
    signed = merchant.signed("GET /pay/orders/" + order["out_trade_no"], b"")
    answer = await http.get("/pay/orders/" + order["out_trade_no"], headers=signed)
    assert answer.headers["x-sandbox-key-id"] == key["key_id"]


async def test_a_closed_order_cannot_be_paid(merchant):  # PA-3
    order = await merchant.create()
    closed = await merchant.close(order)
    assert closed.content["state"] == "CLOSED"
    assert closed.content["close_time"] is not None
    assert (await merchant.close(order)).content == closed.content
    refused = await merchant.press(order, "pay")
    assert (refused.status_code, refused.json()["error"]["reason"]) == (409, "ORDER_CLOSED")


async def test_a_platform_may_let_money_in_on_a_closed_order(merchant, receiver):  # PA-6
    order = await merchant.create()
    await merchant.close(order)
    assert (await merchant.press(order, "pay", even_if_closed=True)).json()["state"] == "SUCCESS"
    [heard] = await receiver.until(order["out_trade_no"], 1)
    assert heard.content["state"] == "SUCCESS"


async def test_a_paid_order_cannot_be_closed(merchant):  # PA-3, F-6
    order = await merchant.paid()
    answer = await merchant.close(order)
    assert (answer.status, answer.reason) == (409, "ORDER_PAID")


async def test_an_order_at_the_bank_cannot_be_closed_until_the_bank_answers(merchant):  # PA-3, PA-4
    order = await merchant.create()
    assert (await merchant.press(order, "hold")).json()["state"] == "USERPAYING"
    answer = await merchant.close(order)
    assert (answer.status, answer.reason) == (409, "ORDER_BEING_PAID")
    assert (await merchant.press(order, "release")).json()["state"] == "NOTPAY"
    assert (await merchant.close(order)).status == 200


async def test_an_order_ends_at_its_time_but_not_at_the_bank(merchant):  # PA-3
    soon = (datetime.now(UTC) + timedelta(seconds=3)).isoformat()
    left, taken = await merchant.create(expire_time=soon), await merchant.create(expire_time=soon)
    await merchant.press(taken, "hold")

    async def ended_unpaid() -> bool:
        return (await merchant.query(left)).content["state"] == "CLOSED"

    await wait_until(ended_unpaid)
    ended = (await merchant.query(left)).content
    assert ended["close_time"] == ended["expire_time"]
    assert (await merchant.press(left, "pay")).status_code == 409
    assert (await merchant.press(taken, "pay")).json()["state"] == "SUCCESS"


async def test_paying_and_closing_never_both_win(merchant):  # F-6
    for _ in range(10):
        order = await merchant.create()
        paid, closed = await asyncio.gather(merchant.press(order, "pay"), merchant.close(order))
        assert (paid.status_code, closed.status) in {(200, 409), (409, 200)}


async def test_paying_twice_pays_once(merchant, receiver):  # F-2
    order = await merchant.create()
    answers = await asyncio.gather(*(merchant.press(order, "pay") for _ in range(10)))
    assert len({answer.json()["paid_time"] for answer in answers}) == 1
    await receiver.until(order["out_trade_no"], 1)
    assert len((await merchant.listed(order))["deliveries"]) == 1


async def test_money_is_given_back_in_parts_and_no_more_than_was_paid(merchant):  # PA-6
    order = await merchant.paid()
    number = secrets.token_hex(12)
    first = await merchant.refund(order, 3000, number)
    assert (first.status, first.content["state"], first.content["amount_fen"]) == (200, "SUCCESS", 3000)
    assert (await merchant.refund(order, 3000, number)).content == first.content
    assert (await merchant.call("GET", f"/pay/refunds/{number}")).content == first.content
    after = (await merchant.query(order)).content
    assert (after["state"], after["refunded_fen"]) == ("REFUND", 3000)
    assert (await merchant.refund(order, 4001)).reason == "REFUND_EXCEEDS_PAYMENT"
    assert (await merchant.refund(order, 4000)).status == 200
    assert (await merchant.refund(order, 1)).reason == "REFUND_EXCEEDS_PAYMENT"


async def test_refunds_that_cannot_be_are_refused(merchant):  # PA-6
    unpaid, paid = await merchant.create(), await merchant.paid()
    number = secrets.token_hex(12)
    await merchant.refund(paid, 100, number)
    assert (await merchant.refund(unpaid, 1)).reason == "ORDER_NOT_PAID"
    assert (await merchant.refund(paid, 101, number)).reason == "REFUND_MISMATCH"
    assert (await merchant.refund({"out_trade_no": "nobodys"}, 1)).reason == "ORDER_UNKNOWN"
    answer = await merchant.call("GET", "/pay/refunds/nobodys")
    assert (answer.status, answer.reason) == (404, "REFUND_UNKNOWN")


async def test_orders_are_listed_newest_first(merchant, http):
    older, newer = await merchant.create(), await merchant.create()
    await merchant.close(older)
    numbers = [order["out_trade_no"] for order in (await http.get("/orders?limit=2")).json()["orders"]]
    assert numbers == [newer["out_trade_no"], older["out_trade_no"]]
    [closed] = (await http.get("/orders?state=CLOSED&limit=1")).json()["orders"]
    assert closed["out_trade_no"] == older["out_trade_no"]
    for query in ("limit=0", "limit=x", "state=PAID"):
        assert (await http.get(f"/orders?{query}")).status_code == 422
