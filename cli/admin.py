"""Operators' commands: what an operator does with files, over the HTTP API."""

from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from cli.api import Api, Json, load_files

IMPORT_SECONDS = 120.0
SHOWN_PROBLEMS = 200


async def import_catalogue(
    console: Console, folder: Path, base_url: str, login_name: str, password: str, *, dry_run: bool
) -> bool:
    """Imports a folder and shows what became of each file, or every bad row. False when a row was bad. Raises
    ApiProblem.
    """
    async with httpx.AsyncClient(timeout=IMPORT_SECONDS) as http:
        operator = await Api.log_in(http, base_url, login_name, password)
        with console.status(f"importing {folder}"):
            answer = await operator.import_catalogue(load_files(folder), dry_run=dry_run)
    console.print(_problems(answer) if answer["problems"] else _summary(answer))
    return not answer["problems"]


def _summary(answer: Json) -> Table:
    title = "imported" if answer["applied"] else "would import (dry run)"
    table = Table("file", "rows", "added", "changed", "removed", title=title, title_justify="left")
    for file in answer["files"]:
        table.add_row(file["file"], *(str(file[column]) for column in ("rows", "added", "changed", "removed")))
    return table


def _problems(answer: Json) -> Table:
    shown = answer["problems"][:SHOWN_PROBLEMS]
    title = f"nothing was imported: {len(answer['problems'])} problems"
    table = Table("file", "line", "column", "found", "expected", title=title, title_justify="left")
    for problem in shown:
        table.add_row(problem["file"], str(problem["line"]), problem["column"], problem["found"], problem["expectedEn"])
    return table
