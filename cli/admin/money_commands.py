"""Operators' commands about money: reconcile a day with the platform's bill; refund a cancelled session."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.admin.reconciliation import reconcile as reconcile_day
from cli.admin.refund_batches import refund_session
from cli.staff.staff_command import Staff, operator_command
from cli.terminal.known_failures import fail_unless

app = typer.Typer()


@app.command("reconcile")
@operator_command
def reconcile(
    staff: Staff,
    day: Annotated[datetime, typer.Argument(metavar="DATE", formats=["%Y-%m-%d"], help="In Shanghai: 2026-10-20.")],
    provider: Annotated[str, typer.Option(help="The payment platform.")] = "sandbox",
    folder: Annotated[
        Path | None, typer.Option("--file-in", file_okay=False, help="Also keep the signed JSON and the page here.")
    ] = None,
) -> None:
    """Compare a day with the platform's bill, heal what is safe to heal, and draw up the signed statement (PA-10).

    Safe to run again. Ends with a non-zero status when differences remain; each is in the operator's queue.
    """
    fail_unless(staff.do(lambda api: reconcile_day(Console(), api, provider, day.date(), folder)))


@app.command("refund-batch")
@operator_command
def refund_batch(
    staff: Staff,
    session_id: Annotated[str, typer.Argument(metavar="SESSION", help="The cancelled session: 2026-10.")],
    note: Annotated[str, typer.Option(help="Why, for the record.")] = "考试取消",
    pause: Annotated[bool, typer.Option("--pause", help="Stop the session's batch after what is under way.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with it: paused, or the refunds that failed once more.")
    ] = False,
    follow: Annotated[bool, typer.Option(help="Stay and show the progress; leaving stops nothing.")] = True,
) -> None:
    """Give back everything that was paid for a cancelled session, nobody twice (PA-12).

    Run again, it shows how far the session's one batch is. Ends with a non-zero status when refunds have failed; they
    are listed.
    """
    verb = "pause" if pause else "resume" if resume else ""
    fail_unless(
        staff.do(lambda api: refund_session(Console(), api, session_id, note, verb, follow=follow and not pause))
    )
