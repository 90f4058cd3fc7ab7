"""Selections by half-day and district as a table whose cells are the darker the more there are (OP-4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from zikao.common.v1 import half_day_pb2
from zikao.enrollment.v1 import practice_service_pb2

from gateway.web.page_request import Page

DARKEST: Final = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """How many selections, and how dark: from 0 for none to 5."""

    number: int
    shade: int


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Districts as rows, half-days as columns, with their sums."""

    half_days: Sequence[str]
    rows: Sequence[tuple[str, Sequence[Cell], int]]
    sums: Sequence[int]
    live: int
    effective: int


def heat_map(page: Page, counts: practice_service_pb2.SessionCounts, districts: Mapping[str, str]) -> HeatMap:
    """The live selections of a session; `districts` are the names by code, in their order."""
    times = sorted({_time(one) for one in counts.counts})
    codes = [*districts, *sorted({one.district_code for one in counts.counts} - districts.keys())]
    numbers = {(one.district_code, _time(one)): one.live for one in counts.counts}
    most = max(numbers.values(), default=0)
    table = {code: [numbers.get((code, time), 0) for time in times] for code in codes}
    table = {code: row for code, row in table.items() if any(row)}
    nowhere = page.say("未选区县", "none chosen")
    return HeatMap(
        half_days=[half_day_name(page, *time) for time in times],
        rows=[
            (districts.get(code) or code or nowhere, [Cell(one, _shade(one, most)) for one in row], sum(row))
            for code, row in table.items()
        ],
        sums=[sum(column) for column in zip(*table.values(), strict=True)],
        live=sum(one.live for one in counts.counts),
        effective=sum(one.effective for one in counts.counts),
    )


def half_day_name(page: Page, date: str, period: int) -> str:
    """A half-day as charts name it."""
    if not date:
        return page.say("时间未定", "no time")
    return f"{date[5:]} {page.say('上午', 'AM') if period == half_day_pb2.AM else page.say('下午', 'PM')}"


def _time(count: practice_service_pb2.SessionCounts.Count) -> tuple[str, int]:
    return count.half_day.date, count.half_day.period


def _shade(number: int, most: int) -> int:
    return -(-number * DARKEST // most) if most else 0
