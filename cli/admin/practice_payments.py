"""Confirms the fees of practice courses that a school has collected, from a file (EN-10)."""

import base64

from rich.console import Console

from cli.staff.api_client import Api
from cli.terminal.formatting import list_table


async def import_payments(
    console: Console, api: Api, session_id: str, school_code: str, content: bytes, *, dry_run: bool
) -> bool:
    """Confirms a school's collected fees and shows every bad row. False when a row was bad. Raises ApiProblem."""
    body = {"content": base64.b64encode(content).decode(), "dryRun": dry_run}
    path = f"/v1/sessions/{session_id}/schools/{school_code}/practice-payments:import"
    answer = await api.send("POST", path, body)
    if answer["problems"]:
        rows = ((problem["line"], problem["column"], problem["expectedEn"]) for problem in answer["problems"])
        console.print(list_table("line", "column", "expected", rows=rows, title="nothing was confirmed"))
        return False
    verb = "confirmed" if answer["applied"] else "would confirm (dry run)"
    console.print(f"{verb} {answer['confirmed']}; {answer['existing']} were confirmed before")
    return True
