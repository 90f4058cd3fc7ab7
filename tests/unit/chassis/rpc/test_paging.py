"""How large a page is: as asked for, as usual for its list, and never larger than its list allows."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from chassis.rpc.paging import Listing


@dataclass
class Asked:
    """A request for a page."""

    page_size: int = 0
    page_token: str = ""


NUMBERS: Listing[int] = Listing("numbers", (int,), lambda number: (number,), usual_size=3, largest_size=5)


async def fetch(after: tuple[int, ...] | None, size: int) -> Sequence[int]:
    first = after[0] + 1 if after else 0
    return list(range(first, min(first + size, 12)))


@pytest.mark.parametrize(("asked", "served"), [(0, 3), (2, 2), (5, 5), (6, 5), (1000, 5)])
async def test_a_page_is_as_large_as_asked_for_within_what_its_list_allows(asked: int, served: int) -> None:
    assert (await NUMBERS.page(Asked(asked), fetch)).items == list(range(served))


async def test_pages_follow_each_other_to_the_end() -> None:
    seen: list[int] = []
    page = await NUMBERS.page(Asked(5), fetch)
    while page.next_page_token:
        seen += page.items
        page = await NUMBERS.page(Asked(5, page.next_page_token), fetch)
    assert [*seen, *page.items] == list(range(12))
