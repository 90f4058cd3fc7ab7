"""What goes wrong with calls, and how it is set."""

import asyncio
import time
from datetime import datetime
from typing import Any

import httpx
import pytest

from chassis.clock import SHANGHAI
from tests.integration.sandbox.merchant import Act, Merchant, Unsigned
from tests.support.wait_until import wait_until

CALLS: dict[str, Act] = {
    "create": lambda merchant, case: merchant.call("POST", "/pay/orders", case["body"]),
    "query": lambda merchant, case: merchant.query(case["order"]),
    "close": lambda merchant, case: merchant.close(case["order"]),
    "refund": lambda merchant, case: merchant.refund(case["order"], 1000, "R-" + case["order"]["out_trade_no"]),
}
DONE = {"create": "NOTPAY", "query": "NOTPAY", "close": "CLOSED", "refund": "REFUND"}


async def prepared(merchant: Merchant, target: str) -> dict[str, Any]:
    """What a call is about: for `create` an order that does not exist yet."""
    body = merchant.order()
    if target == "create":
        return {"body": body, "order": {"out_trade_no": body["out_trade_no"]}}
    order = (await merchant.call("POST", "/pay/orders", body)).content
    if target == "refund":
        await merchant.press(order, "pay")
    return {"body": body, "order": order}


@pytest.fixture(params=CALLS)
def target(request) -> str:
    return request.param


@pytest.fixture
async def case(merchant, target) -> dict[str, Any]:
    return await prepared(merchant, target)


async def set_fault(merchant: Merchant, case: dict[str, Any], target: str, kind: str, **more: float) -> None:
    await merchant.fault(case["order"]["out_trade_no"], target, kind, **more)


async def test_a_lost_answer_has_been_done(merchant, case, target):  # F-9
    await set_fault(merchant, case, target, "LOST", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await CALLS[target](merchant, case)
    assert (await merchant.query(case["order"])).content["state"] == DONE[target]
    assert (await CALLS[target](merchant, case)).status == 200


async def test_a_forged_answer_is_not_the_platforms(merchant, case, target):  # F-4, F-9
    await set_fault(merchant, case, target, "FORGED", times=1)
    with pytest.raises(Unsigned):
        await CALLS[target](merchant, case)
    assert (await CALLS[target](merchant, case)).status == 200


async def test_a_wrong_amount_is_signed(merchant, case, target):
    if target == "close":
        with pytest.raises(httpx.HTTPStatusError):
            await set_fault(merchant, case, target, "WRONG_AMOUNT")
        return
    await set_fault(merchant, case, target, "WRONG_AMOUNT", times=1)
    wrong, right = await CALLS[target](merchant, case), await CALLS[target](merchant, case)
    assert wrong.content["amount_fen"] == right.content["amount_fen"] + 1


async def test_an_outage_does_nothing(merchant, case, target):  # F-18
    await set_fault(merchant, case, target, "OUTAGE", times=1)
    answer = await CALLS[target](merchant, case)
    assert (answer.status, answer.reason) == (503, "OUTAGE")
    before = await merchant.query(case["order"])
    assert before.content.get("state") == {"create": None, "refund": "SUCCESS"}.get(target, "NOTPAY")
    assert (await CALLS[target](merchant, case)).status == 200


async def test_a_slow_answer_has_been_done_at_once(merchant, case, target):  # F-18
    await set_fault(merchant, case, target, "SLOW", seconds=30, times=1)
    unanswered = asyncio.create_task(CALLS[target](merchant, case))

    async def done() -> bool:
        found = await merchant.http.get("/orders", params={"out_trade_no": case["order"]["out_trade_no"]})
        return [order["state"] for order in found.raise_for_status().json()["orders"]] == [DONE[target]]

    await wait_until(done)
    assert not unanswered.done()
    unanswered.cancel()
    await set_fault(merchant, case, target, "SLOW", seconds=0.6, times=1)
    started = time.monotonic()
    assert (await CALLS[target](merchant, case)).status == 200
    assert time.monotonic() - started >= 0.6


async def bill(merchant: Merchant) -> list[str]:
    answer = await merchant.call("GET", f"/pay/bills/{datetime.now(SHANGHAI).date()}")
    assert answer.status == 200, answer.content
    return answer.body.decode().splitlines()


async def test_the_first_line_of_a_bill_can_be_wrong(merchant):  # PA-10
    await merchant.paid()
    await merchant.paid()
    _, first, second, *_ = await bill(merchant)
    for kind, expected in {
        "LOST": [second],
        "DUPLICATE": [first, first, second],
        "WRONG_AMOUNT": [first.rsplit(",", 1)[0] + f",{int(first.rsplit(',', 1)[1]) + 1}", second],
    }.items():
        await merchant.fault("global", "bill", kind, times=1)
        header, *lines = await bill(merchant)
        assert lines[: len(expected)] == expected
        assert header.startswith("time,")
        assert lines[-1].startswith("TOTAL,")
    assert (await bill(merchant))[1] == first


async def test_a_bill_can_be_forged_late_or_not_there(merchant):  # PA-10
    await merchant.fault("global", "bill", "FORGED", times=1)
    with pytest.raises(Unsigned):
        await bill(merchant)
    await merchant.fault("global", "bill", "OUTAGE", times=1)
    answer = await merchant.call("GET", "/pay/bills/2026-10-01")
    assert (answer.status, answer.reason) == (503, "OUTAGE")
    await merchant.fault("global", "bill", "SLOW", seconds=0.5, times=1)
    started = time.monotonic()
    await bill(merchant)
    assert time.monotonic() - started >= 0.5


async def test_faults_count_down_and_the_narrower_wins(merchant, http):
    order, other = await merchant.create(), await merchant.create()
    await merchant.fault("global", "query", "OUTAGE")
    await merchant.fault(order["out_trade_no"], "query", "WRONG_AMOUNT", times=2)
    assert [(await merchant.query(order)).content.get("amount_fen") for _ in range(3)] == [7001, 7001, None]
    assert (await merchant.query(other)).status == 503
    assert (await http.get("/faults")).json() == {
        "faults": [{"scope": "global", "target": "query", "kind": "OUTAGE", "seconds": 0.0, "times": None}]
    }
    await merchant.fault("global", "query", "WRONG_AMOUNT")
    assert (await merchant.query(other)).content["amount_fen"] == 7001
    assert (await http.delete("/faults/global")).status_code == 204
    assert (await merchant.query(other)).content["amount_fen"] == 7000


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"target": "close", "kind": "WRONG_AMOUNT"}, "FAULT_WITHOUT_MEANING"),
        ({"target": "query", "kind": "LATE", "seconds": 1}, "FAULT_WITHOUT_MEANING"),
        ({"target": "register", "kind": "DUPLICATE"}, "FAULT_WITHOUT_MEANING"),
        ({"target": "weather", "kind": "OUTAGE"}, "FAULT_WITHOUT_MEANING"),
        ({"target": "query", "kind": "SLOW"}, "INVALID"),
        ({"target": "query", "kind": "OUTAGE", "times": 0}, "INVALID"),
        ({"kind": "OUTAGE"}, "INVALID"),
    ],
    ids=str,
)
async def test_a_fault_that_means_nothing_is_refused(http, body, reason):
    answer = await http.put("/faults/global", json=body)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (422, reason)
