"""How pages are made: templates beside this file, times as in Shanghai, amounts in yuan, strict headers."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from chassis.clock import SHANGHAI
from sandbox.storage import timestamps
from sandbox.web.refusals import Refused

FOLDER: Final = Path(__file__).parent
STYLE: Final = (FOLDER / "style.css").read_bytes()
HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def yuan(fen: int) -> str:
    """`7000` as `70.00`."""
    return f"{fen // 100:,}.{fen % 100:02d}"


def local(instant: datetime | str | None) -> str:
    """An instant as a clock in Shanghai shows it."""
    if instant is None:
        return "—"
    moment = timestamps.from_text(instant) if isinstance(instant, str) else instant
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(yuan=yuan, local=local)
    return environment


_ENVIRONMENT: Final = _environment()


def page(template: str, status: int = 200, **content: Any) -> Response:
    """A page."""
    text = _ENVIRONMENT.get_template(template).render(**content)
    return Response(text, status, HEADERS, media_type="text/html")


def problem(error: Refused) -> Response:
    """A refusal, for people."""
    return page("problem.html", error.status, error=error)


async def style(_: Request) -> Response:
    """The one stylesheet."""
    return Response(STYLE, headers={"cache-control": "max-age=60"}, media_type="text/css")
