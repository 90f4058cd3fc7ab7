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
from gateway.http.cookies import ACCESS
from gateway.http.form_tokens import FormTokens
from services.identity.errors import RecentProofRequired, WrongPassword
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import LOGIN_SESSION, ME, Browser, access_token
from tests.support.identity_key import token_of

AWAY = DatabaseUnavailable()
REFRESHES = "LoginService.RefreshLoginSession"
GET_CANDIDATE = "CandidateService.GetCandidate"
UPDATES = "CandidateService.UpdateDetails"
PROVES = "LoginService.ProvePassword"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def token_ending_in(seconds: float) -> str:
    age, left = timedelta(hours=1), timedelta(seconds=seconds)
    return token_of(Access.CANDIDATE, ME, LOGIN_SESSION, age, left)


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


@pytest.mark.parametrize(("language", "words"), [("zh-CN", "请再次输入密码"), ("en", "Enter your password again")])
async def test_a_form_goes_on_after_the_password_was_proven(  # ID-17
    candidate: Browser, language: str, words: str
) -> None:
    candidate.services.answers[UPDATES] = RecentProofRequired()
    candidate.services.answers[GET_CANDIDATE] = resources_pb2.Candidate()
    candidate.http.headers["accept-language"] = language
    asked = await candidate.send("/details", email="new@example.com", occupation="教师 <b>")
    assert words in asked.text
    kept = {name: html.unescape(value) for name, value in HIDDEN.findall(asked.text) if name != "csrf_token"}
    assert kept == {"email": "new@example.com", "occupation": "教师 <b>"}
    candidate.services.answers[PROVES] = WrongPassword()
    again = await candidate.send("/details", proof_password="Wrong-1", **kept)
    assert (again.status_code, WrongPassword().message(language) in again.text) == (400, True)
    assert "Wrong-1" not in again.text
    assert dict(HIDDEN.findall(again.text)).keys() == {"csrf_token", *kept}, "nothing is lost by a slip"
    candidate.services.answers[PROVES] = login_service_pb2.ProvePasswordResponse()
    candidate.services.answers[UPDATES] = resources_pb2.Candidate()
    assert (await candidate.send("/details", proof_password=" Right-1", **kept)).status_code == 303
    proven = candidate.asked("LoginService/ProvePassword", login_service_pb2.ProvePasswordRequest)
    assert proven.password == " Right-1"
    updated = candidate.asked("CandidateService/UpdateDetails", candidate_service_pb2.UpdateDetailsRequest)
    assert (updated.details.email, updated.details.occupation) == ("new@example.com", "教师 <b>")


async def test_a_code_to_another_phone_is_sent_after_the_password_was_proven(candidate: Browser) -> None:  # ID-17
    candidate.services.answers["CandidateService.SendPhoneCode"] = RecentProofRequired()
    asked = await candidate.send("/phone/code", phone="13812345678")
    assert 'action="/phone/code"' in asked.text
    assert 'name="proof_password"' in asked.text
    candidate.services.answers[PROVES] = Unauthenticated()
    ended = await candidate.send("/phone/code", phone="13812345678", proof_password="Secret-1")
    assert (ended.status_code, ended.headers["location"].startswith("/login?")) == (303, True)


@pytest.mark.parametrize("kind", [Access.REVIEWER, Access.OPERATOR])
async def test_staff_without_a_factor_prove_by_the_password(  # ID-17, ID-18
    http: httpx.AsyncClient, services: Services, form_tokens: FormTokens, kind: Access
) -> None:
    http.cookies.set(ACCESS, access_token(kind))
    browser = Browser(http, services, form_tokens.token(LOGIN_SESSION))
    services.answers["SecondFactorService.StartTotpEnrolment"] = RecentProofRequired()
    services.answers["SecondFactorService.GetSecondFactors"] = resources_pb2.SecondFactors()
    led = await browser.send("/security/totp")
    assert (led.status_code, led.headers["location"]) == (303, "/proof?next=%2Fsecurity")
    shown = await browser.get("/proof?next=%2Fsecurity")
    assert 'name="password"' in shown.text
    assert 'name="backup_code"' not in shown.text
    services.answers[PROVES] = WrongPassword()
    again = await browser.send("/proof?next=%2Fsecurity", password="Wrong-of-1-first")
    assert (again.status_code, WrongPassword().message("zh-CN") in again.text) == (400, True)
    services.answers[PROVES] = login_service_pb2.ProvePasswordResponse()
    back = await browser.send("/proof?next=%2Fsecurity", password="Chosen-by-1-first")
    assert (back.status_code, back.headers["location"]) == (303, "/security")
