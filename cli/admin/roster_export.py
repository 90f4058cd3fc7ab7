"""Writes a session's roster into a file: who sits for what (OP-1)."""

import base64
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from cli.staff.api_client import Api
from cli.terminal.formatting import progress_bar


async def export(console: Console, api: Api, session_id: str, wanted: Mapping[str, str], file: Path) -> None:
    """Writes a roster with progress; the file appears when it is whole. Raises ApiProblem."""
    query = {name: value for name, value in wanted.items() if value}
    query["format"] = "XLSX" if file.suffix == ".xlsx" else "CSV"
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as writing, progress_bar(console) as progress:
            task = progress.add_task("rows", total=None)
            async for piece in api.stream(f"/v1/sessions/{session_id}/roster", query):
                writing.write(base64.b64decode(piece["content"]))
                progress.update(task, completed=int(piece["rowsDone"]), total=int(piece["rowsTotal"]))
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    console.print(f"{file}: {piece['rowsDone']} rows", soft_wrap=True)
