"""Signing in through an organisation's provider: away to it, and back (ID-18)."""

from urllib.parse import urlsplit

import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.identity.v1 import resources_pb2, sign_in_service_pb2

from chassis.errors import PermissionDenied
from chassis.security.tokens import Access
from gateway.http.cookies import ACCESS
from gateway.portal.account.sign_in import ATTEMPT
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import LOGIN_SESSION, access_token

PROVIDER = "https://sso.school.example/authorize?state=s"
COMPLETES = "SignInService.CompleteSignIn"


@pytest.fixture
def services(services: Services) -> Services:
    school = sign_in_service_pb2.SignInProvider(provider_id="school", organisation="10269", name_zh="华东师大")
    listed = sign_in_service_pb2.ListSignInProvidersResponse(providers=[school])
    services.answers["SignInService.ListSignInProviders"] = listed
    begun = sign_in_service_pb2.SignInStart(authorization_url=PROVIDER, sealed_attempt="sealed")
    services.answers["SignInService.StartSignIn"] = begun
    services.answers[COMPLETES] = resources_pb2.Tokens(
        kind="REVIEWER",
        access_token=access_token(Access.REVIEWER),
        refresh_token="refresh",
        login_session_id=LOGIN_SESSION,
        refresh_expire_time=Timestamp(seconds=4_000_000_000),
    )
    return services


def completions(services: Services) -> list[sign_in_service_pb2.CompleteSignInRequest]:
    wires = [one.wire for one in services.asked if one.path.endswith("/CompleteSignIn")]
    return [sign_in_service_pb2.CompleteSignInRequest.FromString(wire) for wire in wires]


async def test_the_login_leads_to_the_providers_and_back(http: httpx.AsyncClient, services: Services) -> None:  # ID-18
    assert 'href="/sign-in/school"' in (await http.get("/login")).text
    away = await http.get("/sign-in/school")
    assert (away.status_code, away.headers["location"]) == (303, PROVIDER)
    assert "HttpOnly" in away.headers["set-cookie"]
    back = await http.get("/sign-in", params={"state": "s", "code": "c"})
    assert (back.status_code, back.headers["location"]) == (303, "/console")
    [asked] = completions(services)
    assert (asked.sealed_attempt, asked.state, asked.authorization_code) == ("sealed", "s", "c")
    assert (http.cookies.get(ATTEMPT), http.cookies.get(ACCESS)) == (None, services.answers[COMPLETES].access_token)


@pytest.mark.parametrize("told", [{}, {"error": "access_denied", "state": "s"}, {"state": "s", "code": "c"}])
async def test_what_this_browser_did_not_begin_is_not_completed(  # ID-18
    http: httpx.AsyncClient, services: Services, told: dict[str, str]
) -> None:
    answer = await http.get("/sign-in", params=told)
    assert (answer.status_code, "本单位登录未完成" in answer.text) == (400, True)
    assert not completions(services)


async def test_a_refusal_is_said_at_the_login(http: httpx.AsyncClient, services: Services) -> None:  # ID-18
    services.answers[COMPLETES] = PermissionDenied()
    await http.get("/sign-in/school")
    answer = await http.get("/sign-in", params={"state": "s", "code": "c"})
    assert (answer.status_code, urlsplit(str(answer.url)).path) == (400, "/sign-in")
    assert http.cookies.get(ACCESS) is None


async def test_who_is_to_prove_themselves_is_asked_anew(http: httpx.AsyncClient, services: Services) -> None:  # ID-17
    for path, fresh in (("/sign-in/school", False), ("/sign-in/school?again=1", True)):
        assert (await http.get(path)).headers["location"] == PROVIDER
        [*_, wire] = [one.wire for one in services.asked if one.path.endswith("/StartSignIn")]
        assert sign_in_service_pb2.StartSignInRequest.FromString(wire).fresh is fresh


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/security", "/security"),
        ("/console/cases?state=WAITING", "/console/cases?state=WAITING"),
        ("//evil.example/", "/console"),
        ("https://evil.example/", "/console"),
        ("/" + "x" * 3_000, "/console"),
    ],
)
async def test_the_sign_in_leads_to_where_it_was_asked_for_and_nowhere_else(  # ID-17, GW-8
    http: httpx.AsyncClient, services: Services, asked: str, led: str
) -> None:
    await http.get("/sign-in/school", params={"again": "1", "next": asked})
    back = await http.get("/sign-in", params={"state": "s", "code": "c"})
    assert (back.status_code, back.headers["location"]) == (303, led)
    await http.get("/sign-in/school")
    again = await http.get("/sign-in", params={"state": "s", "code": "c"})
    assert again.headers["location"] == "/console", "an earlier one is forgotten"


async def test_the_proof_by_a_provider_says_where_it_leads(http: httpx.AsyncClient, services: Services) -> None:
    # ID-17
    factors = resources_pb2.SecondFactors(sign_in_provider_id="school")
    services.answers["SecondFactorService.GetSecondFactors"] = factors
    http.cookies.set(ACCESS, access_token(Access.REVIEWER))
    shown = await http.get("/proof", params={"next": "/security?x=1"})
    assert 'href="/sign-in/school?again=1&next=%2Fsecurity%3Fx%3D1"' in shown.text.replace("&amp;", "&")
