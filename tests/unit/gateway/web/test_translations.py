"""Every word of the pages exists in both languages, and no asset is heavy."""

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from gateway.web.assets import Assets
from gateway.web.labels.lookup import BY_KIND
from gateway.web.translations import ENGLISH

GATEWAY = Path(__file__).parents[4] / "gateway"
WORD = re.compile(r"""_\(["']([^"']+)["']\)""")
MOST_BYTES = 100_000


def templates() -> list[Path]:
    return sorted(GATEWAY.rglob("*.html"))


@pytest.fixture(scope="module")
def english() -> set[str]:
    with ENGLISH.open("rb") as catalogue:
        return {message.id for message in read_po(catalogue, locale="en") if message.id and message.string}


@pytest.mark.parametrize("template", templates(), ids=lambda path: path.name)
def test_every_word_has_its_english(template: Path, english: set[str]) -> None:
    assert set(WORD.findall(template.read_text())) <= english


def test_no_translation_is_without_its_word(english: set[str]) -> None:
    used = {word for template in templates() for word in WORD.findall(template.read_text())}
    assert english - used == set()


def test_no_word_is_translated_twice() -> None:
    words = [line for line in ENGLISH.read_text().splitlines() if line.startswith("msgid ")]
    assert [word for word, times in Counter(words).items() if times > 1] == []


@pytest.mark.parametrize("kind", BY_KIND)
def test_every_state_has_a_word_in_both_languages(kind: str) -> None:
    assert all(label.zh and label.en for label in BY_KIND[kind].values())


def test_a_page_loads_less_than_a_hundred_kilobytes_of_assets() -> None:
    assert sum(Assets().sizes().values()) < MOST_BYTES


@pytest.mark.parametrize("template", templates(), ids=lambda path: path.name)
def test_no_page_has_a_script_or_a_style_inside(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", text)
