"""Public reads while the service that answers them is away (GW-7, F-30)."""

from types import SimpleNamespace

import httpx
import pytest
from zikao.enrollment.v1 import catalogue_pb2
from zikao.enrollment.v1 import catalogue_service_pb2 as catalogue
from zikao.identity.v1 import resources_pb2

from chassis.dependency_outages import DatabaseUnavailable
from chassis.errors import InvalidRequest, NotFound, Refusal, ServiceUnavailable
from chassis.security.tokens import Access
from gateway.config import Config
from gateway.http.cookies import ACCESS
from gateway.http.remembered_answers import RememberedAnswers
from tests.integration.gateway.answering_services import Services
from tests.integration.gateway.logged_in_browser import access_token

LIST_SCHOOLS = "CatalogueService.ListSchools"
ANSWER = catalogue.ListSchoolsResponse(schools=[catalogue_pb2.School(school_code="10269", display_name="师范大学")])


@pytest.mark.parametrize("outage", [DatabaseUnavailable(), ServiceUnavailable(service="enrollment")])
async def test_a_public_read_is_answered_from_memory_while_its_service_is_away(  # GW-7, F-30
    http: httpx.AsyncClient, services: Services, outage: Refusal
) -> None:
    services.answers[LIST_SCHOOLS] = ANSWER
    first = await http.get("/v1/schools")
    services.answers[LIST_SCHOOLS] = outage
    again = await http.get("/v1/schools")
    assert (again.status_code, again.json(), again.headers["etag"]) == (200, first.json(), first.headers["etag"])
    assert (await http.get("/v1/schools", headers={"accept-language": "en"})).status_code == 503, "never asked before"


async def test_a_refusal_is_no_outage(http: httpx.AsyncClient, services: Services) -> None:  # GW-7
    services.answers[LIST_SCHOOLS] = ANSWER
    await http.get("/v1/schools")
    for refusal, status in ((NotFound(), 404), (InvalidRequest(), 400)):
        services.answers[LIST_SCHOOLS] = refusal
        assert (await http.get("/v1/schools")).status_code == status


async def test_what_is_somebodys_own_is_not_remembered(http: httpx.AsyncClient, services: Services) -> None:  # GW-7
    services.answers["CandidateService.GetCandidate"] = resources_pb2.Candidate(display_name="王小明")
    http.cookies.set(ACCESS, access_token(Access.CANDIDATE))
    assert (await http.get("/v1/candidates/me")).status_code == 200
    services.answers["CandidateService.GetCandidate"] = DatabaseUnavailable()
    answer = await http.get("/v1/candidates/me")
    assert answer.status_code == 503
    assert "王小明" not in answer.text


@pytest.mark.parametrize("config", [{}], indirect=True)
async def test_pages_show_what_is_public_from_memory(
    http: httpx.AsyncClient, services: Services, config: Config
) -> None:
    notice = catalogue_pb2.Text(title_zh="报考须知", body_zh="每科六十五元")
    services.answers["CatalogueService.GetText"] = notice
    assert "每科六十五元" in (await http.get("/login")).text
    services.answers["CatalogueService.GetText"] = DatabaseUnavailable()
    assert "每科六十五元" in (await http.get("/login")).text
    assert config.readable_for.total_seconds() == 3600


async def test_an_answer_that_is_too_old_or_one_too_many_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.http import remembered_answers as module

    now, away = 0.0, False

    async def ask(request: bytes, **_: object) -> bytes:
        if away:
            raise DatabaseUnavailable()
        return request * 10

    monkeypatch.setattr(module, "MOST_BYTES", 100)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now))
    asked = RememberedAnswers(Config(form_key="0f" * 32).readable_for).around("/a/Read", ask)
    for request in (b"aaaa", b"bbbb", b"cccc"):
        await asked(request)
    away = True
    assert await asked(b"cccc") == b"cccc" * 10
    with pytest.raises(DatabaseUnavailable):
        await asked(b"aaaa")
    now = 3601.0
    with pytest.raises(DatabaseUnavailable):
        await asked(b"cccc")


async def test_a_service_that_hangs_is_waited_for_once_in_two_seconds(  # GW-7, F-30
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from gateway.http import remembered_answers as module

    now, away, asked_for = 0.0, False, list[bytes]()

    async def ask(request: bytes, **_: object) -> bytes:
        asked_for.append(request)
        if away:
            raise DatabaseUnavailable()
        return request

    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now))
    asked = RememberedAnswers(Config(form_key="0f" * 32).readable_for).around("/a/Read", ask)
    await asked(b"a")
    away = True
    for _ in range(3):
        assert await asked(b"a") == b"a"
    assert len(asked_for) == 2, "the second found it away, the others did not wait for it"
    with pytest.raises(DatabaseUnavailable):
        await asked(b"b")
    now, away = 2.5, False
    await asked(b"a")
    await asked(b"a")
    assert len(asked_for) == 5, "it is asked again, and back"
