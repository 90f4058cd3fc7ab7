"""Browsers log in by cookies that no script can read, and changes need the token of our own pages."""

from datetime import timedelta
from http.cookies import SimpleCookie

import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.identity.v1 import login_service_pb2, resources_pb2
from zikao.payment.v1 import resources_pb2 as payment_pb2

from chassis.security.tokens import Access
from gateway.config import Config
from gateway.http.form_tokens import FormTokens
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import LOGIN_SESSION, access_token

ORDER = "019a0000-0000-7000-8000-000000000001"
BY_COOKIE = {"x-login-session": "cookie"}
CREDENTIALS = {"loginName": "somebody", "password": "secret-1"}
PAY = f"/v1/orders/{ORDER}:pay"

ACCESS = access_token(Access.CANDIDATE)
TOKENS = resources_pb2.Tokens(
    access_token=ACCESS,
    refresh_token="refresh-1",
    refresh_expire_time=Timestamp(seconds=2_000_000_000),
    login_session_id=LOGIN_SESSION,
)


@pytest.fixture
async def browser(http: httpx.AsyncClient, services: Services) -> httpx.AsyncClient:
    """A browser that has just logged in."""
    services.answers["LoginService.CreateLoginSession"] = TOKENS
    services.answers["PaymentService.PayOrder"] = payment_pb2.PaymentAttempt()
    await http.post("/v1/login-sessions", json=CREDENTIALS, headers=BY_COOKIE)
    services.asked.clear()
    return http


async def test_a_tool_gets_its_tokens_in_the_answer_and_no_cookie(http: httpx.AsyncClient, services: Services) -> None:
    services.answers["LoginService.CreateLoginSession"] = TOKENS
    answer = await http.post("/v1/login-sessions", json=CREDENTIALS)
    assert (answer.json()["accessToken"], answer.json()["refreshToken"]) == (ACCESS, "refresh-1")
    assert "set-cookie" not in answer.headers


async def test_a_browser_gets_them_as_cookies_out_of_reach_of_scripts(
    http: httpx.AsyncClient, services: Services
) -> None:
    services.answers["LoginService.CreateLoginSession"] = TOKENS
    answer = await http.post("/v1/login-sessions", json=CREDENTIALS, headers=BY_COOKIE)
    assert (answer.json()["accessToken"], answer.json()["refreshToken"]) == ("", "")
    cookies = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        cookies.load(header)
    assert cookies["zikao_access"].value == ACCESS
    assert all(cookies[name]["httponly"] for name in ("zikao_access", "zikao_refresh"))
    assert not cookies["zikao_csrf"]["httponly"]
    assert {morsel["samesite"] for morsel in cookies.values()} == {"Lax"}


async def test_a_browsers_device_token_is_kept_beyond_the_login_and_shown_at_the_next(
    browser: httpx.AsyncClient, services: Services
) -> None:  # F-28
    known = resources_pb2.Tokens(device_token="device-1", device_expire_time=Timestamp(seconds=2_000_000_000))
    known.MergeFrom(TOKENS)
    services.answers["LoginService.CreateLoginSession"] = known
    services.answers["LoginService.DeleteLoginSession"] = login_service_pb2.DeleteLoginSessionResponse()
    answer = await browser.post("/v1/login-sessions", json=CREDENTIALS, headers=BY_COOKIE)
    assert answer.json()["deviceToken"] == ""
    csrf = {"x-csrf-token": browser.cookies["zikao_csrf"]}
    await browser.delete("/v1/login-sessions/current", headers=csrf)
    assert "zikao_access" not in browser.cookies
    await browser.post("/v1/login-sessions", json=CREDENTIALS, headers=BY_COOKIE)
    request = login_service_pb2.CreateLoginSessionRequest.FromString(services.asked[-1].wire)
    assert request.device_token == "device-1"


@pytest.mark.parametrize("config", [Config(form_key="0f" * 32, secure_cookies=True)])
async def test_over_https_no_other_host_can_set_them(http: httpx.AsyncClient, services: Services) -> None:
    services.answers["LoginService.CreateLoginSession"] = TOKENS
    answer = await http.post("/v1/login-sessions", json=CREDENTIALS, headers=BY_COOKIE)
    headers = answer.headers.get_list("set-cookie")
    assert all(header.startswith("__Host-zikao_") and "; Secure" in header for header in headers)


async def test_reading_by_cookie_needs_nothing_else(browser: httpx.AsyncClient, services: Services) -> None:
    services.answers["PaymentService.GetOrder"] = payment_pb2.Order(order_id=ORDER)
    assert (await browser.get(f"/v1/orders/{ORDER}")).status_code == 200
    assert services.asked[0].metadata["authorization"] == f"Bearer {ACCESS}"


@pytest.mark.parametrize("token", ["", "guessed", FormTokens(b"k" * 32).token(LOGIN_SESSION)])
async def test_a_change_by_cookie_is_refused_without_our_pages_token(
    browser: httpx.AsyncClient, services: Services, token: str
) -> None:
    answer = await browser.post(PAY, json={}, headers={"x-csrf-token": token})
    assert (answer.status_code, answer.json()["reason"]) == (403, "CSRF_TOKEN_INVALID")
    assert services.asked == []


async def test_a_change_by_cookie_is_done_with_it(browser: httpx.AsyncClient, services: Services) -> None:
    answer = await browser.post(PAY, json={}, headers={"x-csrf-token": browser.cookies["zikao_csrf"]})
    assert answer.status_code == 200
    assert services.asked[0].metadata["authorization"] == f"Bearer {ACCESS}"


async def test_a_bearer_token_counts_more_than_a_cookie(browser: httpx.AsyncClient, services: Services) -> None:
    mine = f"Bearer {access_token(Access.CANDIDATE, timedelta(minutes=1))}"
    assert (await browser.post(PAY, json={}, headers={"authorization": mine})).status_code == 200
    assert services.asked[0].metadata["authorization"] == mine


async def test_refreshing_takes_the_token_from_its_cookie(  # ID-14
    browser: httpx.AsyncClient, services: Services
) -> None:
    services.answers["LoginService.RefreshLoginSession"] = TOKENS
    headers = {**BY_COOKIE, "x-csrf-token": browser.cookies["zikao_csrf"]}
    answer = await browser.post("/v1/login-sessions:refresh", json={}, headers=headers)
    assert answer.status_code == 200
    asked = login_service_pb2.RefreshLoginSessionRequest.FromString(services.asked[0].wire)
    assert asked.refresh_token == "refresh-1"


@pytest.mark.parametrize(
    ("method", "path", "rpc", "cleared"),
    [
        ("DELETE", "/v1/login-sessions/current", "DeleteLoginSession", True),
        ("DELETE", f"/v1/login-sessions/{ORDER}", "DeleteLoginSession", False),
        ("POST", "/v1/login-sessions:revokeAll", "RevokeAllLoginSessions", True),
    ],
)
async def test_logging_out_takes_the_cookies_away(  # ID-14
    browser: httpx.AsyncClient, services: Services, method: str, path: str, rpc: str, cleared: bool
) -> None:
    services.answers[f"LoginService.{rpc}"] = getattr(login_service_pb2, f"{rpc}Response")()
    headers = {"x-csrf-token": browser.cookies["zikao_csrf"]}
    answer = await browser.request(method, path, headers=headers)
    assert answer.status_code == 200
    assert ("zikao_access" not in browser.cookies) is cleared
