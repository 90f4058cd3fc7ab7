"""Forms that are sent too late come back as they were typed: after a new login, and after the next one (GW-8)."""

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from zikao.common.v1 import access_pb2
from zikao.enrollment.v1 import catalogue_pb2
from zikao.identity.v1 import resources_pb2, second_factor_service_pb2, sign_in_service_pb2

from chassis.errors import Unauthenticated
from chassis.security.tokens import Access
from gateway.contracts.rpcs import Contracts
from gateway.http.cookies import ACCESS, REFRESH
from gateway.http.form_tokens import FormTokens
from gateway.http.late_forms import LATE, MOST_SEALED_BYTES
from gateway.site import PAGES
from gateway.web.page_endpoint import ANYBODY, PageRoute
from gateway.web.page_request import SECRETS
from services.identity.errors import WrongPassword
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.filled_answers import AN_ID, filled_answers
from tests.integration.gateway.logged_in_browser import LOGIN_SESSION, ME, Browser, access_token
from tests.integration.gateway.page_forms import Input, PageForm, forms_of
from tests.support.identity_key import token_of

EARLIER, SOMEBODY_ELSE = "019a0000-0000-7000-8000-0000000000ee", "019a0000-0000-7000-8000-0000000000cc"
VARIABLES = {"session_id": "2026-10", "submission:int": "1", "kind": "INTEGRITY_PLEDGE"}
TYPED = {"occupation": "教师 <b>", "postal_code": "200000"}
NEVER_GIVEN_BACK = ("hidden", "file", "password")
NOTHING_BEFORE = "登录已结束，本次提交尚未生效"
NOTHING_YET = "您在填写期间重新登录过，本次提交尚未生效"


@pytest.fixture
def earlier(form_tokens: FormTokens) -> str:
    """The token of a form of mine that was shown before I logged in anew."""
    return form_tokens.form_token(EARLIER, ME)


@pytest.fixture
def nobody(http: httpx.AsyncClient, services: Services) -> Browser:
    """A browser whose login session has ended."""
    services.answers["CandidateService.GetCandidate"] = resources_pb2.Candidate()
    services.answers["CatalogueService.GetText"] = catalogue_pb2.Text(body_zh="须知")
    services.answers["SignInService.ListSignInProviders"] = sign_in_service_pb2.ListSignInProvidersResponse()
    return Browser(http, services, "")


def tokens_of(subject_id: str, kind: Access = Access.CANDIDATE, **more: bool) -> resources_pb2.Tokens:
    until = Timestamp()
    until.GetCurrentTime()
    return resources_pb2.Tokens(
        access_token=token_of(kind, subject_id, LOGIN_SESSION),
        refresh_token="a refresh token",
        refresh_expire_time=Timestamp(seconds=until.seconds + 3600),
        login_session_id=LOGIN_SESSION,
        kind=access_pb2.Access.Value(kind.value),
        subject_id=subject_id,
        **more,
    )


def form_at(answer: httpx.Response, action: str) -> PageForm:
    """The form of a page that goes to an address."""
    return next(form for form in forms_of(answer.text) if form.action == action)


def address(route: PageRoute) -> str:
    parts = [VARIABLES.get(part[1:-1], AN_ID) if part.startswith("{") else part for part in route.path.split("/")]
    return "/".join(parts)


def comes_back(answer: httpx.Response, action: str, asked: Iterable[str]) -> PageForm:
    """The form that was sent to an address: at its own page it may go there by saying nothing."""
    forms = forms_of(answer.text)
    return next(one for one in forms if (one.action or action) == action and one.inputs.keys() >= set(asked))


def visible(form: PageForm) -> list[Input]:
    """What people type or choose, and what may come back."""
    return [
        one
        for name, one in form.inputs.items()
        if one.kind not in NEVER_GIVEN_BACK and not name.endswith((*SECRETS, "secret"))
    ]


@pytest.mark.parametrize(
    "route",
    [pytest.param(one, id=one.path) for one in PAGES if one.show and not one.streams and one.open_to is not ANYBODY],
)
async def test_every_form_that_comes_too_late_comes_back_filled_in(
    http: httpx.AsyncClient,
    services: Services,
    contracts: Contracts,
    form_tokens: FormTokens,
    earlier: str,
    route: PageRoute,
) -> None:  # GW-8
    services.answers.update(filled_answers(contracts))
    http.cookies.set(ACCESS, access_token(next(iter(route.open_to))))
    shown = await http.get(address(route))
    if not shown.headers.get("content-type", "").startswith("text/html"):
        return
    for form in forms_of(shown.text):
        asked = {one.name: one.typed for one in visible(form)}
        if not asked:
            continue
        sent = {**form.values, **asked, "csrf_token": earlier}
        action = form.action or address(route)
        answer = await http.post(action, data=sent)
        assert answer.status_code == 409, form
        assert NOTHING_YET in answer.text
        back = comes_back(answer, action, asked)
        assert {name: back.inputs[name].value for name in asked} == asked
        assert back.inputs["csrf_token"].value == form_tokens.form_token(LOGIN_SESSION, ME)


async def test_nothing_is_done_by_a_form_that_comes_too_late(candidate: Browser, earlier: str) -> None:  # GW-8
    candidate.services.answers["CandidateService.UpdateDetails"] = resources_pb2.Candidate()
    candidate.services.answers["CandidateService.GetCandidate"] = resources_pb2.Candidate()
    answer = await candidate.http.post("/details", data={"csrf_token": earlier, **TYPED})
    assert answer.status_code == 409
    assert not [one for one in candidate.services.asked if one.path.endswith("UpdateDetails")]
    form = form_at(answer, "")
    assert (await candidate.http.post("/details", data=dict(form.values))).status_code == 303


async def test_a_form_without_inputs_of_its_own_is_sent_again_from_a_page_that_says_so(
    candidate: Browser, earlier: str
) -> None:  # GW-8
    answer = await candidate.http.post("/sessions/2026-10/notice", data={"csrf_token": earlier, "version": "2"})
    assert (answer.status_code, "FORM_OUT_OF_DATE" in answer.text) == (409, True)
    assert form_at(answer, "").inputs["version"].value == "2"


async def test_a_late_form_of_somebody_else_is_refused(candidate: Browser, form_tokens: FormTokens) -> None:  # GW-8
    for stale in (form_tokens.form_token(EARLIER, SOMEBODY_ELSE), form_tokens.token(EARLIER), "guessed.", "guessed.x"):
        answer = await candidate.http.post("/details", data={"csrf_token": stale, **TYPED})
        assert (answer.status_code, "教师" in answer.text) == (403, False)


async def test_a_late_form_comes_back_without_passwords(candidate: Browser, earlier: str) -> None:  # GW-8
    fields = {"csrf_token": earlier, "old_password": "correct horse", "new_password": "battery", "again": "battery"}
    answer = await candidate.http.post("/password", data=fields)
    assert answer.status_code == 409
    assert "correct horse" not in answer.text
    assert "battery" not in answer.text


async def log_in(browser: Browser, shown: httpx.Response, tokens: resources_pb2.Tokens) -> httpx.Response:
    """Logs in at a page that asks for it."""
    browser.services.answers["LoginService.CreateLoginSession"] = tokens
    form = next(form for form in forms_of(shown.text) if "login_name" in form.inputs)
    return await browser.http.post(form.action, data={**form.values, "login_name": "H1", "password": "Secret-1"})


async def test_a_form_sent_after_the_login_has_ended_comes_back_after_the_next(
    nobody: Browser, earlier: str
) -> None:  # GW-8
    shown = await nobody.http.post("/details?x=1", data={"csrf_token": earlier, **TYPED, "password": "battery"})
    assert (shown.status_code, NOTHING_BEFORE in shown.text) == (401, True)
    login = next(form for form in forms_of(shown.text) if "login_name" in form.inputs)
    assert parse_qs(urlsplit(login.action).query) == {"next": ["/details?x=1"]}
    assert "教师" not in shown.text, "sealed"
    assert "battery" not in shown.text
    on_the_way = await log_in(nobody, shown, tokens_of(ME))
    assert on_the_way.status_code == 200
    taken = form_at(on_the_way, "/details?x=1")
    assert set(taken.inputs) == {"csrf_token", "late_form"}
    answer = await nobody.http.post("/details?x=1", data=dict(taken.values))
    assert (answer.status_code, NOTHING_YET in answer.text) == (200, True)
    form = form_at(answer, "")
    assert {name: form.inputs[name].value for name in TYPED} == TYPED
    assert "late_form" not in form.inputs, "it is carried no further"
    assert not [one for one in nobody.services.asked if one.path.endswith("UpdateDetails")]
    nobody.services.answers["CandidateService.UpdateDetails"] = resources_pb2.Candidate()
    assert (await nobody.http.post("/details", data=dict(form.values))).status_code == 303


async def test_a_wrong_password_in_between_loses_nothing(nobody: Browser, earlier: str) -> None:  # GW-8
    shown = await nobody.http.post("/phone/code", data={"csrf_token": earlier, "phone": "13812345678"})
    nobody.services.answers["LoginService.CreateLoginSession"] = WrongPassword()
    form = next(form for form in forms_of(shown.text) if "login_name" in form.inputs)
    again = await nobody.http.post(form.action, data={**form.values, "login_name": "H1", "password": "Wrong-1"})
    on_the_way = await log_in(nobody, again, tokens_of(ME))
    taken = form_at(on_the_way, "/phone/code")
    answer = await nobody.http.post("/phone/code", data=dict(taken.values))
    assert form_at(answer, "/phone/code").inputs["phone"].value == "13812345678"


async def test_a_form_does_not_come_back_to_another_account(nobody: Browser, earlier: str) -> None:  # GW-8
    shown = await nobody.http.post("/details", data={"csrf_token": earlier, **TYPED})
    sealed = next(form for form in forms_of(shown.text) if "login_name" in form.inputs).inputs["late_form"].value
    led = await log_in(nobody, shown, tokens_of(SOMEBODY_ELSE))
    assert (led.status_code, led.headers["location"]) == (303, "/details")
    page = await nobody.get("/details")
    token = form_at(page, "").inputs["csrf_token"].value
    pressed = await nobody.http.post("/details", data={"csrf_token": token, "late_form": sealed})
    assert (pressed.status_code, "教师" in pressed.text) == (303, False)


@pytest.mark.parametrize("sealed", ["x", "AAAA", "bGF0ZQ==", "é"])
async def test_what_the_gateway_has_not_sealed_is_dropped(candidate: Browser, sealed: str) -> None:  # GW-8, F-26
    answer = await candidate.send("/sessions/2026-10/notice", late_form=sealed)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sessions/2026-10/notice")


async def test_a_second_factor_is_proven_on_the_way(nobody: Browser, earlier: str) -> None:  # GW-8, ID-18
    fields = {"csrf_token": earlier, "first_date": "2031-02-03", "day": "1", "note": "调休"}
    shown = await nobody.http.post("/operation/days", data=fields)
    nobody.services.answers["SecondFactorService.GetSecondFactors"] = resources_pb2.SecondFactors(has_totp=True)
    on_the_way = await log_in(nobody, shown, tokens_of(ME, Access.OPERATOR, needs_second_factor=True))
    taken = form_at(on_the_way, "/proof?next=%2Foperation%2Fdays")
    asked = await nobody.http.post(taken.action, data=dict(taken.values))
    proof = next(form for form in forms_of(asked.text) if "totp_code" in form.inputs)
    nobody.services.answers["SecondFactorService.ProveSecondFactor"] = tokens_of(ME, Access.OPERATOR)
    on_the_way = await nobody.http.post(proof.action, data={**proof.values, "totp_code": "123456"})
    proven = second_factor_service_pb2.ProveSecondFactorRequest
    assert nobody.asked("SecondFactorService/ProveSecondFactor", proven).totp_code == "123456"
    taken = form_at(on_the_way, "/operation/days")
    nobody.services.answers.update(filled_answers(nobody.services.contracts))
    answer = await nobody.http.post(taken.action, data=dict(taken.values))
    form = form_at(answer, "/operation/days")
    assert {name: form.inputs[name].value for name in ("first_date", "day", "note")} == {
        "first_date": "2031-02-03",
        "day": "1",
        "note": "调休",
    }


async def test_a_form_whose_session_ends_under_it_is_kept(
    nobody: Browser, candidate: Browser, form_tokens: FormTokens
) -> None:  # GW-8
    candidate.services.answers["CandidateService.UpdateDetails"] = Unauthenticated()
    token = form_tokens.form_token(LOGIN_SESSION, ME)
    shown = await candidate.http.post("/details", data={"csrf_token": token, **TYPED})
    assert (shown.status_code, NOTHING_BEFORE in shown.text) == (401, True)
    for name in (ACCESS, REFRESH):
        assert f"{name}=;" in shown.headers["set-cookie"]
        candidate.http.cookies.delete(name)  # as a browser does; the test had set them by hand
    on_the_way = await log_in(nobody, shown, tokens_of(ME))
    assert form_at(on_the_way, "/details").inputs["late_form"].value


async def test_a_large_form_is_read_for_those_who_were_known_until_lately(
    nobody: Browser, earlier: str
) -> None:  # GW-6, GW-8
    fields = {"csrf_token": earlier, "body_zh": "长" * 2_000}
    stranger = await nobody.http.post("/operation/texts/INTEGRITY_PLEDGE", data=fields)
    assert (stranger.status_code, stranger.headers["location"][:12]) == (303, "/login?next=")
    nobody.http.cookies.set(ACCESS, token_of(Access.OPERATOR, ME, EARLIER, timedelta(hours=2), timedelta(hours=-1)))
    nobody.http.cookies.set(REFRESH, "a refresh token")
    nobody.services.answers["LoginService.RefreshLoginSession"] = Unauthenticated()
    kept = await nobody.http.post("/operation/texts/INTEGRITY_PLEDGE", data=fields)
    assert (kept.status_code, NOTHING_BEFORE in kept.text) == (401, True)


async def test_a_form_that_is_nobodys_leads_to_the_login_alone(nobody: Browser, form_tokens: FormTokens) -> None:
    # GW-8
    for token in ("", "guessed", form_tokens.token(EARLIER)):
        answer = await nobody.http.post("/details", data={"csrf_token": token, **TYPED})
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fdetails")


async def test_a_form_too_long_to_be_kept_is_said_to_be_so(nobody: Browser, earlier: str) -> None:  # GW-8
    nobody.http.cookies.set(ACCESS, token_of(Access.OPERATOR, ME, EARLIER, timedelta(hours=2), timedelta(hours=-1)))
    nobody.http.cookies.set(REFRESH, "a refresh token")
    nobody.services.answers["LoginService.RefreshLoginSession"] = Unauthenticated()
    fields = {"csrf_token": earlier, "body_zh": "长" * (MOST_SEALED_BYTES // 3)}
    shown = await nobody.http.post("/operation/texts/INTEGRITY_PLEDGE", data=fields)
    assert (shown.status_code, "填写的内容过长" in shown.text) == (401, True)
    login = next(form for form in forms_of(shown.text) if "login_name" in form.inputs)
    assert parse_qs(urlsplit(login.action).query) == {"next": ["/operation/texts/INTEGRITY_PLEDGE"]}


async def test_an_initial_password_is_changed_on_the_way(nobody: Browser, earlier: str) -> None:  # GW-8, ID-3
    shown = await nobody.http.post("/details", data={"csrf_token": earlier, **TYPED})
    on_the_way = await log_in(nobody, shown, tokens_of(ME, needs_password_change=True))
    taken = form_at(on_the_way, "/password?next=%2Fdetails")
    asked = await nobody.http.post(taken.action, data=dict(taken.values))
    change = next(form for form in forms_of(asked.text) if "new_password" in form.inputs)
    nobody.services.answers["LoginService.ChangePassword"] = tokens_of(ME)
    chosen = {"old_password": "123456", "new_password": "Secret-2", "again": "Secret-2"}
    on_the_way = await nobody.http.post(change.action or taken.action, data={**change.values, **chosen})
    taken = form_at(on_the_way, "/details")
    answer = await nobody.http.post("/details", data=dict(taken.values))
    form = form_at(answer, "")
    assert {name: form.inputs[name].value for name in TYPED} == TYPED


async def test_a_sign_in_at_a_provider_brings_the_form_back(nobody: Browser, earlier: str) -> None:  # GW-8, ID-18
    answers = nobody.services.answers
    school = sign_in_service_pb2.SignInProvider(provider_id="school", organisation="10269", name_zh="华东师大")
    answers["SignInService.ListSignInProviders"] = sign_in_service_pb2.ListSignInProvidersResponse(providers=[school])
    begun = sign_in_service_pb2.SignInStart(authorization_url="https://sso.example/?s", sealed_attempt="sealed")
    answers["SignInService.StartSignIn"] = begun
    answers["SignInService.CompleteSignIn"] = tokens_of(ME, Access.OPERATOR)
    fields = {"csrf_token": earlier, "first_date": "2031-02-03", "day": "1", "note": "调休"}
    shown = await nobody.http.post("/operation/days", data=fields)
    assert 'href="/sign-in/school?next=%2Foperation%2Fdays"' in shown.text
    assert nobody.http.cookies.get(LATE)
    away = await nobody.http.get("/sign-in/school?next=%2Foperation%2Fdays")
    assert away.headers["location"] == begun.authorization_url
    on_the_way = await nobody.http.get("/sign-in", params={"state": "s", "code": "c"})
    assert nobody.http.cookies.get(LATE) is None
    taken = form_at(on_the_way, "/operation/days")
    answers.update(filled_answers(nobody.services.contracts))
    answer = await nobody.http.post(taken.action, data=dict(taken.values))
    assert form_at(answer, "/operation/days").inputs["note"].value == "调休"
