"""How amounts, instants and tables are shown at a terminal."""

from datetime import datetime

from rich.table import Table

from chassis.clock import SHANGHAI


def yuan(fen: int | str) -> str:
    """An amount in fen, as the API or the database says it, in yuan: `7000` as `70.00`."""
    return f"{int(fen) / 100:,.2f}"


def local_minute(instant: str | None) -> str:
    """An RFC 3339 instant as people read it, by Shanghai's clock and to the minute; nothing where there is none."""
    return f"{datetime.fromisoformat(instant).astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if instant else ""


def list_table(*headings: str, title: str | None = None) -> Table:
    """A table with headings. What is longer than its column is folded, never cut: people copy numbers from it."""
    table = Table(title=title, title_justify="left")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def fact_table(*, title: str | None = None) -> Table:
    """A table of names and what each is, without headings and folded like a list."""
    table = list_table("", "", title=title)
    table.show_header = False
    return table
