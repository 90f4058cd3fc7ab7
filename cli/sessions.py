"""Operators' commands about exam sessions: open, extend, close, cancel and count them, and export their rosters."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.endings import run
from cli.options import GATEWAY, GatewayOption, LoginOption, PasswordOption

app = typer.Typer()

SessionArgument = Annotated[str, typer.Argument(help="The exam session, for example 2026-10.")]


class Period(StrEnum):
    """Half of a day."""

    AM = "AM"
    PM = "PM"


@app.command("open-session")
def open_session(
    session_id: SessionArgument,
    password: PasswordOption,
    login_name: LoginOption = "operator",
    base_url: GatewayOption = GATEWAY,
) -> None:
    """Open a session's registration window now, earlier than published (OP-1)."""
    from cli.rosters import Desk

    run(Desk(Console(), base_url, login_name, password).change(session_id, "open", {}))


@app.command("extend-session")
def extend_session(
    session_id: SessionArgument,
    until: Annotated[datetime, typer.Option(help="The new end of the window, in Shanghai: 2026-09-06T16:00:00.")],
    password: PasswordOption,
    payment_until: Annotated[
        datetime | None, typer.Option(help="The new payment cut-off; kept at its distance from the end without it.")
    ] = None,
    login_name: LoginOption = "operator",
    base_url: GatewayOption = GATEWAY,
) -> None:
    """Move the end of a session's registration window to a later instant (OP-1)."""
    from cli.rosters import Desk, instant

    body = {"registrationEndTime": instant(until)}
    if payment_until is not None:
        body["paymentCutoffTime"] = instant(payment_until)
    run(Desk(Console(), base_url, login_name, password).change(session_id, "extend", body))


@app.command("close-session")
def close_session(
    session_id: SessionArgument,
    password: PasswordOption,
    login_name: LoginOption = "operator",
    base_url: GatewayOption = GATEWAY,
) -> None:
    """Close a session's registration at once instead of waiting for the job that does it; safe to run again (EN-8)."""
    from cli.rosters import Desk

    run(Desk(Console(), base_url, login_name, password).close(session_id))


@app.command("cancel-session")
def cancel_session(
    session_id: SessionArgument,
    reason: Annotated[str, typer.Option(help="Why, for the candidates.")],
    password: PasswordOption,
    login_name: LoginOption = "operator",
    base_url: GatewayOption = GATEWAY,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Cancel a session: every selection in it ends, and what was paid is to be refunded in bulk (PA-12)."""
    from cli.rosters import Desk

    if not yes:
        typer.confirm(f"Cancel session {session_id} for everybody?", abort=True)
    run(Desk(Console(), base_url, login_name, password).change(session_id, "cancel", {"reason": reason}))


@app.command("session-counts")
def session_counts(
    session_id: SessionArgument,
    password: PasswordOption,
    login_name: LoginOption = "operator",
    base_url: GatewayOption = GATEWAY,
) -> None:
    """Count a session's selections by half-day and district (OP-1)."""
    from cli.rosters import Desk

    run(Desk(Console(), base_url, login_name, password).count(session_id))


@app.command("export-roster")
def export_roster(
    session_id: SessionArgument,
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where the roster goes: .csv or .xlsx.")],
    password: PasswordOption,
    course: Annotated[str, typer.Option(help="Only this course.")] = "",
    school: Annotated[str, typer.Option(help="Only this school.")] = "",
    district: Annotated[str, typer.Option(help="Only this district.")] = "",
    date: Annotated[str, typer.Option(help="Only the sittings of this day, with --period: 2026-10-24.")] = "",
    period: Annotated[Period, typer.Option(help="Which half of that day.")] = Period.AM,
    login_name: LoginOption = "operator",
    base_url: GatewayOption = GATEWAY,
) -> None:
    """Export who sits for what, by course, sitting, school and district, with progress (OP-1)."""
    from cli.rosters import Desk

    wanted = {"courseCode": course, "schoolCode": school, "districtCode": district}
    if date:
        wanted |= {"halfDay.date": date, "halfDay.period": period.value}
    run(Desk(Console(), base_url, login_name, password).export(session_id, wanted, file))


@app.command("import-practice-payments")
def import_practice_payments(
    session_id: SessionArgument,
    school_code: Annotated[str, typer.Argument(help="The school that has collected the fees.")],
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV with the columns ticket_number and course_code.")
    ],
    password: PasswordOption,
    login_name: LoginOption = "operator",
    base_url: GatewayOption = GATEWAY,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and report; change nothing.")] = False,
) -> None:
    """Confirm fees of practice courses that a school has collected, all or nothing (EN-10)."""
    from cli.rosters import Desk

    desk = Desk(Console(), base_url, login_name, password)
    if not run(desk.import_payments(session_id, school_code, file.read_bytes(), dry_run=dry_run)):
        raise typer.Exit(1)
