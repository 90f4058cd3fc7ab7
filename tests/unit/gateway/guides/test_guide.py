"""Guides: Markdown as pages."""

from pathlib import Path

import pytest
from PIL import Image

from chassis.call_context import Language
from gateway.guides.guide import Guide
from gateway.guides.pictures import Pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A guide of two topics and a picture."""
    (tmp_path / "README.md").write_text("# Guide\n\n1. [One](one.md)\n2. [Two](two.md#the-end)\n")
    (tmp_path / "one.md").write_text("# One\n\n先看，\n再做。\n\n![A page](page-phone.webp)\n")
    (tmp_path / "two.md").write_text("# Two\n\n## The end\n\n<script>alert(1)</script>\n")
    Image.new("RGB", (585, 1170)).save(tmp_path / "page-phone.webp")
    return tmp_path


def read(folder: Path) -> Guide:
    return Guide.read(folder, "/help", Language.CHINESE, Pictures())


def test_the_contents_give_the_topics_their_order(folder: Path) -> None:
    guide = read(folder)
    assert [topic.title for topic in guide.topics] == ["One", "Two"]
    assert guide.after(guide.topics[0]) is guide.topics[1]
    assert guide.after(guide.topics[1]) is None
    assert guide.topic("three") is None


def test_a_file_that_no_contents_list_is_refused(folder: Path) -> None:
    (folder / "three.md").write_text("# Three\n")
    with pytest.raises(ValueError, match="three"):
        read(folder)


def test_links_between_files_lead_to_pages_and_their_headings(folder: Path) -> None:
    guide = read(folder)
    assert 'href="/help/two#the-end"' in guide.contents.html
    assert 'id="the-end"' in guide.topics[1].html


def test_lines_of_chinese_are_joined_without_a_space(folder: Path) -> None:
    assert "先看，再做。" in read(folder).topics[0].html


def test_a_picture_is_served_by_its_content_and_has_its_size_on_a_phone(folder: Path) -> None:
    pictures = Pictures()
    html = Guide.read(folder, "/help", Language.CHINESE, pictures).topics[0].html
    [route] = pictures.routes()
    assert f'src="{route.path}"' in html
    assert 'alt="A page" width="390" height="780" loading="lazy"' in html


def test_a_picture_that_is_wider_than_the_text_opens_in_full(folder: Path) -> None:
    assert "<a href=" not in read(folder).topics[0].html
    Image.new("RGB", (1200, 780)).save(folder / "desk.webp")
    (folder / "one.md").write_text("# One\n\n![A desk](desk.webp)\n")
    pictures = Pictures()
    html = Guide.read(folder, "/help", Language.CHINESE, pictures).topics[0].html
    assert f'<a href="{pictures.routes()[0].path}"><img' in html
    assert 'width="640" height="416"' in html


def test_of_a_picture_that_is_not_there_its_words_are_shown(folder: Path) -> None:
    (folder / "page-phone.webp").unlink()
    assert "<p>A page</p>" in read(folder).topics[0].html


def test_markup_in_a_file_is_shown_as_text(folder: Path) -> None:
    assert "<script>" not in read(folder).topics[1].html
