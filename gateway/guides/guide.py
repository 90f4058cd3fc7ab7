"""Guides: the Markdown of `docs/zh` and `docs/en` as HTML.

A folder is a guide, a file a topic, README.md the contents.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Self

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from chassis.call_context import Language
from gateway.guides.pictures import Pictures

DOCS: Final = Path(__file__).parents[2] / "docs"
FOLDERS: Final[Mapping[Language, Path]] = {Language.CHINESE: DOCS / "zh", Language.ENGLISH: DOCS / "en"}
CONTENTS: Final = "README"
"""The file that lists the topics, in their order."""

_LINK: Final = re.compile(r"(?P<topic>[\w-]+)\.md(?P<fragment>#.*)?")
_WIDEST: Final = 640
"""CSS pixels of a column of text; a picture that is wider is shown smaller."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A page of a guide: what is said of one thing. `name` is that of its file, and the same in every language."""

    name: str
    title: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Guide:
    """The topics in the order of the contents; `address` is where the guide's pages are."""

    address: str
    contents: Topic
    topics: Sequence[Topic]

    @classmethod
    def read(cls, folder: Path, address: str, language: Language, pictures: Pictures) -> Self:
        """What the files of a folder say. Raises ValueError where a file is not listed in the contents."""
        text = (folder / f"{CONTENTS}.md").read_text()
        names = list(dict.fromkeys(found["topic"] for found in _LINK.finditer(text)))
        if unlisted := {file.stem for file in folder.glob("*.md")} - {CONTENTS, *names}:
            raise ValueError(f"{folder / CONTENTS}.md does not list {', '.join(sorted(unlisted))}")
        markdown = _markdown(language)
        contents, *topics = (_topic(folder / f"{name}.md", address, markdown, pictures) for name in (CONTENTS, *names))
        return cls(address, contents, topics)

    def topic(self, name: str) -> Topic | None:
        """The topic of that name; None where there is none."""
        return next((one for one in self.topics if one.name == name), None)

    def after(self, topic: Topic) -> Topic | None:
        """The topic that follows; None after the last."""
        return next((later for one, later in pairwise(self.topics) if one is topic), None)


def _markdown(language: Language) -> MarkdownIt:
    """What renders a language: lines of Chinese are joined without a space."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("image", _picture)
    if language is Language.CHINESE:
        markdown.add_render_rule("softbreak", lambda *_: "")
    return markdown


def _topic(file: Path, address: str, markdown: MarkdownIt, pictures: Pictures) -> Topic:
    tokens = markdown.parse(file.read_text())
    assert tokens[0].tag == "h1"
    for opened, inline in pairwise(tokens):
        if opened.type == "heading_open":
            opened.attrs["id"] = fragment_of(inline.content)
        for token in inline.children or ():
            _lead(token, file, address, pictures)
    # The files are ours, and HTML in them is shown as text.
    html = Markup(markdown.renderer.render(tokens[3:], markdown.options, {}))  # noqa: S704
    return Topic(file.stem, tokens[1].content, html)


def _picture(renderer: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    """A picture that is shown smaller than it is leads to itself in full."""
    shown = str(renderer.image(tokens, at, options, env))
    token = tokens[at]
    return f'<a href="{token.attrs["src"]}">{shown}</a>' if token.meta.get("reduced") else shown


def fragment_of(heading: str) -> str:
    """Under which fragment a heading is found, as readers of the file itself have it."""
    return re.sub(r"[^\w\s-]", "", heading.lower()).strip().replace(" ", "-")


def _lead(token: Token, file: Path, address: str, pictures: Pictures) -> None:
    """Links between files become links between pages; pictures get their address and size."""
    if token.type == "link_open" and (link := _LINK.fullmatch(str(token.attrs["href"]))):
        token.attrs["href"] = f"{address}/{link['topic']}{link['fragment'] or ''}"
    if token.type == "image":
        taken = (file.parent / str(token.attrs["src"])).resolve()
        if not taken.exists():  # it is yet to be taken, from a suite that must run for it
            token.type = "text"
            return
        picture = pictures.of(taken)
        full = round(picture.width / picture.density)
        width = min(full, _WIDEST)
        token.meta["reduced"] = width < full
        token.attrs |= {
            "src": picture.url,
            "width": width,
            "height": round(picture.height * width / picture.width),
            "loading": "lazy",
        }
