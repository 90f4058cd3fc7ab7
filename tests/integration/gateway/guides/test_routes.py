"""The guides as help pages: before login and after it, in both languages, and where each page leads."""

import re

import httpx
import pytest

from gateway.guides.page_topics import TOPICS_OF_PAGES
from gateway.guides.routes import ADDRESSES
from gateway.site import SiteContent
from tests.integration.gateway.logged_in_browser import Browser


@pytest.mark.parametrize("guide", ADDRESSES)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_anybody_reads_every_topic_without_logging_in(
    http: httpx.AsyncClient, site_content: SiteContent, guide: str, language: str
) -> None:
    read = next(one for known, one in site_content.guides.by_name[guide].items() if known.value == language)
    assert len(read.topics) >= len(set(TOPICS_OF_PAGES[guide].values()))
    for address in (read.address, *(f"{read.address}/{topic.name}" for topic in read.topics)):
        answer = await http.get(address, headers={"accept-language": language})
        assert (answer.status_code, answer.headers["content-language"]) == (200, language), address


async def test_a_picture_is_kept_by_browsers(http: httpx.AsyncClient) -> None:
    page = await http.get("/help/payment")
    picture = await http.get(re.findall(r'<img src="([^"]+)"', page.text)[0])
    assert picture.headers["content-type"] == "image/webp"
    assert "immutable" in picture.headers["cache-control"]


async def test_a_topic_that_there_is_not_is_no_page(http: httpx.AsyncClient) -> None:
    assert (await http.get("/help/README")).status_code == 404
    assert (await http.get("/console/help/nothing")).status_code == 404


async def test_a_page_leads_to_its_topic_and_whoever_is_logged_in_keeps_the_menu(candidate: Browser) -> None:
    lost = await candidate.get("/phone-changes")
    assert '<a href="/help/lost-access">帮助</a>' in lost.text
    assert '<a href="/orders">缴费</a>' in (await candidate.get("/help/lost-access")).text
