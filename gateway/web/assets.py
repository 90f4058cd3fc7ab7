"""Stylesheets and scripts: read once, named by their content, kept by browsers for ever."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

STATIC: Final = Path(__file__).parent / "static"
A_YEAR: Final = "public, max-age=31536000, immutable"
STYLE: Final = "style.css"
STYLE_PARTS: Final = (
    "tokens",
    "base",
    "frame",
    "blocks",
    "timetable",
    "season",
    "states",
    "forms",
    "tables",
    "desk",
    "cases",
    "tabs",
    "figures",
    "reference",
    "guides",
    "second_factors",
    "narrow",
    "bottom_bar",
    "large_type",
    "print",
)
"""The parts of the one stylesheet, in the order of the cascade: what comes later wins."""
TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Assets:
    """The files of `static`, each at an address that changes with its content."""

    def __init__(self) -> None:
        self._files = {file.name: file.read_bytes() for file in sorted(STATIC.iterdir()) if file.suffix in TYPES}
        self._files[STYLE] = b"\n".join((STATIC / "style" / f"{part}.css").read_bytes() for part in STYLE_PARTS)
        self._urls = {name: f"/assets/{content_digest(content)}/{name}" for name, content in self._files.items()}

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError."""
        return self._urls[name]

    def routes(self) -> list[Route]:
        """What answers at these addresses."""
        return [Route(url, self._answering(name)) for name, url in self._urls.items()]

    def sizes(self) -> Mapping[str, int]:
        """How many bytes each file has."""
        return {name: len(content) for name, content in self._files.items()}

    def _answering(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        content, media_type = self._files[name], TYPES[Path(name).suffix]

        async def answer(request: Request) -> Response:
            return revalidated(request, content, media_type, A_YEAR)

        return answer


def content_digest(content: bytes) -> str:
    """A short name for a content."""
    return hashlib.sha256(content).hexdigest()[:16]


def revalidated(request: Request, content: bytes, media_type: str, cache_control: str) -> Response:
    """An answer that a browser keeps, and gets anew only when it has changed."""
    headers = {"etag": f'"{content_digest(content)}"', "cache-control": cache_control}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
