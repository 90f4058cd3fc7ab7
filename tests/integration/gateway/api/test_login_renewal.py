"""Streams and scripts that ask by cookie renew the login session as pages do (GW-8, F-22)."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.identity.v1 import login_service_pb2, resources_pb2
from zikao.payment.v1 import payment_service_pb2
from zikao.payment.v1 import resources_pb2 as payment_pb2

from chassis.errors import NotFound, Refusal, ServiceUnavailable
from chassis.security.tokens import Access
from gateway.http.cookies import ACCESS, CSRF, REFRESH
from gateway.http.form_tokens import FormTokens
from services.identity.errors import RefreshTokenInvalid
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import LOGIN_SESSION, ME, access_token
from tests.support.identity_key import token_of

ORDER = "/v1/orders/019a0000-0000-7000-8000-000000000001"
REFRESHES = "LoginService.RefreshLoginSession"
FRESH = resources_pb2.Tokens(
    access_token=access_token(Access.CANDIDATE),
    refresh_token="next",
    login_session_id=LOGIN_SESSION,
    refresh_expire_time=Timestamp(seconds=4_000_000_000),
)
OVER, SOON, LONG = (timedelta(seconds=seconds) for seconds in (-30, 30, 300))


async def seen() -> AsyncIterator[Message]:
    yield payment_service_pb2.WatchOrderResponse()


@pytest.fixture
def services(services: Services) -> Services:
    services.answers[REFRESHES] = FRESH
    services.answers["PaymentService.GetOrder"] = payment_pb2.Order(total_fen=100)
    services.answers["PaymentService.WatchOrder"] = seen
    services.answers["PaymentService.PayOrder"] = payment_pb2.PaymentAttempt()
    return services


@pytest.fixture
def browser(http: httpx.AsyncClient) -> httpx.AsyncClient:
    http.cookies.set(REFRESH, "this")
    return http


def holding(browser: httpx.AsyncClient, left: timedelta) -> httpx.AsyncClient:
    """The browser with an access token that holds for so long."""
    browser.cookies.set(ACCESS, token_of(Access.CANDIDATE, ME, LOGIN_SESSION, timedelta(minutes=15), left))
    return browser


def renewals(services: Services) -> list[tuple[str, bool]]:
    wires = [one.wire for one in services.asked if one.path.endswith("/RefreshLoginSession")]
    asked = [login_service_pb2.RefreshLoginSessionRequest.FromString(wire) for wire in wires]
    return [(one.refresh_token, one.background) for one in asked]


def set_by(answer: httpx.Response) -> str:
    return " ".join(answer.headers.get_list("set-cookie"))


@pytest.mark.parametrize("left", [OVER, SOON])
@pytest.mark.parametrize("path", [ORDER, f"{ORDER}:watch"])
async def test_a_login_session_that_ends_soon_is_renewed_first(
    browser: httpx.AsyncClient, services: Services, path: str, left: timedelta
) -> None:  # GW-8, F-22
    answer = await holding(browser, left).get(path)
    assert answer.status_code == 200
    assert renewals(services) == [("this", True)]
    assert "zikao_refresh=next" in set_by(answer)
    assert dict(services.asked[-1].metadata)["authorization"] == f"Bearer {FRESH.access_token}"


async def test_one_that_holds_for_long_is_left_alone(browser: httpx.AsyncClient, services: Services) -> None:
    answer = await holding(browser, LONG).get(ORDER)
    assert (answer.status_code, renewals(services), set_by(answer)) == (200, [], "")


async def test_a_renewal_arrives_though_what_was_asked_is_refused(
    browser: httpx.AsyncClient, services: Services
) -> None:  # GW-8
    services.answers["PaymentService.GetOrder"] = NotFound()
    answer = await holding(browser, OVER).get(ORDER)
    assert answer.status_code == 404
    assert "zikao_refresh=next" in set_by(answer)


@pytest.mark.parametrize(
    ("refusal", "left", "status"),
    [
        (RefreshTokenInvalid(), OVER, 401),
        (ServiceUnavailable(service="identity"), OVER, 503),
        (ServiceUnavailable(service="identity"), SOON, 200),
    ],
)
async def test_what_cannot_be_renewed_takes_no_cookie_away(
    browser: httpx.AsyncClient, services: Services, refusal: Refusal, left: timedelta, status: int
) -> None:  # GW-7, GW-8
    services.answers[REFRESHES] = refusal
    answer = await holding(browser, left).get(ORDER)
    assert (answer.status_code, set_by(answer)) == (status, "")


async def test_another_site_renews_nothing(browser: httpx.AsyncClient, services: Services) -> None:  # GW-2
    answer = await holding(browser, OVER).post(f"{ORDER}:pay", json={})
    assert (answer.status_code, renewals(services)) == (403, [])


async def test_a_change_by_a_page_left_open_renews_too(
    browser: httpx.AsyncClient, services: Services, form_tokens: FormTokens
) -> None:  # GW-8
    form_token = form_tokens.token(LOGIN_SESSION)
    browser.cookies.set(CSRF, form_token)
    answer = await holding(browser, OVER).post(f"{ORDER}:pay", json={}, headers={"x-csrf-token": form_token})
    assert (answer.status_code, renewals(services)) == (200, [("this", True)])


async def test_a_forged_token_has_nobody_asked(browser: httpx.AsyncClient, services: Services) -> None:  # GW-2
    browser.cookies.set(ACCESS, "e30.e30.e30")
    assert ((await browser.get(ORDER)).status_code, renewals(services)) == (401, [])
