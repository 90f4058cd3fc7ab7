"""The pictures of `docs/images` that guides show, each at an address that changes with its content."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.web.assets import A_YEAR, content_digest, revalidated

MEDIA_TYPE: Final = "image/webp"
PHONE_SUFFIX: Final = "-phone"
PHONE_DENSITY: Final = 1.5
"""Pixels of a picture for one of the page, where it was taken on a phone."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a picture is served, its size in pixels, and how many of them are one of the page's."""

    url: str
    width: int
    height: int
    density: float
    content: bytes


class Pictures:
    """The pictures that were asked for."""

    def __init__(self) -> None:
        self._taken: dict[Path, Picture] = {}

    def of(self, file: Path) -> Picture:
        """The picture of a file. Raises FileNotFoundError."""
        if file not in self._taken:
            content = file.read_bytes()
            with Image.open(file) as image:
                width, height = image.size
            density = PHONE_DENSITY if file.stem.endswith(PHONE_SUFFIX) else 1.0
            url = f"/assets/{content_digest(content)}/{file.name}"
            self._taken[file] = Picture(url, width, height, density, content)
        return self._taken[file]

    def routes(self) -> list[Route]:
        """What answers at their addresses."""
        return [Route(one.url, _answering(one.content)) for one in self._taken.values()]


def _answering(content: bytes) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return revalidated(request, content, MEDIA_TYPE, A_YEAR)

    return answer
