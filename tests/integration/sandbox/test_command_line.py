"""`zikao sandbox`, as an evaluator types it."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from typer.testing import CliRunner, Result

from cli.main import app

Zikao = Callable[..., Awaitable[Result]]


@pytest.fixture
def zikao(shared_process, http) -> Zikao:
    environment = {"ZIKAO_SANDBOX_URL": shared_process.url, "COLUMNS": "300"}

    async def run(*words: str, url: str | None = None) -> Result:
        changed = environment if url is None else environment | {"ZIKAO_SANDBOX_URL": url}
        return await asyncio.to_thread(CliRunner().invoke, app, ["sandbox", *words], env=changed)

    return run


async def test_faults_are_set_listed_and_cleared(zikao, http):
    assert (await zikao("fault", "list")).output == "Nothing goes wrong.\n"
    set_one = await zikao("fault", "set", "notification", "duplicate", "--times", "2", "--scope", "a@b.example")
    assert set_one.exit_code == 0, set_one.output
    await zikao("fault", "set", "bill", "OUTAGE")
    assert [fault["kind"] for fault in (await http.get("/faults")).json()["faults"]] == ["DUPLICATE", "OUTAGE"]
    assert "DUPLICATE" in (await zikao("fault", "list")).output
    await zikao("fault", "clear", "a@b.example")
    assert [fault["kind"] for fault in (await http.get("/faults")).json()["faults"]] == ["OUTAGE"]
    await zikao("fault", "clear")
    assert (await http.get("/faults")).json() == {"faults": []}


async def test_an_order_is_paid_and_listed(zikao, merchant):
    order = await merchant.create()
    paid = await zikao("pay", order["out_trade_no"])
    assert paid.exit_code == 0
    assert "SUCCESS, 70.00 yuan" in paid.output
    assert order["out_trade_no"] in (await zikao("orders", "--state", "SUCCESS", "--limit", "1")).output


async def test_a_closed_order_is_paid_only_when_told(zikao, merchant):  # PA-6
    order = await merchant.create()
    await merchant.close(order)
    refused = await zikao("pay", order["out_trade_no"])
    assert (refused.exit_code, refused.output.startswith("ORDER_CLOSED")) == (1, True)
    assert (await zikao("pay", order["out_trade_no"], "--even-if-closed")).exit_code == 0


async def test_the_inbox_is_read(zikao, http):
    message = {"channel": "SMS", "to": "13800000009", "template": "t", "params": {}, "text": "验证码 998877"}
    await http.post("/messages", json=message)
    assert "998877" in (await zikao("inbox", "13800000009")).output
    assert (await zikao("inbox", "13800000010")).output == "Nothing has arrived.\n"


@pytest.mark.parametrize("words", [("pay", "nobodys"), ("fault", "set", "close", "late", "--seconds", "1")], ids=str)
async def test_what_cannot_be_done_ends_with_a_sentence(zikao, words):
    result = await zikao(*words)
    assert result.exit_code == 1
    assert "Traceback" not in result.output


async def test_a_sandbox_that_is_not_there_is_said_so(zikao):
    result = await zikao("orders", url="http://127.0.0.1:1")
    assert result.exit_code == 1
    assert "does not answer" in result.output


async def test_help_tells_every_fault(zikao):
    text = (await zikao("fault", "--help")).output
    for kind in ("LATE", "LOST", "DUPLICATE", "FORGED", "WRONG_AMOUNT", "OUTAGE", "SLOW"):
        assert kind in text
