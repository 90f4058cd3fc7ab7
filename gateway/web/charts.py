"""Bar and line charts as shapes for inline SVG: laid out here, coloured by the stylesheet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 220
GAP: Final = 0.25
"""Of a column's width, left free between two."""
MOST_NAMED: Final = 8
STEPS: Final = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Segment:
    """One rectangle: its series, its place, and the number it stands for."""

    series: int
    x: float
    y: float
    width: float
    height: float
    value: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, where the name is written if there is room for it, its pieces from the ground up."""

    name: str
    middle: float
    named: bool
    pieces: Sequence[Segment]


@dataclass(frozen=True, slots=True)
class GridLine:
    """A line across at a round number."""

    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of stacked columns."""

    width: int
    height: int
    columns: Sequence[Column]
    lines: Sequence[GridLine]


def stacked_columns(columns: Iterable[tuple[str, Sequence[int]]]) -> Chart:
    """Columns of several numbers each, on one scale."""
    given = list(columns)
    top = round_up(max((sum(values) for _, values in given), default=0))
    each = WIDTH / max(len(given), 1)
    every = -(-len(given) // MOST_NAMED)
    drawn = [
        Column(
            name, (place + 0.5) * each, (len(given) - 1 - place) % every == 0, _pieces(values, place * each, each, top)
        )
        for place, (name, values) in enumerate(given)
    ]
    return Chart(WIDTH, HEIGHT, drawn, [GridLine(_y(value, top), value) for value in (top // 2, top) if value])


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines over one another on one scale: the points of each, what stands below, and lines across."""

    width: int
    height: int
    lines: Sequence[str]
    names: Sequence[tuple[int, str]]
    """Places from the left, and what is written there."""
    grid: Sequence[GridLine]


def line_chart(lines: Sequence[Sequence[int]], names: Sequence[str]) -> LineChart:
    """Lines of as many points each as there are `names`, the last of which and few others are written."""
    top = round_up(max((max(numbers, default=0) for numbers in lines), default=0))
    step = WIDTH / max(len(names) - 1, 1)
    every = -(-len(names) // MOST_NAMED)
    return LineChart(
        WIDTH,
        HEIGHT,
        [" ".join(f"{place * step:.0f},{_y(value, top):.0f}" for place, value in enumerate(one)) for one in lines],
        [(round(place * step), name) for place, name in enumerate(names) if (len(names) - 1 - place) % every == 0],
        [GridLine(_y(value, top), value) for value in (top // 2, top) if value],
    )


def round_up(most: int) -> int:
    """The round number at the top of the scale."""
    power = 1
    while True:
        for step in STEPS:
            if step * power >= max(most, 2):
                return step * power
        power *= 10


def _pieces(values: Sequence[int], left: float, each: float, top: int) -> Sequence[Segment]:
    pieces, below = [], 0
    for series, value in enumerate(values):
        if value:
            height = _y(below, top) - _y(below + value, top)
            x, width = left + each * GAP / 2, each * (1 - GAP)
            pieces.append(
                Segment(series, round(x, 1), round(_y(below + value, top), 1), round(width, 1), round(height, 1), value)
            )
        below += value
    return pieces


def _y(value: int, top: int) -> float:
    return HEIGHT * (1 - value / top)
