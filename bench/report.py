"""What was measured, for people and for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.contest import GENERATOR, POSTGRESQL, Plan
from bench.figures import Figure, Ratio

FOLDER: Final = Path(__file__).resolve().parent
DISTURBING: Final = 0.1
"""The share of one core that others used from which on the reader should know."""

SPEED: Final = ("contender", "unit", "per second", "slowest to fastest", "median ms", "95 % ms", "CPU µs per unit")

EXPLAINED: Final = """\
`make bench` measures a closed loop in turns: every contender once per round, each on the same PostgreSQL, with the load
generator on the same machine. Figures are medians over the rounds. Each candidate checks out three courses once, with
a token nobody has seen before; every answer and the number of stored orders are checked. CPU is what the operating
system accounts to a process, divided by the units done; the sum leaves the load generator out.

The monolith (`bench/monolith`) is FastAPI and the SQLAlchemy ORM on the same HTTP server, event loop and driver. It
needs no second service, no second copy of an order, no money timeline and no relay, and is given all of that for free.
The two statements alone are what enrollment and payment send to PostgreSQL for one checkout, through asyncpg, without
HTTP, gRPC, gates or tokens.
"""


@dataclass(frozen=True, slots=True)
class Results:
    """A whole run."""

    machine: Mapping[str, str]
    plan: Plan
    figures: Sequence[Figure]
    ratios: Sequence[Ratio]


def show(results: Results, console: Console) -> None:
    """Prints the tables and the ratios."""
    for title, headings, rows in (
        ("per second / 每秒", SPEED, speed(results)),
        ("CPU µs per unit, by process / 各进程", *cpu(results)),
    ):
        table = Table(title=title, title_justify="left")
        for place, heading in enumerate(headings):
            table.add_column(heading, justify="right" if place else "left")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    for ratio in results.ratios:
        console.print(f"[bold]{ratio.value:6.2f}[/bold]  {ratio.says}", highlight=False)
    for warning in disturbances(results):
        console.print(f"[yellow]{warning}[/yellow]", highlight=False)


def write(results: Results, folder: Path = FOLDER) -> None:
    """Writes RESULTS.md and results.json."""
    (folder / "RESULTS.md").write_text(markdown(results))
    (folder / "results.json").write_text(json.dumps(asdict(results), ensure_ascii=False, indent=2) + "\n")


def markdown(results: Results) -> str:
    """The whole run as a page."""
    parts = [
        "# What the suite does per second",
        EXPLAINED,
        "\n".join(f"- {name}: {value}" for name, value in results.machine.items()),
        _plan(results.plan),
        _rows(SPEED, speed(results)),
        "CPU µs per unit, by process:",
        _rows(*cpu(results)),
        _rows(("ratio", "value"), [(ratio.says, f"{ratio.value:.2f}") for ratio in results.ratios]),
        *disturbances(results),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def speed(results: Results) -> list[tuple[str, ...]]:
    """Rows under SPEED."""
    return [
        (
            each.contender,
            each.unit,
            _number(each.per_second),
            f"{_number(each.slowest)} – {_number(each.fastest)}",
            _number(each.median_ms),
            _number(each.p95_ms),
            f"{each.server_cpu_us(GENERATOR):,.0f}",
        )
        for each in results.figures
    ]


def cpu(results: Results) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings and rows of the table by process: the suite's own, then PostgreSQL and the load generator."""
    last = (POSTGRESQL, GENERATOR)
    named = dict.fromkeys(name for each in results.figures for name in each.cpu_us if name not in last)
    names = (*named, *last)
    rows = [
        (each.contender, *(f"{each.cpu_us[name]:,.0f}" if name in each.cpu_us else "" for name in names))
        for each in results.figures
    ]
    return ("contender", *names), rows


def disturbances(results: Results) -> list[str]:
    """Who was measured while other programs took a noticeable part of the machine."""
    return [
        f"Other programs used up to {each.elsewhere:.0%} of a core while {each.contender} was measured."
        for each in results.figures
        if each.elsewhere >= DISTURBING
    ]


def _plan(plan: Plan) -> str:
    return (
        f"{plan.rounds} rounds; checkouts: at most {plan.checkouts} or {plan.seconds:.0f} s in each, "
        f"{plan.connections} connections; journeys: {plan.journeys} in each, {plan.concurrency} at once."
    )


def _rows(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    ruler = ["---", *["---:"] * (len(headings) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, ruler, *rows))


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
