"""A code is sent once for a press, and sent again without typing (ID-10, ID-16)."""

import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.identity.v1 import candidate_service_pb2 as api
from zikao.identity.v1 import resources_pb2

from chassis.security.tokens import Access
from gateway.http.cookies import ACCESS
from gateway.http.form_tokens import FormTokens
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import LOGIN_SESSION, Browser, access_token

MASKED = "+86*******5678"
SENT = api.SendPhoneCodeResponse(masked_phone=MASKED, expire_time=Timestamp(seconds=4_000_000_000))


@pytest.fixture
def newcomer(http: httpx.AsyncClient, services: Services, form_tokens: FormTokens) -> Browser:
    """Somebody who registers, and whose code is on its way once it is asked for."""
    services.answers |= {
        "CandidateService.GetCandidate": resources_pb2.Candidate(identity_state="PENDING"),
        "CandidateService.SendPhoneCode": SENT,
        "CandidateService.VerifyPhone": api.VerifyPhoneResponse(masked_phone=MASKED),
    }
    http.cookies.set(ACCESS, access_token(Access.CANDIDATE))
    return Browser(http, services, form_tokens.token(LOGIN_SESSION))


def sent(browser: Browser) -> int:
    return sum(one.path.endswith("/SendPhoneCode") for one in browser.services.asked)


async def test_a_reload_after_the_code_was_sent_sends_none(newcomer: Browser) -> None:  # ID-16
    answer = await newcomer.send("/phone/code", phone="13812345678")
    assert (answer.status_code, answer.headers["location"]) == (303, "/phone")
    for _ in range(2):
        page = (await newcomer.get("/phone")).text
        assert MASKED in page
        assert 'name="code"' in page
    assert sent(newcomer) == 1
    assert "13812345678" not in page  # What was typed is nowhere in the browser.


async def test_a_code_is_sent_again_without_typing_and_as_it_is_pasted(newcomer: Browser) -> None:  # ID-16, ID-21
    await newcomer.send("/phone/code", phone="13812345678")
    await newcomer.send("/phone/code")
    assert newcomer.asked("CandidateService/SendPhoneCode", api.SendPhoneCodeRequest).phone == ""
    answer = await newcomer.send("/phone", code="279 754", request_id=LOGIN_SESSION)
    assert newcomer.asked("CandidateService/VerifyPhone", api.VerifyPhoneRequest).code == "279 754"
    assert answer.headers["location"] == "/photo"
    assert MASKED not in (await newcomer.get("/phone")).text


async def test_somebody_else_at_the_same_browser_sees_nothing_of_a_code(  # ID-16
    newcomer: Browser, http: httpx.AsyncClient
) -> None:
    await newcomer.send("/phone/code", phone="13812345678")
    kept = http.cookies["zikao_phone_code"]
    http.cookies.clear()
    http.cookies.set(ACCESS, access_token(Access.CANDIDATE))
    http.cookies.set("zikao_phone_code", kept.replace("account=", "account=another"))
    assert MASKED not in (await newcomer.get("/phone")).text
