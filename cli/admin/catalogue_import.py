"""Imports the catalogue's files and shows what became of them (EN-1)."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from cli.staff.api_client import Api, Json, load_files
from cli.terminal.display import list_table

SHOWN_PROBLEMS = 200


async def import_folder(console: Console, api: Api, folder: Path, *, dry_run: bool) -> bool:
    """Imports a folder and shows what became of each file, or every bad row. False when a row was bad. Raises
    ApiProblem.
    """
    with console.status(f"importing {folder}"):
        answer = await api.import_catalogue(load_files(folder), dry_run=dry_run)
    console.print(_problems(answer) if answer["problems"] else _summary(answer))
    return not answer["problems"]


def _summary(answer: Json) -> Table:
    title = "imported" if answer["applied"] else "would import (dry run)"
    table = list_table("file", "rows", "added", "changed", "removed", title=title)
    for file in answer["files"]:
        table.add_row(file["file"], *(str(file[column]) for column in ("rows", "added", "changed", "removed")))
    return table


def _problems(answer: Json) -> Table:
    title = f"nothing was imported: {len(answer['problems'])} problems"
    table = list_table("file", "line", "column", "found", "expected", title=title)
    for problem in answer["problems"][:SHOWN_PROBLEMS]:
        table.add_row(problem["file"], str(problem["line"]), problem["column"], problem["found"], problem["expectedEn"])
    return table
