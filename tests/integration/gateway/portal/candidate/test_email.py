"""An e-mail is verified on a page as a phone is (ID-16)."""

import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.identity.v1 import candidate_service_pb2 as api
from zikao.identity.v1 import resources_pb2

from chassis.security.tokens import Access
from gateway.http.cookies import ACCESS
from gateway.http.form_tokens import FormTokens
from services.identity.errors import CodeInvalid
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import LOGIN_SESSION, Browser, access_token

EMAIL = "somebody@example.com"
SENT = api.SendEmailCodeResponse(masked_email="s***@example.com", expire_time=Timestamp(seconds=4_000_000_000))


@pytest.fixture
def owner(http: httpx.AsyncClient, services: Services, form_tokens: FormTokens) -> Browser:
    """Somebody whose details have an e-mail."""
    candidate = resources_pb2.Candidate(details=resources_pb2.Details(email=EMAIL))
    services.answers |= {
        "CandidateService.GetCandidate": candidate,
        "CandidateService.SendEmailCode": SENT,
        "CandidateService.VerifyEmail": api.VerifyEmailResponse(),
    }
    http.cookies.set(ACCESS, access_token(Access.CANDIDATE))
    return Browser(http, services, form_tokens.token(LOGIN_SESSION))


async def test_an_email_is_verified_by_the_code_sent_to_it(owner: Browser) -> None:  # ID-16
    page = (await owner.get("/email")).text
    assert EMAIL in page
    assert 'name="code"' not in page
    assert (await owner.send("/email/code")).headers["location"] == "/email"
    assert "s***@example.com" in (await owner.get("/email")).text
    answer = await owner.send("/email", code="279754", request_id=LOGIN_SESSION)
    assert answer.headers["location"] == "/email"
    assert owner.asked("CandidateService/VerifyEmail", api.VerifyEmailRequest).code == "279754"


async def test_a_wrong_code_is_told_and_another_can_be_typed(owner: Browser) -> None:  # ID-16
    await owner.send("/email/code")
    owner.services.answers["CandidateService.VerifyEmail"] = CodeInvalid()
    answer = await owner.send("/email", code="000000", request_id=LOGIN_SESSION)
    assert answer.status_code == 400
    assert CodeInvalid().message("zh-CN") in answer.text
    assert 'name="code"' in answer.text


async def test_who_has_stated_no_email_is_led_to_the_details(owner: Browser) -> None:  # ID-16
    owner.services.answers["CandidateService.GetCandidate"] = resources_pb2.Candidate()
    page = (await owner.get("/email")).text
    assert 'href="/details"' in page
    assert 'action="/email/code"' not in page
