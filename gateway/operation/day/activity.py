"""What people do by the minute: the counts of all services added up, laid out as charts and tables (OP-4)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from zikao.common.v1 import activity_pb2

from chassis.clock import SHANGHAI
from gateway.operation.day.service_answers import of_each_service
from gateway.web.charts import LineChart, line_chart
from gateway.web.page_request import Page

Kind = activity_pb2.ActivityCount
MINUTE: Final = timedelta(minutes=1)
MOST_POINTS: Final = 180
TABLE_ROWS: Final = 18
FEN_IN_YUAN: Final = 100
REFUSED: Final = (Kind.REFUSED_BY_RULE, Kind.REFUSED_INPUT, Kind.REFUSED_ACCESS, Kind.REFUSED_TOO_MANY)


@dataclass(slots=True)
class Counts:
    """How often something was done: minute by minute, in the same minutes of yesterday, and on both days so far."""

    per_minute: list[int]
    per_minute_yesterday: list[int]
    today: int = 0
    yesterday: int = 0

    @property
    def change(self) -> int | None:
        """Today against yesterday, in percent; None where there is nothing to compare with."""
        return round(100 * (self.today - self.yesterday) / self.yesterday) if self.yesterday else None


@dataclass(slots=True)
class DayActivity:
    """What all services answered, added up by kind; those that did not answer."""

    start: datetime
    minutes: int
    silent: Sequence[str] = ()
    counts: dict[int, Counts] = field(default_factory=dict)

    def of(self, *kinds: int) -> Counts:
        """The counts of some kinds, added up."""
        total = self._nothing()
        for kind in kinds:
            _add(total, self.counts.get(kind) or self._nothing(), 0)
        return total

    @property
    def refused(self) -> Counts:
        """Whatever was refused, and did not fail."""
        return self.of(*REFUSED)

    def _nothing(self) -> Counts:
        return Counts([0] * self.minutes, [0] * self.minutes)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart, and the numbers of the table under it."""

    name: str
    style: str
    """Of the stroke: its colour, and its pattern for those who see none."""
    numbers: Sequence[int]
    total: int


@dataclass(frozen=True, slots=True)
class ActivityChart:
    """A chart over the last minutes, with its table."""

    name: str
    title: str
    unit_minutes: int
    """How many minutes a point of the lines adds up."""
    chart: LineChart
    lines: Sequence[Line]
    row_minutes: int
    row_names: Sequence[str]


async def activity_of(page: Page, minutes: int) -> DayActivity:
    """Asks all services."""
    answers = await of_each_service(page, activity_pb2.GetActivityRequest(minutes=minutes))
    given = [one for one in answers.values() if one is not None]
    starts = [one.start_time.ToDatetime(tzinfo=UTC) for one in given]
    start = max(starts, default=page.now.replace(second=0, microsecond=0) - (minutes - 1) * MINUTE)
    day = DayActivity(start, minutes, [name for name, one in answers.items() if one is None])
    for answer, own_start in zip(given, starts, strict=True):
        for one in answer.counts:
            counts = Counts(
                list(one.per_minute), list(one.per_minute_yesterday), today=one.today, yesterday=one.yesterday
            )
            # A service that was asked a moment earlier may still tell of the minute before.
            day.counts[one.kind] = _add(day.of(one.kind), counts, (start - own_start) // MINUTE)
    return day


def charts(page: Page, day: DayActivity) -> Iterable[ActivityChart]:
    """Logins, selections, orders, money and refusals."""
    say = page.say
    for name, title, kinds, scale in (
        ("logins", say("登录", "Logins"), (Kind.LOGINS,), 1),
        ("selections", say("选课", "Selections"), (Kind.SELECTIONS,), 1),
        ("orders", say("新建订单", "Orders"), (Kind.ORDERS,), 1),
        ("money", say("到账金额（元）", "Money received, yuan"), (Kind.PAID_FEN,), FEN_IN_YUAN),
    ):
        counts = day.of(*kinds)
        given = {
            (say("今日", "today"), "today"): counts.per_minute,
            (say("昨日同时", "yesterday"), "yesterday"): counts.per_minute_yesterday,
        }
        yield _chart(name, title, day, given, scale)
    refused, failed = day.refused, day.of(Kind.FAILED)
    given = {
        (say("被拒绝", "refused"), "today"): refused.per_minute,
        (say("昨日同时", "yesterday"), "yesterday"): refused.per_minute_yesterday,
        (say("失败", "failed"), "failed"): failed.per_minute,
    }
    yield _chart("refusals", say("被拒绝与失败的请求", "Refused and failed requests"), day, given, 1)


def _chart(
    name: str, title: str, day: DayActivity, given: Mapping[tuple[str, str], Sequence[int]], scale: int
) -> ActivityChart:
    unit, row = max(1, -(-day.minutes // MOST_POINTS)), max(1, day.minutes // TABLE_ROWS)
    scaled = {names: [number / scale for number in numbers] for names, numbers in given.items()}
    lines = [
        Line(shown, style, [round(one) for one in _sums(numbers, row)], round(sum(numbers)))
        for (shown, style), numbers in scaled.items()
    ]
    points = [[round(one) for one in _sums(numbers, unit)] for numbers in scaled.values()]
    labels = [_clock(day.start + place * unit * MINUTE) for place in range(len(points[0]))]
    row_names = [_clock(day.start + place * MINUTE) for place in range(0, day.minutes, row)]
    return ActivityChart(name, title, unit, line_chart(points, labels), lines, row, row_names)


def _sums(numbers: Sequence[float], size: int) -> list[float]:
    return [sum(numbers[at : at + size]) for at in range(0, len(numbers), size)]


def _clock(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).strftime("%H:%M")


def _add(total: Counts, more: Counts, earlier: int) -> Counts:
    """Adds counts that begin so many minutes earlier."""
    for mine, theirs in (
        (total.per_minute, more.per_minute),
        (total.per_minute_yesterday, more.per_minute_yesterday),
    ):
        for place, number in enumerate(theirs[earlier : earlier + len(mine)]):
            mine[place] += number
    total.today += more.today
    total.yesterday += more.yesterday
    return total
