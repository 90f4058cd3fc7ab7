"""Pages while something they need is away: they say so and try again, nobody is logged out, nothing typed is lost."""

import html
import re
from datetime import timedelta

import httpx
import pytest
from zikao.identity.v1 import candidate_service_pb2, login_service_pb2, resources_pb2

from chassis.dependency_outages import DatabaseUnavailable
from chassis.errors import Overloaded, Refusal, Unauthenticated
from chassis.security.tokens import Access
from gateway.http.cookies import ACCESS, REFRESH
from gateway.http.form_tokens import FormTokens
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import LOGIN_SESSION, ME, Browser, access_token
from tests.support.identity_key import token_of

AWAY = DatabaseUnavailable()
REFRESHES = "LoginService.RefreshLoginSession"
GET_CANDIDATE = "CandidateService.GetCandidate"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def token_ending_in(seconds: float) -> str:
    age, left = timedelta(hours=1), timedelta(seconds=seconds)
    return token_of(Access.CANDIDATE, ME, LOGIN_SESSION, age, left)


@pytest.fixture
def candidate(http: httpx.AsyncClient, services: Services, form_tokens: FormTokens) -> Browser:
    http.cookies.set(ACCESS, access_token(Access.CANDIDATE))
    http.cookies.set(REFRESH, "a refresh token")
    return Browser(http, services, form_tokens.token(LOGIN_SESSION))


def must_be_passing(answer: httpx.Response) -> None:
    """A page that says that it passes, and leaves the browser logged in."""
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("language", "words"), [("zh-CN", "本页稍后会自动重试"), ("en", "This page tries again by itself")]
)
async def test_a_page_that_cannot_be_shown_says_so_and_tries_again_by_itself(  # GW-7, F-30
    candidate: Browser, language: str, words: str
) -> None:
    candidate.services.answers[GET_CANDIDATE] = AWAY
    answer = await candidate.http.get("/details?x=1", headers={"accept-language": language})
    must_be_passing(answer)
    assert words in answer.text
    assert AWAY.message(language) in answer.text
    reloads = re.search(r'<meta http-equiv="refresh" content="(\d+)">', answer.text)
    assert reloads
    assert int(reloads[1]) >= int(answer.headers["retry-after"])
    assert 'href="/details?x=1"' in answer.text, "without waiting, by hand"


async def test_a_form_that_cannot_be_taken_can_be_sent_again_as_it_was(candidate: Browser) -> None:  # GW-7, GW-8
    candidate.services.answers["CandidateService.UpdateDetails"] = AWAY
    candidate.services.answers[GET_CANDIDATE] = AWAY
    typed = {"occupation": "教师 <b>", "postal_code": "200000"}
    answer = await candidate.send("/details", **typed)
    must_be_passing(answer)
    assert "http-equiv" not in answer.text, "nothing is sent by itself"
    kept = {name: html.unescape(value) for name, value in HIDDEN.findall(answer.text) if name != "csrf_token"}
    assert kept == typed
    candidate.services.answers["CandidateService.UpdateDetails"] = resources_pb2.Candidate()
    assert (await candidate.send("/details", **kept)).status_code == 303
    asked = candidate.asked("CandidateService/UpdateDetails", candidate_service_pb2.UpdateDetailsRequest)
    assert asked.details.occupation == "教师 <b>"


async def test_a_form_that_can_be_shown_comes_back_filled_in(candidate: Browser) -> None:  # GW-7
    candidate.services.answers["CandidateService.UpdateDetails"] = AWAY
    candidate.services.answers[GET_CANDIDATE] = resources_pb2.Candidate()
    answer = await candidate.send("/details", occupation="教师")
    must_be_passing(answer)
    assert 'value="教师"' in answer.text
    assert AWAY.message("zh-CN") in answer.text


async def test_a_page_keeps_no_password(http: httpx.AsyncClient, services: Services) -> None:  # GW-7, GW-8
    services.answers["CatalogueService.GetText"] = AWAY
    services.answers["CatalogueService.ListSchools"] = AWAY
    services.answers["CandidateService.CreateCandidate"] = AWAY
    services.answers["LoginService.CreateLoginSession"] = AWAY
    shown = await http.get("/login")
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown.text)
    assert token
    for path, fields in (
        ("/login", {"login_name": "H1234567", "password": "correct horse"}),
        ("/register", {"display_name": "王小明", "password": "correct horse", "again": "correct horse"}),
    ):
        answer = await http.post(path, data={"csrf_token": token[1], **fields})
        assert answer.status_code == 503
        assert "correct horse" not in answer.text


@pytest.mark.parametrize("outage", [AWAY, Overloaded()])
async def test_a_login_session_that_cannot_be_renewed_now_is_kept(candidate: Browser, outage: Refusal) -> None:
    # GW-7, GW-8, F-30
    candidate.services.answers[REFRESHES] = outage
    candidate.services.answers[GET_CANDIDATE] = resources_pb2.Candidate()
    candidate.http.cookies.set(ACCESS, token_ending_in(30))
    assert (await candidate.get("/details")).status_code == 200, "the token has not ended"
    candidate.http.cookies.set(ACCESS, token_ending_in(-1))
    answer = await candidate.get("/details")
    assert answer.status_code in (429, 503)
    assert "set-cookie" not in answer.headers
    posted = await candidate.send("/details", occupation="教师")
    assert posted.status_code in (429, 503)
    assert "set-cookie" not in posted.headers
    assert not [one for one in candidate.services.asked if one.path.endswith("UpdateDetails")]


async def test_a_form_sent_while_the_session_cannot_be_renewed_is_kept(candidate: Browser) -> None:  # GW-7, GW-8
    candidate.services.answers[REFRESHES] = AWAY
    candidate.http.cookies.set(ACCESS, token_ending_in(-1))
    answer = await candidate.send("/details", occupation="教师")
    must_be_passing(answer)
    assert ("occupation", "教师") in HIDDEN.findall(answer.text)


async def test_a_login_session_that_has_ended_is_forgotten(candidate: Browser) -> None:  # ID-14
    candidate.services.answers[REFRESHES] = Unauthenticated()
    candidate.http.cookies.set(ACCESS, token_ending_in(-1))
    answer = await candidate.get("/details")
    assert answer.headers["location"].startswith("/login?next=")
    assert f"{ACCESS}=;" in answer.headers["set-cookie"]


async def test_the_api_leaves_the_cookies_of_a_session_that_cannot_be_renewed_now(candidate: Browser) -> None:  # GW-7
    candidate.services.answers[REFRESHES] = AWAY
    answer = await candidate.http.post(
        "/v1/login-sessions:refresh",
        json={},
        headers={"x-login-session": "cookie", "x-csrf-token": candidate.form_token},
    )
    assert candidate.asked("LoginService/RefreshLoginSession", login_service_pb2.RefreshLoginSessionRequest)
    must_be_passing(answer)
    assert answer.json()["reason"] == "DATABASE_UNAVAILABLE"
