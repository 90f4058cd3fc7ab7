"""Operators' commands about money: reconcile a day with the platform's bill."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.endings import run
from cli.options import USUAL_GATEWAY, GatewayOption, LoginOption, PasswordOption

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
    base_url: GatewayOption = USUAL_GATEWAY,
) -> None:
    """Compare a day with the platform's bill, heal what is safe to heal, and draw up the signed statement (PA-10).

    Safe to run again. Ends with a non-zero status when differences remain; each is in the operator's queue.
    """
    from cli.statements import Desk

    if not run(Desk(Console(), base_url, login_name, password).reconcile(provider, day.date(), folder)):
        raise typer.Exit(1)
