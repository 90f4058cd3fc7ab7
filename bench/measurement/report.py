"""What was measured, for people and for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table as ShownTable

from bench.measurement.import_time_estimate import EVERYBODY, IMPORTS, duration_of_everybody
from bench.measurement.interleaving import GENERATOR, PROCESSES, Plan
from bench.measurement.medians_and_ratios import Comparison, Figure, Ratio

FOLDER: Final = Path(__file__).resolve().parents[1]
DISTURBING: Final = 0.1
"""The share of one core that others used from which on the reader should know."""

SPEED: Final = ("", "per second", "least–most", "median ms", "95 % ms", "CPU µs each")

EXPLAINED: Final = """\
`make bench` measures a closed loop in turns: every contender once per round, each on the same PostgreSQL, with the load
generator on the same machine. Figures are medians over the rounds. Each candidate checks out three courses once, with
a token nobody has seen before; every answer and the number of stored orders are checked. CPU is what the operating
system accounts to a process, divided by the units done; the sum leaves the load generator out. Candidates of the suite
are copies of some who came so far over HTTP.

*Zikao* is checkouts through the gateway: gateway, enrollment and payment, a process each. *Journeys* are whole ones
through the suite, from the account to the receipt, each with a password hash, a portrait and two payments. *Selections*
are single courses taken through the gateway (EN-5).

*Notifications* come in a burst over 64 connections, each signed and for an order of its own, at the gateway (PA-5).
*Answered* is measured until the last answer; each comes after the commit of its order's payment. *In effect* is
measured until the selections of all these orders count (EN-8), with the CPU of everything that follows. *Again* are the
same notifications once more, when all that is over.

*Refunds* are those of a cancelled session (PA-12): from the order to give everything back to the last answer of the
simulated platform, without the limit that spares a real one.

*First content* is pages of the portal on a phone with a processor four times slower than this one, 1.6 Mbit/s and a
round trip of 150 ms, nothing kept from before. Its milliseconds are until something is painted, and the browser counts
among the other programs.

*Import* is `zikao admin import-candidates`: people with their registrations, ticket numbers and two passed courses
each, in batches through the gateway into identity and enrollment. It takes one turn, after all others.

*Reconciling* is a bill of 60,000 lines in every turn (PA-10): read and verified by payment's adapter, written into
PostgreSQL, compared with as many paid orders, and drawn up as a signed statement. Payment's parts run in the load
generator's process, without a network between them and the bill.

*Selecting* is the same without a network before it: the facts read, the rules decided, the guarded statement, in the
load generator's process, beside so many live selections of others.

The *monolith* (`bench/monolith`), in one process or two, is FastAPI and the SQLAlchemy ORM on the same HTTP server,
event loop and driver. It keeps one copy of an order instead of two, writes no money timeline, and nothing stands behind
its outbox: what it leaves out counts in its favour.

*Statements* are what enrollment and payment send to PostgreSQL to write one checkout, taken from the server's log and
repeated through asyncpg, without HTTP, gRPC, tokens or gates.
"""

AGAINST: Final = """\
Two suites took turns, this tree's (*now*) and that of another commit, each with its own code on a database of its own
in the same PostgreSQL. A ratio is the median of the ratios of the single rounds; beside it are the least and the most
of these. Who comes first changes from round to round.
"""


Table = tuple[Sequence[str], Sequence[Sequence[str]]]
"""Headings and rows."""


@dataclass(frozen=True, slots=True)
class Section:
    """What a scenario has shown: what it is, and its tables."""

    title: str
    explained: str
    tables: Sequence[Table]


@dataclass(frozen=True, slots=True)
class Results:
    """A whole run. `against`: the commit of the other suite, when there was one; `failures`: who failed, and how."""

    machine: Mapping[str, str]
    plan: Plan
    figures: Sequence[Figure]
    ratios: Sequence[Ratio] = ()
    comparisons: Sequence[Comparison] = ()
    sections: Sequence[Section] = ()
    against: str = ""
    failures: Sequence[str] = ()


def show(results: Results, console: Console) -> None:
    """Prints the tables and the ratios."""
    if results.figures:
        _table(console, "per second / 每秒", SPEED, speed(results))
        _table(console, "CPU µs each, by process / 各进程", *cpu(results))
    for section in results.sections:
        for headings, rows in section.tables:
            _table(console, section.title, headings, rows)
    if results.comparisons:
        _table(console, f"now : {results.against}", *compared(results))
    for ratio in results.ratios:
        _say(console, f"[bold]{ratio.value:6.2f}[/bold]  {ratio.says}")
    for sentence in durations(results):
        _say(console, sentence)
    for warning in disturbances(results):
        _say(console, f"[yellow]{warning}[/yellow]")


def _table(console: Console, title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    table = ShownTable(title=title, title_justify="left")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _say(console: Console, sentence: str) -> None:
    console.print(sentence, highlight=False, soft_wrap=True)


def write(results: Results, folder: Path = FOLDER) -> None:
    """Writes RESULTS.md and results.json."""
    (folder / "RESULTS.md").write_text(markdown(results))
    (folder / "results.json").write_text(json.dumps(asdict(results), ensure_ascii=False, indent=2) + "\n")


def markdown(results: Results) -> str:
    """The whole run as a page."""
    parts = [
        "# What the suite does per second",
        EXPLAINED,
        AGAINST if results.against else "",
        "\n".join(f"- {name}: {value}" for name, value in results.machine.items()),
        _plan(results.plan),
        _rows(SPEED, speed(results)),
        "CPU µs each, by process:",
        _rows(*cpu(results)),
        *_ratios(results),
        *durations(results),
        *disturbances(results),
        *(part for section in results.sections for part in _section(section)),
        *(f"Failed: {failure}" for failure in results.failures),
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _section(section: Section) -> list[str]:
    title = f"## {section.title[0].upper()}{section.title[1:]}"
    return [title, section.explained, *(_rows(headings, rows) for headings, rows in section.tables)]


def speed(results: Results) -> list[tuple[str, ...]]:
    """Rows under SPEED."""
    return [
        (
            each.contender,
            _number(each.per_second),
            f"{_number(each.slowest)}–{_number(each.fastest)}",
            _number(each.median_ms),
            _number(each.p95_ms),
            f"{each.server_cpu_us(GENERATOR):,.0f}",
        )
        for each in results.figures
    ]


def cpu(results: Results) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings and rows of the table by process: applications in the order of a request, PostgreSQL, the generator."""
    used = {name for each in results.figures for name in each.cpu_us}
    processes = [name for name in dict.fromkeys([*PROCESSES, *sorted(used)]) if name in used]
    rows = [
        (each.contender, *(f"{each.cpu_us[name]:,.0f}" if name in each.cpu_us else "" for name in processes))
        for each in results.figures
    ]
    return ("", *processes), rows


def compared(results: Results) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headings and rows of the table of this commit's suite and another's."""
    headings = ("", "now", results.against, f"now / {results.against}", "least–most of the rounds")
    rows: list[tuple[str, ...]] = [
        (each.quantity, _number(each.now), _number(each.then), f"{each.ratio:.3f}", f"{each.least:.3f}–{each.most:.3f}")
        for each in results.comparisons
    ]
    return headings, rows


def disturbances(results: Results) -> list[str]:
    """Who was measured while other programs took a noticeable part of the machine."""
    return [
        f"Other programs used up to {each.elsewhere:.0%} of a core while {each.contender} was measured."
        for each in results.figures
        if each.elsewhere >= DISTURBING
    ]


def _ratios(results: Results) -> list[str]:
    found = []
    if results.ratios:
        found.append(_rows(("ratio", "value"), [(ratio.says, f"{ratio.value:.2f}") for ratio in results.ratios]))
    if results.comparisons:
        found.append(_rows(*compared(results)))
    return found


def _plan(plan: Plan) -> str:
    return (
        f"{plan.rounds} rounds; checkouts: at most {plan.checkouts} or {plan.seconds:.0f} s in each, "
        f"{plan.connections} connections;\njourneys: {plan.journeys} in each, {plan.concurrency} at once; "
        f"import: {plan.imports:,} people, once."
    )


def durations(results: Results) -> list[str]:
    """How long importing everybody took, or would take at the rate that was measured."""
    return [_duration(each) for each in results.figures if each.unit == IMPORTS]


def _duration(each: Figure) -> str:
    whole = f"in {duration_of_everybody(each.per_second)} (hours:minutes:seconds)"
    if each.done == EVERYBODY:
        return f"All {EVERYBODY:,} candidates were imported {whole}."
    return f"At {each.per_second:,.0f} rows per second all {EVERYBODY:,} candidates are imported {whole}."


def _rows(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    ruler = ["---", *["---:"] * (len(headings) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (headings, ruler, *rows))


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
