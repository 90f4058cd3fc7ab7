"""Operators' commands about money: reconcile a day with the platform's bill; refund a cancelled session."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.endings import run
from cli.options import GATEWAY, GatewayOption, LoginOption, PasswordOption

app = typer.Typer()


@app.command("reconcile")
def reconcile(
    day: Annotated[datetime, typer.Argument(metavar="DATE", formats=["%Y-%m-%d"], help="In Shanghai: 2026-10-20.")],
    password: PasswordOption,
    provider: Annotated[str, typer.Option(help="The payment platform.")] = "sandbox",
    folder: Annotated[
        Path | None, typer.Option("--file-in", file_okay=False, help="Also keep the signed JSON and the page here.")
    ] = None,
    login_name: LoginOption = "operator",
    base_url: GatewayOption = GATEWAY,
) -> None:
    """Compare a day with the platform's bill, heal what is safe to heal, and draw up the signed statement (PA-10).

    Safe to run again. Ends with a non-zero status when differences remain; each is in the operator's queue.
    """
    from cli.statements import Desk

    if not run(Desk(Console(), base_url, login_name, password).reconcile(provider, day.date(), folder)):
        raise typer.Exit(1)


@app.command("refund-batch")
def refund_batch(
    session_id: Annotated[str, typer.Argument(metavar="SESSION", help="The cancelled session: 2026-10.")],
    password: PasswordOption,
    note: Annotated[str, typer.Option(help="Why, for the record.")] = "考试取消",
    pause: Annotated[bool, typer.Option("--pause", help="Stop the session's batch after what is under way.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with it: paused, or the refunds that failed once more.")
    ] = False,
    follow: Annotated[bool, typer.Option(help="Stay and show the progress; leaving stops nothing.")] = True,
    login_name: LoginOption = "operator",
    base_url: GatewayOption = GATEWAY,
) -> None:
    """Give back everything that was paid for a cancelled session, nobody twice (PA-12).

    Run again, it shows how far the session's one batch is. Ends with a non-zero status when refunds have failed; they
    are listed.
    """
    from cli.refunds import Batches
    from cli.staff import as_staff

    verb = "pause" if pause else "resume" if resume else ""
    done = as_staff(
        base_url,
        login_name,
        password,
        lambda api: Batches(Console(), api).about(session_id, note, verb, follow=follow and not pause),
    )
    if not done:
        raise typer.Exit(1)
