"""Operators' commands about exam sessions: open, extend, close, cancel and count them, and export their rosters."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.admin.practice_payments import import_payments
from cli.admin.roster_export import export
from cli.admin.session_changes import change, close, count, instant
from cli.staff.staff_command import Staff, operator_command
from cli.terminal.known_failures import fail_unless

app = typer.Typer()

SessionArgument = Annotated[str, typer.Argument(help="The exam session, for example 2026-10.")]


class Period(StrEnum):
    """Half of a day."""

    AM = "AM"
    PM = "PM"


@app.command("open-session")
@operator_command
def open_session(staff: Staff, session_id: SessionArgument) -> None:
    """Open a session's registration window now, earlier than published (OP-1)."""
    staff.do(lambda api: change(Console(), api, session_id, "open", {}))


@app.command("extend-session")
@operator_command
def extend_session(
    staff: Staff,
    session_id: SessionArgument,
    until: Annotated[datetime, typer.Option(help="The new end of the window, in Shanghai: 2026-09-06T16:00:00.")],
    payment_until: Annotated[
        datetime | None, typer.Option(help="The new payment cut-off; kept at its distance from the end without it.")
    ] = None,
) -> None:
    """Move the end of a session's registration window to a later instant (OP-1)."""
    body = {"registrationEndTime": instant(until)}
    if payment_until is not None:
        body["paymentCutoffTime"] = instant(payment_until)
    staff.do(lambda api: change(Console(), api, session_id, "extend", body))


@app.command("close-session")
@operator_command
def close_session(staff: Staff, session_id: SessionArgument) -> None:
    """Close a session's registration at once instead of waiting for the job that does it; safe to run again (EN-8)."""
    staff.do(lambda api: close(Console(), api, session_id))


@app.command("cancel-session")
@operator_command
def cancel_session(
    staff: Staff,
    session_id: SessionArgument,
    reason: Annotated[str, typer.Option(help="Why, for the candidates.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Cancel a session: every selection in it ends, and what was paid is to be refunded in bulk (PA-12)."""
    if not yes:
        typer.confirm(f"Cancel session {session_id} for everybody?", abort=True)
    staff.do(lambda api: change(Console(), api, session_id, "cancel", {"reason": reason}))


@app.command("session-counts")
@operator_command
def session_counts(staff: Staff, session_id: SessionArgument) -> None:
    """Count a session's selections by half-day and district (OP-1)."""
    staff.do(lambda api: count(Console(), api, session_id))


@app.command("export-roster")
@operator_command
def export_roster(
    staff: Staff,
    session_id: SessionArgument,
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where the roster goes: .csv or .xlsx.")],
    course: Annotated[str, typer.Option(help="Only this course.")] = "",
    school: Annotated[str, typer.Option(help="Only this school.")] = "",
    district: Annotated[str, typer.Option(help="Only this district.")] = "",
    date: Annotated[str, typer.Option(help="Only the sittings of this day, with --period: 2026-10-24.")] = "",
    period: Annotated[Period, typer.Option(help="Which half of that day.")] = Period.AM,
) -> None:
    """Export who sits for what, by course, sitting, school and district, with progress (OP-1)."""
    wanted = {"courseCode": course, "schoolCode": school, "districtCode": district}
    if date:
        wanted |= {"halfDay.date": date, "halfDay.period": period.value}
    staff.do(lambda api: export(Console(), api, session_id, wanted, file))


@app.command("import-practice-payments")
@operator_command
def import_practice_payments(
    staff: Staff,
    session_id: SessionArgument,
    school_code: Annotated[str, typer.Argument(help="The school that has collected the fees.")],
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV with the columns ticket_number and course_code.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and report; change nothing.")] = False,
) -> None:
    """Confirm fees of practice courses that a school has collected, all or nothing (EN-10)."""
    content = file.read_bytes()
    fail_unless(
        staff.do(lambda api: import_payments(Console(), api, session_id, school_code, content, dry_run=dry_run))
    )
