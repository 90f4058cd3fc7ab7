"""Texts that operators publish are read before, and kept in every version (EN-2)."""

import re

import pytest
from zikao.enrollment.v1 import catalogue_pb2, catalogue_service_pb2

from chassis.errors import NotFound
from tests.integration.gateway.logged_in_browser import Browser

PLEDGE = "/operation/texts/INTEGRITY_PLEDGE"
WORDS = {"scope": "*", "title_zh": "承诺书", "body_zh": "我承诺<诚信>。", "title_en": "", "body_en": ""}


@pytest.fixture
def publisher(operator: Browser) -> Browser:
    """An operator before a pledge in its third version."""
    text = catalogue_pb2.Text(kind="INTEGRITY_PLEDGE", scope="*", version="3", title_zh="承诺书", body_zh="第三版")
    operator.services.answers |= {"CatalogueService.GetText": text, "CatalogueService.CreateText": text}
    return operator


def published(browser: Browser) -> list[str]:
    return [one.path for one in browser.services.asked if one.path.endswith("/CreateText")]


async def test_earlier_versions_stay_readable(publisher: Browser) -> None:
    page = (await publisher.get(PLEDGE)).text
    assert "第三版" in page
    assert all(f"?scope=*&amp;version={version}" in page for version in (2, 1))


async def test_a_text_is_read_before_it_is_published(publisher: Browser) -> None:  # ID-5
    page = (await publisher.send(PLEDGE, **WORDS)).text
    assert "我承诺&lt;诚信&gt;。" in page
    assert published(publisher) == []
    answer = await publisher.send(f"{PLEDGE}/publish", **WORDS)
    assert answer.headers["location"] == f"{PLEDGE}?scope=*&published=3"
    asked = publisher.asked("CatalogueService/CreateText", catalogue_service_pb2.CreateTextRequest).text
    assert (asked.kind, asked.body_zh) == (catalogue_pb2.Text.INTEGRITY_PLEDGE, "我承诺<诚信>。")


async def test_words_are_kept_on_the_way_back(publisher: Browser) -> None:
    page = (await publisher.send(PLEDGE, **WORDS, edit="yes")).text
    assert "我承诺&lt;诚信&gt;。</textarea>" in page
    assert published(publisher) == []


async def test_what_was_never_published_is_said_to_be_missing(publisher: Browser) -> None:
    publisher.services.answers["CatalogueService.GetText"] = NotFound()
    page = (await publisher.get("/operation/texts")).text
    assert page.count("尚未公布") == 6
    assert (await publisher.get("/operation/texts/OUTLYING_DISTRICT_NOTICE")).status_code == 200
    assert (await publisher.get("/operation/texts/POEM")).status_code == 404


async def test_a_notice_goes_to_whom_its_own_form_names(publisher: Browser) -> None:  # EN-2
    sessions = catalogue_service_pb2.ListSessionsResponse()
    sessions.sessions.add(session_id="2026-10")
    publisher.services.answers["CatalogueService.ListSessions"] = sessions
    address = "/operation/texts/SESSION_NOTICE"
    form = re.split("</?form", (await publisher.get(f"{address}?scope=2026-10")).text)
    typing = next(part for part in form if f'action="{address}"' in part)
    assert re.search(r'<option value="2026-10"\s+selected>', typing), "what is shown is what is published for"
    assert not re.search(r'type="hidden"\s+name="scope"', typing), "and can be changed where it is typed"
    page = (await publisher.send(address, **{**WORDS, "scope": "2026-10"})).text
    assert re.search(r'name="scope"\s+value="2026-10"', page)
