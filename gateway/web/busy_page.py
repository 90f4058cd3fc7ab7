"""The page that answers when there is more to do than can be done in time. It is rendered once in each language, so
that refusing costs next to nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from jinja2 import Environment
from starlette.responses import HTMLResponse, Response

from chassis.call_context import Language
from chassis.errors import Overloaded
from gateway.http.problems import retry_seconds, shown_refusal
from gateway.web.visitor import Visitor


@dataclass(frozen=True, slots=True)
class _Anybody:
    """What the frame of a page asks of `page`, where nobody has looked who it is for."""

    language: Language
    visitor: Visitor
    notice: str = ""

    def in_language(self, tag: str) -> str:
        """The address of the page that was asked for, in a language."""
        return f"?language={tag}"


class BusyPages:
    """The page, by language."""

    def __init__(self, environments: Mapping[Language, Environment]) -> None:
        self._rendered: Final = {
            language: environment.get_template("web/busy.html")
            .render(page=_Anybody(language, Visitor()), message=Overloaded().message(language.value))
            .encode()
            for language, environment in environments.items()
        }

    def answer(self, refusal: Overloaded, language: Language, *, again: bool) -> Response:
        """The page, with when to try again; a browser does so by itself where that is harmless (`again`)."""
        assert refusal.retry_after is not None
        seconds = str(retry_seconds(refusal.retry_after))
        headers = {"cache-control": "no-store", "content-language": language.value, "retry-after": seconds}
        if again:
            headers["refresh"] = seconds
        return HTMLResponse(self._rendered[language], shown_refusal(refusal)[1], headers)
