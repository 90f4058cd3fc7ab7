"""Pages of a list: as large as asked within bounds, and the token says where the list goes on (AIP-158)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from chassis.errors import InvalidRequest
from chassis.rpc.paging import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE, Listing, Position
from tests.support.refusals import refusal_of

BEGINNING = datetime(2026, 9, 1, 1, 0, 0, 123_456, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    time: datetime
    number: int
    name: str


@dataclass
class Asked:
    """A request for a page."""

    page_size: int = 0
    page_token: str = ""


ENTRIES = [Entry(BEGINNING + timedelta(hours=number // 2), number, f"第{number}件") for number in range(5)]


def entries() -> Listing[Entry]:
    return Listing((datetime, int, str), lambda entry: (entry.time, entry.number, entry.name))


async def after(position: Position | None, count: int) -> Sequence[Entry]:
    """What follows a position, found by comparing: its values have the types that they were made of."""
    following = [one for one in ENTRIES if position is None or (one.time, one.number, one.name) > position]
    return following[:count]


async def test_pages_together_are_the_list_and_the_last_one_says_so() -> None:
    pages, asked = [], Asked(page_size=2)
    while True:
        page = await entries().page(asked, after)
        pages.append(page.items)
        if not page.next_page_token:
            break
        asked = Asked(2, page.next_page_token)
    assert pages == [ENTRIES[:2], ENTRIES[2:4], ENTRIES[4:]]


async def test_a_page_that_ends_with_the_list_is_the_last() -> None:
    assert (await entries().page(Asked(page_size=len(ENTRIES)), after)).next_page_token == ""


async def test_an_empty_list_is_one_empty_page() -> None:
    async def nothing(_position: Position | None, _count: int) -> Sequence[Entry]:
        return []

    page = await entries().page(Asked(), nothing)
    assert (page.items, page.next_page_token) == ([], "")


@pytest.mark.parametrize(
    "written",
    [
        "第二页",
        "7",
        "[]",
        "null",
        '["2026-09-01T01:00:00+00:00"]',
        '["yesterday", "1", "name"]',
        '["2026-09-01T01:00:00+00:00", "one", "name"]',
        '["2026-09-01T01:00:00+00:00", "1", "name", "more"]',
    ],
)
async def test_a_token_that_says_something_else_is_refused(written: str) -> None:
    await refused(written)


async def refused(token: str) -> None:
    refusal = await refusal_of(entries().page(Asked(page_token=token), after))
    assert isinstance(refusal, InvalidRequest)
    assert [(field.field, field.reason) for field in refusal.fields] == [("page_token", "PAGE_TOKEN_INVALID")]


@pytest.mark.parametrize(("asked", "served"), [(0, 3), (2, 2), (5, 5), (6, 5), (1000, 5)])
async def test_a_page_is_as_large_as_asked_for_within_what_its_list_allows(asked: int, served: int) -> None:
    numbers: Listing[int] = Listing((int,), lambda number: (number,), usual_size=3, largest_size=5)

    async def count(_position: Position | None, size: int) -> Sequence[int]:
        return range(size)

    assert list((await numbers.page(Asked(asked), count)).items) == list(range(served))


@pytest.mark.parametrize(("asked", "served"), [(0, DEFAULT_PAGE_SIZE), (LARGEST_PAGE_SIZE + 1, LARGEST_PAGE_SIZE)])
async def test_a_list_that_says_nothing_of_sizes_has_those_of_all_lists(asked: int, served: int) -> None:
    async def count(_position: Position | None, size: int) -> Sequence[Entry]:
        return ENTRIES[:1] * size

    assert len((await entries().page(Asked(asked), count)).items) == served
