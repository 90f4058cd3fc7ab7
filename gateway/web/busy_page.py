"""The page that answers when there is more to do than can be done in time. It is rendered once for each kind of reader,
so that refusing costs next to nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from jinja2 import Environment
from starlette.responses import HTMLResponse, Response

from chassis.call_context import Language
from chassis.errors import Overloaded
from gateway.http.locations import HELP
from gateway.http.problems import retry_seconds, shown_refusal
from gateway.http.reader_preferences import LARGE, USUAL, ReaderPreferences
from gateway.web.visitor import Visitor


@dataclass(frozen=True, slots=True)
class _Anybody:
    """What the frame of a page asks of `page`, where nobody has looked who it is for."""

    reader: ReaderPreferences
    visitor: Visitor
    notice: str = ""
    help_address: str = HELP

    @property
    def language(self) -> Language:
        """The language it is written in."""
        return self.reader.language

    def in_language(self, tag: str) -> str:
        """The address of the page that was asked for, in a language."""
        return f"?language={tag}"

    @property
    def in_other_type_size(self) -> str:
        """The address of the page that was asked for, in the other size of type."""
        return f"?type_size={USUAL if self.reader.large_type else LARGE}"


class BusyPages:
    """The page, by how it is read."""

    def __init__(self, environments: Mapping[Language, Environment]) -> None:
        readers = [ReaderPreferences(language, large) for language in environments for large in (False, True)]
        self._rendered: Final = {
            reader: environments[reader.language]
            .get_template("web/busy.html")
            .render(page=_Anybody(reader, Visitor()), message=Overloaded().message(reader.language.value))
            .encode()
            for reader in readers
        }

    def answer(self, refusal: Overloaded, reader: ReaderPreferences, *, again: bool) -> Response:
        """The page, with when to try again; a browser does so by itself where that is harmless (`again`)."""
        assert refusal.retry_after is not None
        seconds = str(retry_seconds(refusal.retry_after))
        headers = {"cache-control": "no-store", "content-language": reader.language.value, "retry-after": seconds}
        if again:
            headers["refresh"] = seconds
        return HTMLResponse(self._rendered[reader], shown_refusal(refusal)[1], headers)
