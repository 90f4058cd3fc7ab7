"""Receipts are there at their time, and their faults (PA-9, F-18)."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from tests.integration.sandbox.unsigned_requests import A_DAY, fault, new_number, reason_of
from tests.support.wait_until import wait_until

RECEIPT = {
    "amount_fen": 7000,
    "paid_time": "2026-10-01T04:00:00.123456Z",
    "items": [{"name": "00538 中国古代文学史（一）", "amount_fen": 7000}],
}


async def ask_receipt(http: httpx.AsyncClient, order_id: str, **changes: Any) -> httpx.Response:
    return await http.post("/receipts", json=RECEIPT | {"order_id": order_id} | changes)


async def receipt_of(http: httpx.AsyncClient, order_id: str) -> httpx.Response:
    """The receipt, as soon as it is there."""

    async def look() -> httpx.Response | None:
        answer = await http.get(f"/receipts/{order_id}")
        return answer if answer.is_success else None

    return await wait_until(look)


def in_seconds(seconds: float) -> str:
    """An instant from now on."""
    instant = datetime.now(UTC) + timedelta(seconds=seconds)
    return instant.isoformat(timespec="microseconds").replace("+00:00", "Z")


async def test_a_receipt_is_there_at_its_time(http, shared_process):  # PA-9
    order_id, early_id = new_number(), new_number()
    unknown = await http.get(f"/receipts/{order_id}")
    assert (unknown.status_code, reason_of(unknown)) == (404, "RECEIPT_UNKNOWN")
    available = in_seconds(1)
    asked = await ask_receipt(http, order_id, available_time=available)
    assert (asked.status_code, asked.json()) == (202, {"order_id": order_id, "available_time": available})
    await ask_receipt(http, early_id, available_time=in_seconds(A_DAY))
    early = await http.get(f"/receipts/{early_id}")
    assert (early.status_code, reason_of(early)) == (404, "RECEIPT_NOT_YET_AVAILABLE")
    receipt = (await receipt_of(http, order_id)).json()
    assert set(receipt) == {"order_id", "code", "number", "check_code", "url", "issued_time"}
    assert receipt["issued_time"] == available
    assert receipt["url"].startswith(shared_process.url)
    assert (await http.get(receipt["url"], headers={"accept": "text/html"})).is_success


async def test_the_same_receipt_again_changes_nothing(http):  # PA-9
    order_id = new_number()
    first, again = await ask_receipt(http, order_id), await ask_receipt(http, order_id)
    assert first.json() == again.json()
    assert (await http.get(f"/receipts/{order_id}")).json() == (await http.get(f"/receipts/{order_id}")).json()
    for change in ({"amount_fen": 7001}, {"items": RECEIPT["items"] * 2}, {"paid_time": "2026-10-02T04:00:00Z"}):
        answer = await ask_receipt(http, order_id, **change)
        assert (answer.status_code, reason_of(answer)) == (409, "RECEIPT_MISMATCH")


async def test_the_receipts_faults(http):  # PA-9, F-18
    order_id, lost, late, much_later = (new_number() for _ in range(4))
    await fault(http, order_id, "receipts", "OUTAGE", times=1)
    assert (await ask_receipt(http, order_id)).status_code == 503
    await fault(http, order_id, "receipts", "SLOW", seconds=0.5, times=1)
    started = time.monotonic()
    assert (await ask_receipt(http, order_id)).status_code == 202
    assert time.monotonic() - started >= 0.5
    await fault(http, lost, "receipts", "LOST", times=1)
    assert (await ask_receipt(http, lost)).status_code == 202
    assert reason_of(await http.get(f"/receipts/{lost}")) == "RECEIPT_NOT_YET_AVAILABLE"
    for receipt_id, seconds in ((much_later, A_DAY), (late, 0.7)):
        await fault(http, receipt_id, "receipts", "LATE", seconds=seconds, times=1)
        started = time.monotonic()
        await ask_receipt(http, receipt_id)
    assert reason_of(await http.get(f"/receipts/{much_later}")) == "RECEIPT_NOT_YET_AVAILABLE"
    await receipt_of(http, late)
    assert time.monotonic() - started >= 0.7
