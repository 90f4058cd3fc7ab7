"""Messages lie in an inbox instead of going out, and their faults (ID-10, F-18)."""

import asyncio
import secrets
import time
from typing import Any

import httpx
import pytest

from tests.integration.sandbox.unsigned_requests import A_DAY, fault, new_number, reason_of
from tests.support.wait_until import wait_until


async def send(http: httpx.AsyncClient, to: str, /, **changes: Any) -> httpx.Response:
    message = {"channel": "SMS", "to": to, "template": "code", "params": {"code": "123456"}, "text": "验证码 123456"}
    return await http.post("/messages", json=message | changes)


async def inbox(http: httpx.AsyncClient, to: str) -> list[dict[str, Any]]:
    return (await http.get("/messages", params={"to": to})).raise_for_status().json()["messages"]


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
