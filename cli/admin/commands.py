"""The group of the operators' commands, and the one about the catalogue."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.admin import candidate_commands, money_commands, session_commands
from cli.admin.catalogue_import import import_folder
from cli.staff.session import Staff, operator_command
from cli.terminal.exit_status import fail_unless

app = typer.Typer(no_args_is_help=True, help="Operators' work, over the suite's HTTP API.")
app.add_typer(session_commands.app)
app.add_typer(candidate_commands.app)
app.add_typer(money_commands.app)


@app.command("import-catalogue")
@operator_command
def import_catalogue(
    staff: Staff,
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="A folder of .csv or .xlsx files, as deploy/catalog.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and report; change nothing.")] = False,
) -> None:
    """Import catalogue files, all or nothing; every bad row is listed with file, line, column and what was expected
    (EN-1).
    """
    fail_unless(staff.do(lambda api: import_folder(Console(), api, folder, dry_run=dry_run)))
