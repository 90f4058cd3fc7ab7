"""The addresses of the guides: the candidates' under `/help`, the reviewers' under `/console/help`.

Both are open to anybody, since how to log in must be read before it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from starlette.responses import Response
from starlette.routing import Route

from chassis.call_context import Language
from chassis.errors import NotFound
from chassis.security.tokens import Access
from gateway.guides.guide import FOLDERS, Guide
from gateway.guides.page_topics import TOPICS_OF_PAGES
from gateway.guides.pictures import Pictures
from gateway.web.page_endpoint import PageRoute, SiteContext, routes
from gateway.web.page_request import Page

ADDRESSES: Final[Mapping[str, str]] = {"candidate": "/help", "reviewer": "/console/help"}
"""Where each guide's pages are, by the name of its folder."""

HELP_ADDRESSES: Final[Mapping[str, str]] = {
    page: f"{ADDRESSES[guide]}/{topic}" for guide, topics in TOPICS_OF_PAGES.items() for page, topic in topics.items()
}
"""Where each page is explained, by its address in the table of pages."""

FRAMES: Final[Mapping[Access, str]] = {
    Access.CANDIDATE: "portal/base.html",
    Access.REVIEWER: "console/base.html",
    Access.OPERATOR: "operation/base.html",
}
"""Who is logged in keeps their menu, whichever guide they read."""


@dataclass(frozen=True, slots=True)
class Guides:
    """The guides in each language by their names, and the pictures in them; made once."""

    by_name: Mapping[str, Mapping[Language, Guide]]
    pictures: Pictures

    @classmethod
    def read(cls) -> Self:
        """What the files say. Raises ValueError where a file is in no contents."""
        pictures = Pictures()
        read = {
            name: {
                language: Guide.read(folder / name, address, language, pictures) for language, folder in FOLDERS.items()
            }
            for name, address in ADDRESSES.items()
        }
        return cls(read, pictures)


def guide_routes(guides: Guides, around: SiteContext) -> Sequence[Route]:
    """What answers there, and at the pictures' addresses."""
    pages = [page for name, address in ADDRESSES.items() for page in _pages(guides.by_name[name], address)]
    return [*guides.pictures.routes(), *routes(pages, around)]


def _pages(languages: Mapping[Language, Guide], address: str) -> Sequence[PageRoute]:
    async def contents(page: Page) -> Response:
        guide = languages[page.language]
        return page.render("guides/topic.html", frame=_frame(page), guide=guide, topic=guide.contents, following=None)

    async def topic(page: Page) -> Response:
        guide = languages[page.language]
        one = guide.topic(page.params["topic"])
        if one is None:
            raise NotFound()
        return page.render("guides/topic.html", frame=_frame(page), guide=guide, topic=one, following=guide.after(one))

    return [PageRoute(address, show=contents), PageRoute(f"{address}/{{topic}}", show=topic)]


def _frame(page: Page) -> str:
    return FRAMES.get(page.visitor.kind, "web/base.html")
