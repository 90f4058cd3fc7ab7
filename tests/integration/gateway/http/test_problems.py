"""Errors reach the caller as one JSON shape (GW-3)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from google.protobuf.message import Message
from zikao.payment.v1 import payment_service_pb2, resources_pb2

from chassis.errors import (
    FieldViolation,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    Refusal,
    StaleEtag,
    TooManyRequests,
    Unauthenticated,
    Unmet,
)
from gateway.config import Config
from services.enrollment.errors import GatesUnmet
from tests.integration.gateway.answering_services import Services

ORDER = "019a0000-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (NotFound(), 404),
        (Unauthenticated(), 401),
        (PermissionDenied(), 403),
        (StaleEtag(), 409),
        (InvalidRequest(), 400),
        (TooManyRequests(retry_after=timedelta(seconds=1.2)), 429),
    ],
)
async def test_a_refusal_keeps_its_reason_and_gets_its_status(
    http: httpx.AsyncClient, services: Services, refusal: Refusal, status: int
) -> None:
    services.answers["PaymentService.GetOrder"] = refusal
    answer = await http.get(f"/v1/orders/{ORDER}", headers={"accept-language": "en"})
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"]) == (status, status)
    assert (problem["reason"], problem["code"]) == (refusal.reason, refusal.code.name)
    assert problem["detail"] == refusal.message("en")
    assert problem["trace_id"]


async def test_a_delay_is_said_in_whole_seconds_twice(http: httpx.AsyncClient, services: Services) -> None:
    services.answers["PaymentService.GetOrder"] = TooManyRequests(retry_after=timedelta(seconds=1.2))
    answer = await http.get(f"/v1/orders/{ORDER}")
    assert (answer.headers["retry-after"], answer.json()["retry_after"]) == ("2", 2)


@pytest.mark.parametrize(("language", "texts"), [("zh-CN", ("未答问卷", "zh-CN")), ("en", ("not answered", "en"))])
async def test_every_unmet_gate_is_told_in_the_callers_language(  # EN-2
    http: httpx.AsyncClient, services: Services, language: str, texts: tuple[str, str]
) -> None:
    unmet = Unmet("QUESTIONNAIRE_MISSING", "2026-10", "未答问卷", "not answered", "ANSWER_QUESTIONNAIRE")
    services.answers["EnrollmentService.CheckOut"] = GatesUnmet(unmet=[unmet])
    answer = await http.post(
        "/v1/sessions/2026-10:checkout", json={"requestId": "r"}, headers={"accept-language": language}
    )
    assert answer.headers["content-language"] == texts[1]
    assert answer.json()["unmet"] == [
        {
            "reason": "QUESTIONNAIRE_MISSING",
            "subject": "2026-10",
            "explanation": texts[0],
            "next_action": "ANSWER_QUESTIONNAIRE",
        }
    ]


async def test_a_wrong_field_is_pointed_at_where_the_caller_put_it(http: httpx.AsyncClient, services: Services) -> None:
    services.answers["PaymentService.PayOrder"] = InvalidRequest(
        fields=[FieldViolation("order_id", "UUID", "应为 UUID", "must be a UUID")]
    )
    answer = await http.post("/v1/orders/nonsense:pay", json={})
    assert [(e["pointer"], e["reason"]) for e in answer.json()["errors"]] == [("#/orderId", "UUID")]


async def test_json_that_does_not_fit_names_every_wrong_field_and_asks_nobody(
    http: httpx.AsyncClient, services: Services
) -> None:
    answer = await http.post("/v1/candidates", json={"documentNumbre": "1", "name": 5})
    assert answer.status_code == 400
    assert {e["pointer"]: e["reason"] for e in answer.json()["errors"]} == {
        "#/documentNumbre": "UNKNOWN_FIELD",
        "#/name": "UNKNOWN_FIELD",
    }
    assert services.asked == []


@pytest.mark.parametrize(
    ("content", "content_type", "status", "reason"),
    [
        (b"{", "application/json", 400, "MALFORMED_JSON"),
        (b"a=1", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b'"' + b"x" * 11_000 + b'"', "application/json", 413, "BODY_TOO_LARGE"),
        (b'{"a":' * 5_000 + b"}" * 5_000, "application/json", 413, "BODY_TOO_LARGE"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, "application/json", 400, "INVALID_REQUEST"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_before_any_service(
    http: httpx.AsyncClient, services: Services, content: bytes, content_type: str, status: int, reason: str
) -> None:
    answer = await http.post("/v1/candidates", content=content, headers={"content-type": content_type})
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert services.asked == []


async def test_a_body_without_a_length_is_bounded_too(http: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 4096

    answer = await http.post("/v1/candidates", content=endless(), headers={"content-type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/v1/nothing/here", 404, "NO_SUCH_ROUTE"),
        ("DELETE", "/v1/schools", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/v1/schools?page=1", 400, "INVALID_REQUEST"),
    ],
)
async def test_what_is_not_there_is_said_to_be_not_there(
    http: httpx.AsyncClient, method: str, path: str, status: int, reason: str
) -> None:
    answer = await http.request(method, path)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)


async def test_a_service_that_does_not_answer_in_time_is_named(http: httpx.AsyncClient, services: Services) -> None:
    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    services.answers["CatalogueService.ListSchools"] = never
    answer = await http.get("/v1/schools", headers={"x-request-timeout": "0.2"})
    assert (answer.status_code, answer.json()["reason"]) == (504, "SERVICE_TIMEOUT")
    assert answer.json()["metadata"] == {"service": "enrollment"}


async def test_a_service_that_fails_says_nothing_but_its_trace(http: httpx.AsyncClient, services: Services) -> None:
    answer = await http.get(f"/v1/orders/{ORDER}", headers={"accept-language": "en"})
    problem = answer.json()
    assert (answer.status_code, problem["reason"], problem["code"]) == (500, "INTERNAL", "INTERNAL")
    assert "KeyError" not in answer.text


async def test_a_service_that_breaks_its_contract_is_our_error(http: httpx.AsyncClient, services: Services) -> None:
    services.answers["PaymentService.GetOrder"] = b"\xff\xff\xff"
    answer = await http.get(f"/v1/orders/{ORDER}")
    assert (answer.status_code, answer.json()["reason"]) == (500, "INTERNAL")


@pytest.mark.parametrize("config", [Config(form_key="0f" * 32, server={"max_concurrency": 1})])
async def test_a_full_house_refuses_at_once_and_says_when_to_come_back(  # GW-6
    http: httpx.AsyncClient, services: Services
) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def busy() -> Message:
        entered.set()
        await leave.wait()
        return resources_pb2.Order(order_id=ORDER)

    services.answers["PaymentService.GetOrder"] = busy
    first = asyncio.create_task(http.get(f"/v1/orders/{ORDER}"))
    await entered.wait()
    second = await http.get(f"/v1/orders/{ORDER}")
    leave.set()
    assert (second.status_code, second.json()["reason"]) == (429, "OVERLOADED")
    assert second.headers["retry-after"] in {"1", "2"}
    assert (await first).status_code == 200


@pytest.mark.parametrize("config", [Config(form_key="0f" * 32, server={"max_concurrency": 1})])
async def test_a_full_house_reads_no_body_and_shows_a_page_that_says_so(  # GW-6
    http: httpx.AsyncClient, services: Services
) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def busy() -> Message:
        entered.set()
        await leave.wait()
        return resources_pb2.Order(order_id=ORDER)

    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("nobody wants it")
        yield b""

    services.answers["PaymentService.GetOrder"] = busy
    first = asyncio.create_task(http.get(f"/v1/orders/{ORDER}"))
    await entered.wait()
    refused = await http.post("/v1/login-sessions", content=body(), headers={"content-type": "application/json"})
    assert (refused.status_code, refused.json()["reason"]) == (429, "OVERLOADED")
    for language, words in (("zh-CN", "系统繁忙"), ("en", "The service is busy")):
        page = await http.get("/login", headers={"accept-language": language})
        assert (page.status_code, page.headers["content-language"]) == (429, language)
        assert words in page.text
        assert int(page.headers["retry-after"]) >= 1
        assert page.headers["refresh"] == page.headers["retry-after"]
    form = {"content-type": "application/x-www-form-urlencoded", "content-length": "100000"}
    assert (await http.post("/login", content=body(), headers=form)).status_code == 429
    leave.set()
    assert (await first).status_code == 200


@pytest.mark.parametrize("config", [Config(form_key="0f" * 32, server={"max_concurrency": 1})])
async def test_a_body_that_is_still_coming_takes_nobodys_place(  # F-29
    http: httpx.AsyncClient, services: Services
) -> None:
    begun, end = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"{"
        begun.set()
        await end.wait()
        yield b"}"

    services.answers["PaymentService.GetOrder"] = resources_pb2.Order(order_id=ORDER)
    services.answers["PaymentService.RefreshOrder"] = payment_service_pb2.RefreshOrderResponse()
    slow = asyncio.create_task(
        http.post(f"/v1/orders/{ORDER}:refresh", content=body(), headers={"content-type": "application/json"})
    )
    await begun.wait()
    assert (await http.get(f"/v1/orders/{ORDER}")).status_code == 200
    end.set()
    assert (await slow).status_code == 200
