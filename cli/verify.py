"""`zikao verify`: proves on a live system that what is stored is what was done. Each verification is a command of this
table; it prints what it checked, and ends with a non-zero status when something is not as it should be.
"""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli import chain
from cli.chain import Checked, Head
from cli.staff import GATEWAY, GatewayOption, LoginOption, PasswordOption, as_staff, fail

app = typer.Typer(no_args_is_help=True, help="Prove that what is stored is what was done. For operators.")


@app.callback()
def verifications() -> None:
    """Keeps `zikao verify audit` a command of its own while it is the only one."""


def _head(text: str) -> Head:
    try:
        return Head.parse(text)
    except ValueError:
        raise typer.BadParameter("give the number and the hash that an earlier verification printed") from None


@app.command("audit")
def audit(
    password: PasswordOption,
    login_name: LoginOption = "operator",
    base_url: GatewayOption = GATEWAY,
    known_head: Annotated[
        Head | None,
        typer.Option(parser=_head, metavar="NUMBER:HASH", help="The head that an earlier verification printed."),
    ] = None,
) -> None:
    """Read review's whole audit log and compute its chain of hashes anew (RE-7).

    Finds entries that were changed, removed, reordered or put in between. A log that was cut off at its end, or written
    anew as a whole, shows only against a head that was kept elsewhere: give it with --known-head.
    """
    checked = as_staff(base_url, login_name, password, lambda api: chain.check(api, known_head))
    report("audit log", _rows(checked, known_head), checked.broken)


def report(what: str, rows: Sequence[tuple[str, str]], broken: str) -> None:
    """Prints what was checked, and ends the command when something is broken."""
    table = Table(title=what, title_justify="left", show_header=False)
    for name, value in rows:
        table.add_row(name, value)
    Console(soft_wrap=True).print(table)
    if broken:
        fail(broken)
    typer.echo(f"The {what} verifies.")


def _rows(checked: Checked, known: Head | None) -> list[tuple[str, str]]:
    rows = [("entries checked", str(checked.entries))]
    rows += [(f"  {action}", str(count)) for action, count in sorted(checked.actions.items())]
    rows += [("first", checked.first_time), ("last", checked.last_time)]
    if known is not None:
        rows.append(("compared with head", str(known)))
    rows.append(("head to keep elsewhere", str(checked.head or "none: the log is empty")))
    return rows
