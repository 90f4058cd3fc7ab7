"""Stylesheets and scripts: read once, named by their content, kept by browsers for ever."""

import hashlib
import re
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
IMPORT: Final = re.compile(rb' from "\./([^"]+)";')
"""How one script names another: beside itself, as it lies in `static`."""
TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Assets:
    """The files of `static`, each at an address that changes with its content."""

    def __init__(self) -> None:
        self._files = {file.name: file.read_bytes() for file in sorted(STATIC.iterdir()) if file.suffix in TYPES}
        self._files[STYLE] = b"\n".join((STATIC / "style" / f"{part}.css").read_bytes() for part in STYLE_PARTS)
        for name in self._files:
            self._files[name] = self._linked(name)
        self._urls = {name: _address(name, content) for name, content in self._files.items()}

    def url(self, name: str) -> str:
        """The address of a file. Raises KeyError."""
        return self._urls[name]

    def routes(self) -> list[Route]:
        """What answers at these addresses."""
        return [Route(url, self._answering(name)) for name, url in self._urls.items()]

    def sizes(self) -> Mapping[str, int]:
        """How many bytes each file has."""
        return {name: len(content) for name, content in self._files.items()}

    def _linked(self, name: str) -> bytes:
        """A script that imports others from their addresses, so that its own changes with theirs."""

        def from_address(found: re.Match[bytes]) -> bytes:
            imported = found[1].decode()
            return f' from "{_address(imported, self._linked(imported))}";'.encode()

        return IMPORT.sub(from_address, self._files[name])

    def _answering(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        content, media_type = self._files[name], TYPES[Path(name).suffix]

        async def answer(request: Request) -> Response:
            return revalidated(request, content, media_type, A_YEAR)

        return answer


def _address(name: str, content: bytes) -> str:
    return f"/assets/{content_digest(content)}/{name}"


def content_digest(content: bytes) -> str:
    """A short name for a content."""
    return hashlib.sha256(content).hexdigest()[:16]


def revalidated(request: Request, content: bytes, media_type: str, cache_control: str) -> Response:
    """An answer that a browser keeps, and gets anew only when it has changed."""
    headers = {"etag": f'"{content_digest(content)}"', "cache-control": cache_control}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
