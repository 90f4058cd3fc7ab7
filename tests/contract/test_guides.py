"""The guides say what is on the pages: buttons by their very words, each page in a topic, both languages alike."""

import re
from pathlib import Path
from typing import Final

import pytest
from babel.messages.pofile import read_po

from gateway.console.routes import PAGES as CONSOLE
from gateway.guides.guide import DOCS
from gateway.guides.page_topics import TOPICS_OF_PAGES
from gateway.guides.routes import Guides
from gateway.portal.routes import PAGES as PORTAL
from gateway.web.labels.lookup import BY_KIND
from gateway.web.page_endpoint import PageRoute
from gateway.web.translations import ENGLISH

FILES: Final = sorted([*(DOCS / "zh").rglob("*.md"), *(DOCS / "en").rglob("*.md")])
QUOTED: Final = {"zh": re.compile("「([^」]+)」"), "en": re.compile("“([^”]+[^”.])”")}
"""What stands in a guide as it stands on a page; what ends with a full stop is a sentence that somebody writes."""
MOST_BYTES: Final = 60_000
"""Of a picture."""

NO_PAGE: Final = frozenset(
    {
        "/sign-in",
        "/sign-in/{provider_id}",
        "/photo/image",
        "/photo/sample",
        "/cases/{case_id}/materials/{material_id}",
        "/orders/{order_id}/qr",
        "/papers/{paper_id}/document",
        "/console/cases/{case_id}/portrait",
        "/console/cases/{case_id}/materials/{material_id}",
        "/console/candidates/{candidate_id}/portrait",
        "/console/export",
    }
)
"""Addresses of the tables that show nothing to read: files, and ways to somewhere else."""


def words_on_pages(language: str) -> set[str]:
    """Whatever the pages say in a language, piece by piece."""
    with ENGLISH.open("rb") as catalogue:
        said = [(str(one.id), str(one.string)) for one in read_po(catalogue, locale="en") if one.id]
    said += [(label.zh, label.en) for kind in BY_KIND.values() for label in kind.values()]
    return {(zh if language == "zh" else en).strip("：:") for zh, en in said}


@pytest.fixture(scope="module")
def guides() -> Guides:
    return Guides.read()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(DOCS).as_posix())
def test_every_button_that_a_guide_names_is_on_a_page(file: Path) -> None:
    language = file.relative_to(DOCS).parts[0]
    named = set(QUOTED[language].findall(file.read_text().replace("\n", " ")))
    assert named - words_on_pages(language) == set()


def test_the_guides_name_many_buttons() -> None:
    text = "".join(file.read_text() for file in FILES if "zh" in file.parts)
    assert len(set(QUOTED["zh"].findall(text))) > 80


@pytest.mark.parametrize(
    ("guide", "pages"), [("candidate", PORTAL), ("reviewer", CONSOLE)], ids=["candidate", "reviewer"]
)
def test_every_page_leads_to_a_topic_that_there_is(guides: Guides, guide: str, pages: tuple[PageRoute, ...]) -> None:
    topics = TOPICS_OF_PAGES[guide]
    shown = {page.path for page in pages if page.show} - NO_PAGE
    assert shown == set(topics), "name its topic in gateway/guides/page_topics.py, or put a file's address into NO_PAGE"
    for read in guides.by_name[guide].values():
        assert {topic for topic in topics.values() if read.topic(topic) is None} == set()


@pytest.mark.parametrize("guide", ["candidate", "reviewer"])
def test_both_languages_have_the_same_topics_in_the_same_order(guides: Guides, guide: str) -> None:
    chinese, english = ([topic.name for topic in read.topics] for read in guides.by_name[guide].values())
    assert chinese == english


@pytest.mark.parametrize("picture", sorted((DOCS / "images").rglob("*.webp")), ids=lambda one: one.stem)
def test_a_picture_is_light_and_shown_somewhere(picture: Path) -> None:
    assert picture.stat().st_size < MOST_BYTES
    address = picture.relative_to(DOCS).as_posix()
    assert any(address in file.read_text() for file in [DOCS / "pages.md", *FILES])
