"""What people see."""

import httpx
import pytest

from sandbox.portraits import portrait
from tests.support.sandbox_process import SandboxProcess


@pytest.fixture
async def browser(shared_process: SandboxProcess):
    headers = {"accept": "text/html,*/*;q=0.8"}
    async with httpx.AsyncClient(base_url=shared_process.url, headers=headers, trust_env=False) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/inbox", "/register", "/scan/nothing"])
async def test_every_page_says_that_it_is_a_simulation(browser, path):
    text = (await browser.get(path)).text
    assert text.index("模拟") < text.index("simulation")
    assert 'name="viewport"' in text


async def test_a_person_pays_without_a_script(browser, merchant):  # PA-1
    order = await merchant.create(subject="<b>报名费</b>")
    shown = (await browser.get(order["pay_url"])).text
    assert "70.00" in shown
    assert "&lt;b&gt;报名费" in shown
    assert "<script" not in shown
    held = await browser.post(f"{order['pay_url']}/hold")
    assert (held.status_code, held.headers["location"]) == (303, f"/scan/{order['platform_trade_no']}")
    assert "release" in (await browser.get(order["pay_url"])).text
    await browser.post(f"{order['pay_url']}/pay")
    assert (await merchant.query(order)).content["state"] == "SUCCESS"
    assert "支付成功" in (await browser.get(order["pay_url"])).text
    assert order["out_trade_no"] in (await browser.get("/")).text


async def test_a_refused_button_leads_back_to_the_page(browser, merchant):  # PA-3
    order = await merchant.create()
    await merchant.close(order)
    assert (await browser.post(f"{order['pay_url']}/pay")).status_code == 303
    assert "已关闭" in (await browser.get(order["pay_url"])).text


async def test_a_person_reads_the_inbox(browser):  # ID-10
    message = {"channel": "SMS", "to": "13800000001", "template": "t", "params": {}, "text": "<i>验证码 654321"}
    await browser.post("/messages", json=message)
    assert "&lt;i&gt;验证码 654321" in (await browser.get("/inbox", params={"to": "13800000001"})).text
    assert "654321" not in (await browser.get("/inbox", params={"to": "13800000002"})).text


async def test_a_person_enters_somebody_into_the_register(browser, http, encoded):  # ID-7
    jpeg = (await browser.get("/portraits/5.jpg")).content
    assert jpeg == portrait(5)
    form = {"document_number": "31010119900101001X", "name": "王芳"}
    files = {"portrait": ("5.jpg", jpeg, "image/jpeg")}
    assert (await browser.post("/register", data=form, files=files)).headers["location"] == "/register?done"
    asked = await http.post("/register/match", json=form | {"portrait_base64": encoded(jpeg)})
    assert asked.json()["result"] == "MATCH"
    refused = await browser.post("/register", data=form, files={"portrait": ("5.jpg", b"hello", "image/jpeg")})
    assert refused.status_code == 422


async def test_programs_get_json_where_there_is_nothing(http):
    for method, path, status in (("GET", "/nothing", 404), ("POST", "/inbox", 405)):
        answer = await http.request(method, path)
        assert answer.status_code == status
        assert answer.json()["error"]["reason"] in {"NOT_FOUND", "METHOD_NOT_ALLOWED"}
