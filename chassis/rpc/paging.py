"""Pages of a list (AIP-158). A page token says where the list goes on; that it belongs to the list, its filter and who
asks is seen to by the server (`chassis.rpc.server.interceptors.page_tokens`).
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from chassis.errors import FieldViolation, InvalidRequest

DEFAULT_PAGE_SIZE: Final = 50
LARGEST_PAGE_SIZE: Final = 500

Item = TypeVar("Item")

Position = tuple[Any, ...]
"""The values by which a list is ordered, of its last item: texts, integers, instants."""

Fetch = Callable[[Position | None, int], Awaitable[Sequence[Item]]]
"""The items that follow a position (None: from the beginning), as many as stated at most, in the list's order."""

_READ: Final[dict[type, Callable[[str], Any]]] = {str: str, int: int, datetime: datetime.fromisoformat}


class PageRequest(Protocol):
    """The fields that every request for a page has."""

    page_size: int
    page_token: str


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items of a list, and the token for what follows; empty at the end."""

    items: Sequence[Item]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class Listing(Generic[Item]):
    """A list that is read page by page, and how its items are ordered."""

    order: tuple[type, ...]
    """The types of a position's values."""
    position: Callable[[Item], Position]
    usual_size: int = DEFAULT_PAGE_SIZE
    """How many items a page has when its request does not say."""
    largest_size: int = LARGEST_PAGE_SIZE

    async def page(self, request: PageRequest, fetch: Fetch[Item]) -> Page[Item]:
        """The page that `request` asks for. Raises InvalidRequest for a token that is none of this list."""
        size = min(request.page_size or self.usual_size, self.largest_size)
        found = await fetch(self._after(request.page_token), size + 1)
        items = found[:size]
        return Page(items, self._token(self.position(items[-1])) if len(found) > size else "")

    def _token(self, position: Position) -> str:
        written = [value.isoformat() if isinstance(value, datetime) else str(value) for value in position]
        return json.dumps(written, ensure_ascii=False)

    def _after(self, token: str) -> Position | None:
        if not token:
            return None
        try:
            written = json.loads(token)
            return tuple(_READ[kind](value) for kind, value in zip(self.order, written, strict=True))
        except (ValueError, TypeError) as error:
            raise not_of_this_list() from error


def page_size(asked: int) -> int:
    """The size to serve: the one asked for, 50 for 0, never more than 500."""
    return min(asked or DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE)


def not_of_this_list() -> InvalidRequest:
    """What is said of a page token that was made up, altered, or given for another question."""
    zh, en = "翻页标记无效，请从第一页开始。", "The page token is not of this list; start from the first page."
    return InvalidRequest(fields=[FieldViolation("page_token", "PAGE_TOKEN_INVALID", zh, en)])
