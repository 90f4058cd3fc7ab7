"""Reconciles a day with the platform's bill and shows its statement (PA-10), over the HTTP API."""

import asyncio
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.staff.api_client import Api, ApiProblem, Json
from cli.terminal.formatting import list_table, write_file, yuan

POLL_SECONDS = 0.5
SHOWN_DIFFERENCES = 100
FORMS = {"JSON": "json", "HTML": "html"}


async def reconcile(console: Console, api: Api, provider: str, day: date, folder: Path | None) -> bool:
    """Reconciles a day, showing how far it is, and prints the statement. False when differences remain. Raises
    ApiProblem.
    """
    path = f"/v1/statements/{provider}/{day.isoformat()}"
    statement = await _drawn_up(console, api, path)
    console.print(_summary(statement))
    if int(statement["differenceCount"]):
        found = await api.get(f"{path}/differences", pageSize=str(SHOWN_DIFFERENCES))
        console.print(_differences(found["differences"]))
    if folder is not None:
        for form, suffix in FORMS.items():
            kept = folder / f"{provider}-{day.isoformat()}.{suffix}"
            await asyncio.to_thread(write_file, kept, await api.download(f"{path}:download", form=form))
            console.print(f"Kept as {kept}.")
    return bool(statement["state"] == "BALANCED")


async def _drawn_up(console: Console, api: Api, path: str) -> Json:
    """Starts the work and follows it: a long bill outlasts the call that began it."""
    with Progress(
        TextColumn("{task.description}"),
        TextColumn("{task.fields[lines]} lines"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as progress:
        shown = progress.add_task("reading the bill", lines=0, total=None)
        asked = asyncio.create_task(api.send("POST", f"{path}:reconcile", {}))
        while not asked.done():
            await asyncio.wait([asked], timeout=POLL_SECONDS)
            progress.update(shown, lines=await _lines_read(api, path))
        statement = await asked
        while statement["state"] == "RUNNING":
            progress.update(shown, lines=statement["billLineCount"])
            await asyncio.sleep(POLL_SECONDS)
            statement = await api.get(path)
    return statement


async def _lines_read(api: Api, path: str) -> str:
    try:
        seen = await api.get(path)
    except ApiProblem:
        return "0"
    return str(seen["billLineCount"]) if seen["state"] == "RUNNING" else "0"


def _summary(statement: Json) -> Table:
    rows = [
        (name, statement.get(count, ""), yuan(statement[fen]))
        for name, count, fen in (
            ("on the bill", "billLineCount", "billPaidFen"),
            ("orders paid", "orderCount", "orderPaidFen"),
            ("surplus and late money", "surplusCount", "surplusFen"),
            ("receipts issued", "receiptCount", "receiptFen"),
            ("receipts to come", "awaitedReceiptCount", "awaitedReceiptFen"),
            ("refunds on the bill", "", "billRefundedFen"),
            ("refunds here", "", "orderRefundedFen"),
        )
    ]
    rows.append(("differences", statement["differenceCount"], f"healed: {statement['healedCount']}"))
    return list_table("", "count", "yuan", rows=rows, title=f"{statement['date']} {statement['state']}")


def _differences(found: list[Json]) -> Table:
    table = list_table("difference", "number", "here", "bill", "healed", "done or to do")
    for one in found:
        number = one.get("outRefundNo") or one["outTradeNo"]
        healed = "yes" if one["healed"] else "no"
        table.add_row(one["kind"], number, yuan(one["orderFen"]), yuan(one["billFen"]), healed, one["action"])
    return table
