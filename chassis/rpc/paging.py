"""Opaque page tokens: where a list goes on, bound to the list it belongs to (AIP-158)."""

import base64
import binascii
import json
from collections.abc import Sequence

from chassis.errors import FieldViolation, InvalidRequest

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 500


def page_size(asked: int) -> int:
    """The size to serve: the one asked for, 50 for 0, never more than 500."""
    return min(asked or DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE)


def encode(listing: str, position: Sequence[str]) -> str:
    """The token for the page of `listing` (its name and filters) that starts after `position`."""
    return base64.urlsafe_b64encode(json.dumps([listing, *position], ensure_ascii=False).encode()).decode().rstrip("=")


def decode(listing: str, token: str) -> tuple[str, ...] | None:
    """The position a token stands for; None for the first page. Raises InvalidRequest for a token of another list."""
    if not token:
        return None
    try:
        owner, *position = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, binascii.Error, TypeError):
        owner, position = None, []
    if owner != listing:
        zh, en = "翻页标记无效，请从第一页开始。", "The page token is not of this list; start from the first page."
        raise InvalidRequest(fields=[FieldViolation("page_token", "PAGE_TOKEN_INVALID", zh, en)])
    return tuple(str(part) for part in position)
