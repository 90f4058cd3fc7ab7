"""The group of the operators' commands, and those that import a whole catalogue or a file of candidates."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.admin import money_commands, session_commands
from cli.admin.catalogue_import import import_folder
from cli.staff.staff_command import Staff, operator_command
from cli.terminal.known_failures import fail_unless, run

app = typer.Typer(no_args_is_help=True, help="Operators' work, over the suite's HTTP API.")
app.add_typer(session_commands.app)
app.add_typer(money_commands.app)


@app.command("import-catalogue")
@operator_command
def import_catalogue(
    staff: Staff,
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="A folder of .csv or .xlsx files, as deploy/catalog.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check and report; change nothing.")] = False,
    remove: Annotated[
        int, typer.Option("--remove", min=0, help="How many entries may go, where a check asks for that number.")
    ] = 0,
) -> None:
    """Import catalogue files, all or nothing; every bad row is listed with file, line, column and what was expected
    (EN-1). Many removals need their number (EN-20).
    """
    fail_unless(staff.do(lambda api: import_folder(Console(), api, folder, dry_run=dry_run, remove=remove)))


@app.command("import-candidates")
@operator_command
def import_candidates(
    staff: Staff,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A CSV file in UTF-8, with a header.")],
) -> None:
    """Import enrolled candidates (在籍考生), and their registrations with ticket numbers (ID-3, OP-1).

    Columns: document_type, document_number, display_name, school_code; where wanted phone, major_code, ticket_number,
    passed_course_codes (codes with spaces between them). Bad lines are listed in FILE.faults.csv and leave the others
    alone. Safe to end at any time and to repeat: it goes on where it was, and what is there already stays as it is.
    """
    from cli.enrolled_import.file_import import import_candidates as import_file

    fail_unless(run(import_file(Console(), file, staff.base_url, staff.login_name, staff.password)))
