"""Where a browser is sent: to pages of ours only. The one place where a `Location` is made."""

import re
from typing import Final
from urllib.parse import urlsplit

from starlette.responses import RedirectResponse

HOME: Final = "/"
HELP: Final = "/help"
"""Where the candidates' guide begins."""
SEE_OTHER: Final = 303

_OURS: Final = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
"""A path from the root, which no browser reads as the name of another host: browsers take `\\` for `/`, and drop tabs
and line ends.
"""


def own_location(address: str, otherwise: str = HOME) -> str:
    """`address` where it is a path of ours, with or without a query; `otherwise` where it leads elsewhere."""
    if not _OURS.fullmatch(address):
        return otherwise
    try:
        parts = urlsplit(address)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else address


def redirect_to(address: str) -> RedirectResponse:
    """Sends the browser to a page of ours, by GET; home, where `address` is none of ours."""
    return RedirectResponse(own_location(address), SEE_OTHER, {"cache-control": "no-store"})


def redirect_to_provider(address: str) -> RedirectResponse:
    """Sends the browser to an organisation's sign-in provider, whose address identity has made of what operators
    configured (ID-18): the one way that leads elsewhere.
    """
    return RedirectResponse(address, SEE_OTHER, {"cache-control": "no-store"})
