"""Imports the catalogue's files and shows what became of them (EN-1)."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from cli.staff.api_client import Api, Json, load_files
from cli.terminal.formatting import list_table

SHOWN_PROBLEMS = 200


async def import_folder(console: Console, api: Api, folder: Path, *, dry_run: bool, remove: int) -> bool:
    """Imports a folder and shows what became of each file, or every bad row. False when a row was bad. Raises
    ApiProblem.
    """
    with console.status(f"importing {folder}"):
        answer = await api.import_catalogue(load_files(folder), dry_run=dry_run, remove=remove)
    console.print(_problems(answer) if answer["problems"] else _summary(answer))
    if (removals := answer["removalsToConfirm"]) and not answer["applied"]:
        console.print(f"It would remove {removals:,} entries: to import it, say --remove {removals}.")
    return not answer["problems"]


def _summary(answer: Json) -> Table:
    title = "imported" if answer["applied"] else "would import (dry run)"
    columns = ("file", "rows", "added", "changed", "removed")
    return list_table(*columns, rows=([file[column] for column in columns] for file in answer["files"]), title=title)


def _problems(answer: Json) -> Table:
    title = f"nothing was imported: {len(answer['problems'])} problems"
    rows = (
        (problem["file"], problem["line"], problem["column"], problem["found"], problem["expectedEn"])
        for problem in answer["problems"][:SHOWN_PROBLEMS]
    )
    return list_table("file", "line", "column", "found", "expected", rows=rows, title=title)
