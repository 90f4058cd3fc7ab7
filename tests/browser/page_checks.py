"""What holds for every page is checked wherever somebody comes by, and no page is left out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Response
from starlette.routing import compile_path

from gateway.web.page_endpoint import PageRoute

WCAG: Final = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
MOST_BYTES: Final = 100_000
PARTS: Final = frozenset({"document", "stylesheet", "script", "image", "font"})
SCRIPTS_WITHIN: Final = "[...document.querySelectorAll('*')].filter(e => e.matches('script:not([src])') \
|| e.getAttributeNames().some(name => name.startsWith('on'))).map(e => e.outerHTML.slice(0, 160))"
UNPROTECTED_FORMS: Final = "[...document.querySelectorAll('form[method=post]')] \
.filter(form => !form.elements.csrf_token?.value).map(form => form.action)"
TOO_WIDE: Final = "document.documentElement.scrollWidth > innerWidth"
TOO_SMALL: Final = "[...document.querySelectorAll('main button, main .button, main input, main select')] \
.filter(e => e.type != 'hidden' && e.offsetParent && !e.closest('label') && e.getBoundingClientRect().height < 43.5) \
.map(e => e.outerHTML.slice(0, 160))"


@dataclass(slots=True)
class PageVisits:
    """A browser's page going by those of `routes`. `files` are addresses that answer with no page, such as an image."""

    page: Page
    routes: Iterable[PageRoute]
    files: frozenset[str] = frozenset()
    seen: set[str] = field(default_factory=set)
    _loaded: list[Response] = field(default_factory=list)
    _complaints: list[ConsoleMessage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("response", lambda response: self._loaded.append(response))
        self.page.on("console", lambda message: self._complaints.append(message))

    def see(self, path: str = "") -> None:
        """Goes to a path, or loads the present page again, and asserts what holds for every page."""
        self._loaded.clear()
        self._complaints.clear()
        self.page.goto(path or self.page.url, wait_until="load")
        route = self._route(self.page.url)
        self.seen.add(route)
        found = {
            "WCAG": violations(self.page),
            "scripts within": self.page.evaluate(SCRIPTS_WITHIN),
            "forms without token": self.page.evaluate(UNPROTECTED_FORMS),
            "wider than the screen": self.page.evaluate(TOO_WIDE),
            "too small to press": self.page.evaluate(TOO_SMALL),
            "against the policy": [one.text for one in self._complaints if "Content Security Policy" in one.text],
        }
        assert not any(found.values()), (route, {what: shown for what, shown in found.items() if shown})
        assert self._bytes() <= MOST_BYTES, (route, self._bytes())

    def left_out(self) -> set[str]:
        """The pages of the table that nobody came by."""
        return {route.path for route in self.routes if route.show} - self.files - self.seen

    def _route(self, url: str) -> str:
        """The address of the table that an address belongs to."""
        path = urlsplit(url).path
        return next((one.path for one in self.routes if compile_path(one.path)[0].fullmatch(path)), path)

    def _bytes(self) -> int:
        """What the page and its assets weigh; what people uploaded is theirs."""
        ours = [one for one in self._loaded if one.request.resource_type in PARTS and one.status == 200]
        return sum(int(one.headers["content-length"]) for one in ours if self._route(one.url) not in self.files)


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA."""
    found = Axe().run(page, options=WCAG).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found]
