"""How amounts, instants, tables and progress are shown at a terminal."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from chassis.clock import SHANGHAI


def yuan(fen: int | str) -> str:
    """An amount in fen, as the API or the database says it, in yuan: `7000` as `70.00`."""
    return f"{int(fen) / 100:,.2f}"


def local_minute(instant: str | None) -> str:
    """An RFC 3339 instant as people read it, by Shanghai's clock and to the minute; nothing where there is none."""
    return f"{datetime.fromisoformat(instant).astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if instant else ""


def list_table(*headings: str, rows: Iterable[Iterable[object]] = (), title: str | None = None) -> Table:
    """A table with headings. What is longer than its column is folded, never cut: people copy numbers from it."""
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*map(str, row))
    return table


def fact_table(facts: Iterable[tuple[str, object]] = (), *, title: str | None = None) -> Table:
    """A table of names and what each is, without headings and folded like a list."""
    table = list_table("", "", rows=facts, title=title)
    table.show_header = False
    return table


def progress_bar(console: Console, *more: ProgressColumn, transient: bool = False) -> Progress:
    """What is done, how far it is, since when, and whatever `more` shows."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, *more, console=console, transient=transient)


def write_file(file: Path, content: bytes) -> None:
    """Writes a file, and the folders on the way to it. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
