"""What was done is said on the next page, once (GW-3)."""

import httpx
import pytest
from zikao.identity.v1 import candidate_service_pb2 as api
from zikao.identity.v1 import resources_pb2

from chassis.security.tokens import Access
from gateway.http.cookies import ACCESS
from gateway.http.form_tokens import FormTokens
from gateway.web.labels.done_labels import DONE, PASSWORD_RECOVERED, PHONE_VERIFIED
from gateway.web.page_request import JUST_DONE
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import LOGIN_SESSION, Browser, access_token


@pytest.fixture
def candidate(http: httpx.AsyncClient, services: Services, form_tokens: FormTokens) -> Browser:
    services.answers |= {
        "CandidateService.GetCandidate": resources_pb2.Candidate(identity_state="PENDING"),
        "CandidateService.VerifyPhone": api.VerifyPhoneResponse(masked_phone="+86*******5678"),
    }
    http.cookies.set(ACCESS, access_token(Access.CANDIDATE))
    return Browser(http, services, form_tokens.token(LOGIN_SESSION))


async def test_the_next_page_says_what_was_done_and_no_further_one(candidate: Browser) -> None:  # GW-3
    answer = await candidate.send("/phone", code="279754", request_id=LOGIN_SESSION)
    said = DONE[PHONE_VERIFIED].zh
    assert said in (await candidate.get(answer.headers["location"])).text
    assert said not in (await candidate.get(answer.headers["location"])).text


async def test_it_is_said_in_the_language_of_the_reader(http: httpx.AsyncClient) -> None:  # GW-1
    http.cookies.set(JUST_DONE, PASSWORD_RECOVERED)
    shown = await http.get("/login", headers={"accept-language": "en"})
    assert DONE[PASSWORD_RECOVERED].en in shown.text


async def test_a_page_says_nothing_that_it_has_no_words_for(http: httpx.AsyncClient) -> None:
    http.cookies.set(JUST_DONE, "HACKED")
    assert 'role="status"' not in (await http.get("/login")).text
