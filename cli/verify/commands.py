"""`zikao verify`: proves on a live system that what is stored is what was done. Each verification is a command of this
table; it prints what it checked, and ends with a non-zero status when something is not as it should be.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from chassis.clock import SystemClock
from cli.staff.staff_command import Staff, operator_command
from cli.suite.options import HOME, HomeOption
from cli.terminal.formatting import fact_table
from cli.terminal.known_failures import KnownFailure, fail
from cli.verify import all_invariants, audit_chain, money_invariants
from cli.verify.audit_chain import ChainCheck, ChainHead
from cli.verify.audit_checkpoints import CheckpointFile

app = typer.Typer(no_args_is_help=True, help="Prove that what is stored is what was done. For operators.")

DatabaseOption = Annotated[
    str | None, typer.Option(envvar="DATABASE_URL", help="The owner's URL; without it that of the suite at --home.")
]


def _head(text: str) -> ChainHead:
    try:
        return ChainHead.parse(text)
    except ValueError:
        raise typer.BadParameter("give the service, number and hash that an earlier verification printed") from None


@app.command("audit")
@operator_command
def audit(
    staff: Staff,
    known_head: Annotated[
        list[ChainHead] | None,
        typer.Option(parser=_head, metavar="SERVICE:NUMBER:HASH", help="A head that an earlier verification printed."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="FILE", help="Compare with the heads kept in FILE, and add the new ones."),
    ] = None,
) -> None:
    """Read the whole audit logs of all four services and compute their chains of hashes anew (RE-7, RE-11).

    Finds entries that were changed, removed, reordered or put in between. A log that was cut off at its end, or written
    anew as a whole, shows only against a head that was kept elsewhere: give one with --known-head, or a file outside
    the database with --keep, which grows by a line for each log that verifies.
    """
    checkpoints = CheckpointFile(keep) if keep else None
    try:
        known = [*(known_head or []), *(checkpoints.earlier() if checkpoints else [])]
    except (KnownFailure, OSError) as unreadable:
        fail(str(unreadable))
    checked = staff.do(lambda api: audit_chain.check_all(api, known))
    for one in checked:
        if checkpoints and one.head and not one.broken:
            checkpoints.keep(one.head, SystemClock().now())
    rows = [row for one in checked for row in _rows(one, known)]
    report("audit log", rows, "\n".join(one.broken for one in checked if one.broken))


@app.command("money")
@operator_command
def money(staff: Staff, database_url: DatabaseOption = None, home: HomeOption = HOME) -> None:
    """Prove that what is effective is paid, and that orders are what the platforms' bills say, less refunds.

    Reads one snapshot of the database, and through payment every day's bill of every platform (invariants 2 and 3).
    Changes nothing but what reconciliation heals.
    """
    url = _owners_url(database_url, home)
    found = staff.do(lambda api: money_invariants.verify(url, api))
    report("money", found.rows(), found.trouble)


@app.command("all")
@operator_command
def everything(staff: Staff, database_url: DatabaseOption = None, home: HomeOption = HOME) -> None:
    """Prove all six invariants: nobody's selections overlap, what is effective is paid, orders are the platform's
    bills, ticket numbers and decisions are unique and in effect, and the audit logs' chains verify.

    Reads the database, every day's bill and the whole audit logs, and says how many of each it looked at. Changes
    nothing but what reconciliation heals. Safe at any time on a system in use; what an event is on its way about is
    left out and counted.
    """
    url = _owners_url(database_url, home)
    proofs = staff.do(lambda api: all_invariants.prove(url, api))
    rows = [row for one in proofs for row in one.rows]
    report("system", rows, "\n".join(one.trouble for one in proofs if one.trouble))


@app.command("statement")
def statement(
    file: Annotated[Path, typer.Argument(help="A statement as filed: JSON with the signature beside it.")],
    key: Annotated[list[Path], typer.Option("--key", help="Payment's public key, payment.pub.pem; may be repeated.")],
) -> None:
    """Verify the signature of a filed statement of a day (PA-10). Needs the public key and nothing else."""
    from cli.verify import reconciliation_statement

    try:
        filed = reconciliation_statement.FiledStatement.read(file)
        keys = [reconciliation_statement.public_key(one) for one in key]
    except reconciliation_statement.NotAStatement as nothing:
        fail(f"{nothing}.")
    report("statement", filed.rows(), reconciliation_statement.trouble(filed, keys))


def report(what: str, rows: Sequence[tuple[str, str]], broken: str) -> None:
    """Prints what was checked, and ends the command when something is broken."""
    Console(soft_wrap=True).print(fact_table(rows, title=what))
    if broken:
        fail(broken)
    typer.echo(f"The {what} verifies.")


def _rows(checked: ChainCheck, known: Sequence[ChainHead]) -> list[tuple[str, str]]:
    rows = [(f"{checked.service}: entries checked", str(checked.entries))]
    rows += [(f"  {action}", str(count)) for action, count in sorted(checked.actions.items())]
    if checked.entries:
        rows += [("  first", checked.first_time), ("  last", checked.last_time)]
    if own := [head for head in known if head.service == checked.service]:
        newest = max(own, key=lambda head: head.number)
        rows.append(("  compared with", f"{len(own)} earlier head(s), the newest {newest}"))
    rows.append(("  head to keep elsewhere", str(checked.head or "none: the log is empty")))
    return rows


def _owners_url(given: str | None, home: Path) -> str:
    from cli.suite.home import Home, HomeUnusable

    try:
        return given or Home(home.resolve()).running_postgres().url()
    except HomeUnusable as nowhere:
        fail(str(nowhere))
