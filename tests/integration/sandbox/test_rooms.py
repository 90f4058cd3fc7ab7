"""Register, messages and receipts, with their faults."""

import asyncio
import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox.portraits import portrait
from tests.support.wait_until import wait_until

RECEIPT = {
    "amount_fen": 7000,
    "paid_time": "2026-10-01T04:00:00.123456Z",
    "items": [{"name": "00538 中国古代文学史（一）", "amount_fen": 7000}],
}


A_DAY = 86_400.0


def new_number() -> str:
    return "3101" + secrets.token_hex(7)


def reason_of(answer: httpx.Response) -> str:
    return answer.json()["error"]["reason"]


async def fault(http: httpx.AsyncClient, scope: str, target: str, kind: str, **more: float) -> None:
    (await http.put(f"/faults/{scope}", json={"target": target, "kind": kind, **more})).raise_for_status()


async def send(http: httpx.AsyncClient, to: str, /, **changes: Any) -> httpx.Response:
    message = {"channel": "SMS", "to": to, "template": "code", "params": {"code": "123456"}, "text": "验证码 123456"}
    return await http.post("/messages", json=message | changes)


async def inbox(http: httpx.AsyncClient, to: str) -> list[dict[str, Any]]:
    return (await http.get("/messages", params={"to": to})).raise_for_status().json()["messages"]


@pytest.fixture
async def match(http, encoded):
    async def ask(number: str, name: str, seed: int) -> httpx.Response:
        body = {"document_number": number, "name": name, "portrait_base64": encoded(portrait(seed))}
        return await http.post("/register/match", json=body)

    return ask


@pytest.fixture
async def person(http, encoded) -> str:
    """The document number of a registered person, drawn from seed 1."""
    number = new_number()
    body = {"name": "张伟", "portrait_base64": encoded(portrait(1))}
    assert (await http.put(f"/register/persons/{number}", json=body)).status_code == 204
    return number


async def test_the_register_compares(match, person):  # ID-7
    same, other = (await match(person, "张伟", 1)).json(), (await match(person, "张伟", 2)).json()
    assert same["result"] == "MATCH"
    assert same["similarity"] > 0.99 > same["threshold"] > other["similarity"]
    assert other["result"] == "MISMATCH"
    assert (await match(person, "李娜", 1)).json()["result"] == "UNKNOWN_PERSON"
    assert (await match(new_number(), "张伟", 1)).json()["result"] == "UNKNOWN_PERSON"


async def test_a_form_replaces_what_was_registered(http, match, person):
    files = {"portrait": ("portrait.jpg", portrait(2), "image/jpeg")}
    answer = await http.put(f"/register/persons/{person}", data={"name": "张伟"}, files=files)
    assert answer.status_code == 204
    assert (await match(person, "张伟", 2)).json()["result"] == "MATCH"


async def test_what_is_no_portrait_is_refused(http, encoded, person):
    for text in (encoded(b"hello"), "not base64"):
        body = {"document_number": person, "name": "张伟", "portrait_base64": text}
        answer = await http.post("/register/match", json=body)
        assert (answer.status_code, reason_of(answer)) == (422, "PORTRAIT_UNREADABLE")
        answer = await http.put(f"/register/persons/{person}", json={"name": "张伟", "portrait_base64": text})
        assert (answer.status_code, reason_of(answer)) == (422, "PORTRAIT_UNREADABLE")
    assert (await http.put(f"/register/persons/{person}", json={"name": "张伟"})).status_code == 422
    assert (await http.put(f"/register/persons/{person}", data={"name": "张伟"}, files={})).status_code == 422


async def test_the_registers_faults(http, match, person):  # F-18
    await fault(http, person, "register", "OUTAGE", times=1)
    answer = await match(person, "张伟", 1)
    assert (answer.status_code, reason_of(answer)) == (503, "OUTAGE")
    await fault(http, person, "register", "LOST", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await match(person, "张伟", 1)
    await fault(http, person, "register", "SLOW", seconds=0.5, times=1)
    started = time.monotonic()
    assert (await match(person, "张伟", 1)).json()["result"] == "MATCH"
    assert time.monotonic() - started >= 0.5


async def test_messages_lie_in_the_inbox_newest_first(http):  # ID-10
    to = new_number()
    first = await send(http, to)
    assert first.status_code == 202
    await send(http, to, channel="EMAIL", text="第二封")
    newer, older = await inbox(http, to)
    assert (newer["text"], newer["channel"]) == ("第二封", "EMAIL")
    assert older.pop("create_time").endswith("Z")
    assert older == {
        "message_id": first.json()["message_id"],
        "channel": "SMS",
        "to": to,
        "template": "code",
        "params": {"code": "123456"},
        "text": "验证码 123456",
    }
    assert (await http.get("/messages?limit=1")).json()["messages"] == [newer]


async def test_the_same_message_again_changes_nothing(http):
    to, message_id = new_number(), secrets.token_hex(8)
    answers = await asyncio.gather(*(send(http, to, message_id=message_id) for _ in range(10)))
    assert {answer.json()["message_id"] for answer in answers} == {message_id}
    await send(http, to, message_id=message_id, text="other")
    assert [message["text"] for message in await inbox(http, to)] == ["验证码 123456"]


@pytest.mark.parametrize("change", [{"channel": "PIGEON"}, {"to": ""}, {"params": []}, {"more": 1}], ids=str)
async def test_a_message_that_makes_no_sense_is_refused(http, change):
    answer = await send(http, new_number(), **change)
    assert (answer.status_code, reason_of(answer)) == (422, "INVALID")


async def test_the_messages_faults(http):  # F-18
    to = new_number()
    await fault(http, to, "messages", "OUTAGE", times=1)
    assert (await send(http, to)).status_code == 503
    await fault(http, to, "messages", "LOST", times=1)
    assert (await send(http, to, text="lost")).status_code == 202
    await fault(http, to, "messages", "DUPLICATE", times=1)
    await send(http, to, text="twice")
    await fault(http, to, "messages", "SLOW", seconds=0.5, times=1)
    started = time.monotonic()
    assert (await send(http, to, text="slow")).status_code == 202
    assert time.monotonic() - started >= 0.5
    assert [message["text"] for message in await inbox(http, to)] == ["slow", "twice", "twice"]


async def test_a_late_message_appears_later(http):  # F-18
    to = new_number()
    for seconds, text in ((A_DAY, "much later"), (0.7, "soon")):
        await fault(http, to, "messages", "LATE", seconds=seconds, times=1)
        started = time.monotonic()
        await send(http, to, text=text)

    async def come() -> list[str]:
        return [message["text"] for message in await inbox(http, to)]

    assert await wait_until(come) == ["soon"]
    assert time.monotonic() - started >= 0.7


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
